"""Spanish: how days, times and several things together are named."""

from app.domain.languages.model import Calendar, DayPart, Groups, Readings

# Word lists fill their lines.
# fmt: off
READINGS = Readings(
    day="{weekday}, {day} de {month} de {year}",
    near_day="{weekday}, {day} de {month}",
    moment="{day} {time}",
    time="a las {hour} {part}",
    time_at_one="a la una {part}",
    time_and_minutes="a las {hour}:{minute} {part}",
    parts=(
        (0, "de la madrugada"), (6, "de la mañana"), (12, "de la tarde"), (20, "de la noche"),
    ),
    has_24_hours=False,
    near={0: "hoy", 1: "mañana"},
)

CALENDAR = Calendar(
    months={"setiembre": 9},
    weekdays={},
    ordinals={"primero": 1, "primer": 1},
    ordinal_endings=(),
    ordinal_marks=("º", "ª", "ro", "o", "er"),
    near={
        "hoy": 0, "hoy mismo": 0, "mañana": 1, "mañana mismo": 1, "ayer": -1, "pasado mañana": 2,
        "anteayer": -2, "antes de ayer": -2, "antier": -2,
    },
    days={"día": 1, "días": 1, "semana": 7, "semanas": 7, "quincena": 15},
    months_counted={"mes": 1, "meses": 1, "este mes": 1, "año": 12, "años": 12, "este año": 12},
    minutes={"minuto": 1, "minutos": 1, "hora": 60, "horas": 60},
    spans={
        "media hora": 30, "una hora y media": 90, "hora y media": 90, "un cuarto de hora": 15,
        "tres cuartos de hora": 45, "dos horas y media": 150,
    },
    stretches={"medio año": 6, "un año y medio": 18, "año y medio": 18},
    feasts={
        "nochebuena": 1224, "día de navidad": 1225, "nochevieja": 1231, "año nuevo": 101,
        "día de año nuevo": 101, "día de reyes": 106, "san valentín": 214,
    },
    counts={"un": 1, "una": 1, "un par de": 2},
    rough_days=(8, 15),
    years={
        "del año pasado": -1, "el año pasado": -1, "del pasado año": -1, "de este año": 0, "este año": 0,
        "del próximo año": 1, "el próximo año": 1, "del año próximo": 1, "del año que viene": 1,
        "el año que viene": 1,
    },
    dates=(
        "el? {feast}", "en {feast}", "en {feast} de {year}", "el? {feast} de {year}", "el? {feast} {which}",
        "el? día? {day} de? {month} {which}", "{which} el? día? {day} de? {month}",
        "el? día? {day} de? {month} de? del? {year}", "el? día? {day} de? {month} del año {year}",
        "el? día? {day} de? {month}", "{month} {day} de? del? {year}", "{month} {day}",
    ),
    days_of_month=("el {day}", "el? día {day}"),
    bare_days=("{day}",),
    ahead=(
        "en {stretch}", "dentro de {stretch}",
        "en {count} {days}", "en {count} {months}", "en {count} {minutes}", "en {span}",
        "dentro de {count} {days}", "dentro de {count} {months}", "dentro de {count} {minutes}",
        "dentro de {span}", "de aquí a {count} {days}", "de hoy en {count} {days}",
        "del? {weekday} en {count} {days}", "el {weekday} en {count} {days}",
    ),
    back=(
        "hace {stretch}", "hace {count} {days}", "hace {count} {months}", "{count} {days} atrás",
        "{count} {months} atrás",
    ),
    weekday=("el? {weekday}", "el día {weekday}"),
    coming=(
        "el? próximo {weekday}", "el? {weekday} próximo", "el? {weekday} que viene",
        "el? {weekday} que entra",
    ),
    following=("el? siguiente {weekday}", "el? {weekday} siguiente"),
    in_last_week=(
        "el? {weekday} de la semana pasada", "el? {weekday} la semana pasada",
        "la semana pasada el? {weekday}", "el? {weekday} de la pasada semana",
    ),
    in_this_week=("el? {weekday} de esta semana", "esta semana el? {weekday}", "el? {weekday} esta semana"),
    in_next_week=(
        "el? {weekday} de la próxima semana", "el? {weekday} de la semana que viene",
        "la próxima semana el? {weekday}", "la semana que viene el? {weekday}",
        "el? {weekday} de la semana próxima",
    ),
    last=("el? {weekday} pasado", "el? pasado {weekday}", "el? último {weekday}"),
    in_last_month=("el? día? {day} del mes pasado", "el? {ordinal} del mes pasado", "el mes pasado el {day}"),
    in_this_month=("el? día? {day} de este mes", "el? {ordinal} de este mes", "este mes el {day}"),
    in_next_month=("el? día? {day} del próximo mes", "el? {ordinal} del próximo mes",
        "el? día? {day} del mes que viene", "el? {ordinal} del mes que viene", "el próximo mes el {day}"),
    clock={
        "a? las? {hour}": 0, "a? la {hour}": 0, "a? las? {hour} en punto": 0, "a? la {hour} en punto": 0,
        "a? las? {hour} y {past}": 0, "a? la {hour} y {past}": 0, "a? las? {hour} {minute}": 0,
        "a? la {hour} {minute}": 0, "a? las? {hour} y media": 30, "a? la {hour} y media": 30,
        "a? las? {hour} y cuarto": 15, "a? la {hour} y cuarto": 15, "a las {hour} horas": 0,
        "a? las? {time}": 0, "a? la? {time}": 0, "a? las? {hour} con {past}": 0, "al? {named}": 0,
        "a? {named}": 0, "a? las? {hour} y {past} minutos": 0, "a? las? {hour} y un cuarto": 15,
    },
    clock_before={
        "a? las? {hour} menos {past}": 0, "a? la {hour} menos {past}": 0, "a? las? {hour} menos cuarto": 15,
        "a? la {hour} menos cuarto": 15, "un? cuarto para las? {hour}": 15, "{past} para las {hour}": 0,
        "un? cuarto para la {hour}": 15, "{past} para la {hour}": 0, "a? las? {hour} menos un cuarto": 15,
    },
    named_times={"mediodía": 720, "medio día": 720, "las doce del mediodía": 720, "las 12 del mediodía": 720,
                 "el mediodía": 720, "medianoche": 1440, "la medianoche": 1440},
    parts=(
        DayPart(
            ("de la mañana", "por la mañana", "en la mañana", "a m", "am", "temprano en la mañana"), 0, 13, 10
        ),
        DayPart(("de la madrugada", "en la madrugada", "por la madrugada"), 0, 7),
        DayPart(("de la tarde", "por la tarde", "en la tarde", "tarde"), 12, 21, 16),
        DayPart(("p m", "pm"), 12, 24),
        DayPart(("de la noche", "por la noche", "en la noche"), 18, 30),
        DayPart(("del día",), 7, 19),
        DayPart(("esta mañana",), 0, 13, 10, is_today=True),
        DayPart(("esta tarde",), 12, 21, 16, is_today=True),
        DayPart(("esta noche",), 18, 24, 20, is_today=True),
    ),
    idle=(
        "nací", "nací el", "nació el", "fue el", "fue", "mi fecha de nacimiento es", "fecha de nacimiento",
        "mi cumpleaños es", "mi cumpleaños es el", "la fecha es", "fecha", "el día", "día", "llámeme",
        "llámame", "me puede llamar", "puede llamarme", "llame", "está bien", "estaría bien", "me viene bien",
        "me queda bien", "qué tal", "digamos", "que sea", "a", "en", "para", "para el", "mejor",
    ),
)

GROUPS = Groups(
    both=("los dos", "las dos", "ambos", "ambas", "las dos cosas", "ambas cosas", "los dos por favor"),
    everything=(
        "todo", "todos", "todas", "todos ellos", "todas ellas", "todo eso", "todas las anteriores",
        "todos los anteriores", "los {count}", "las {count}", "todos los {count}", "todas las {count}",
        "todas las opciones", "cada uno", "cada una",
    ),
    nothing=(
        "ninguno", "ninguna", "ninguno de ellos", "ninguna de ellas", "ninguno de esos", "ninguna de esas",
        "ninguna de las anteriores", "ninguno de los anteriores", "nada", "ni uno ni otro",
        "ni uno", "ni una", "ninguno de los dos", "ninguna de las dos", "nada de eso", "no ninguno",
        "no ninguna", "cero", "ninguno de los tres", "ninguna de las tres",
    ),
    first=("las {count} primeras", "los {count} primeros", "primeros {count}", "primeras {count}",
        "{count} primeros", "{count} primeras"),
    last=("las {count} últimas", "los {count} últimos", "últimos {count}", "últimas {count}",
        "{count} últimos", "{count} últimas"),
    excepting=("excepto", "menos", "salvo", "a excepción de", "con excepción de", "fuera de",
               "aparte de", "sin", "quitando"),
    denying=("pero no", "y no", "en vez de", "en lugar de"),
    neither=("ni",),
    nor=("ni",),
    pairs=(("tanto", "como"),),
    finished=("eso es todo", "nada más", "y nada más", "y ya", "y ya está", "solo", "solamente", "únicamente",
              "es todo", "sería todo", "nomás", "ya está", "y eso es todo"),
)
