"""Spanish as it is heard and spoken on the telephone, with the words of both shores."""

from app.domain.answers import Status
from app.domain.languages.model import (
    Calendar,
    DayPart,
    EnginePrompts,
    Groups,
    Language,
    Numerals,
    Readings,
    Universals,
)

# Word lists fill their lines.
# fmt: off
NUMERALS = Numerals(
    digits=("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    small={
        "un": 1, "una": 1, "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15,
        "dieciséis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19, "veintiuno": 21,
        "veintiún": 21, "veintiuna": 21, "veintidós": 22, "veintitrés": 23, "veinticuatro": 24,
        "veinticinco": 25, "veintiséis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
    },
    tens={
        "diez": 10, "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60,
        "setenta": 70, "ochenta": 80, "noventa": 90,
    },
    tens_joiners=("y", "i"),
    hundreds={
        "cien": 100, "ciento": 100, "doscientos": 200, "doscientas": 200, "trescientos": 300,
        "trescientas": 300, "cuatrocientos": 400, "cuatrocientas": 400, "quinientos": 500,
        "quinientas": 500, "seiscientos": 600, "seiscientas": 600, "setecientos": 700, "setecientas": 700,
        "ochocientos": 800, "ochocientas": 800, "novecientos": 900, "novecientas": 900,
    },
    scales={"mil": 1_000, "millón": 1_000_000, "millones": 1_000_000},
    ones=("un", "una"),
    repeats={"doble": 2, "triple": 3},
    alone={"ninguno": 0, "ninguna": 0, "sinco": 5, "sero": 0, "oséis": 6},
)

YES = (
    "sí", "claro", "claro que sí", "por supuesto", "correcto", "así es", "sí por favor", "sí claro",
    "cómo no", "desde luego", "exacto", "sí señor", "sí señora", "sí señorita", "eso es", "es correcto",
    "está bien", "de acuerdo", "cierto", "es cierto", "verdad", "es verdad", "exactamente",
    "efectivamente", "en efecto", "afirmativo", "con gusto", "con mucho gusto", "adelante",
    "por supuesto que sí", "desde luego que sí", "creo que sí", "pienso que sí", "supongo que sí",
    "me parece que sí", "yo creo que sí", "diría que sí", "espero que sí", "que sí", "digo que sí",
    "le digo que sí", "seguro", "seguro que sí", "obvio", "obviamente", "simón", "sip", "ajá", "acepto",
    "me gustaría", "quiero", "me parece bien", "sin duda", "sin ninguna duda", "sin problema",
    "sí sin problema", "sí no hay problema", "claro sin problema", "sí gracias", "ándale", "órale", "sale",
    "de una", "tal cual", "siempre", "lo es", "eso mismo", "estoy de acuerdo", "sí cómo no", "encantado",
    "encantada", "puedo", "bueno sí", "pues sí", "va",
)

NO = (
    "no", "no gracias", "claro que no", "para nada", "por supuesto que no", "desde luego que no",
    "nada de eso", "de ninguna manera", "en absoluto", "creo que no", "no creo", "yo creo que no",
    "pienso que no", "supongo que no", "me parece que no", "espero que no", "diría que no",
    "me temo que no", "que no", "digo que no", "no señor", "no señora", "no señorita", "nunca", "jamás",
    "nunca jamás", "todavía no", "aún no", "ahora no", "hoy no", "en este momento no", "por ahora no",
    "por el momento no", "no por ahora", "no por el momento", "ya no", "tampoco", "negativo", "nop", "nel",
    "no quiero", "no acepto", "no me gustaría", "no deseo", "no puedo", "no es así", "no es correcto",
    "no está bien", "no es cierto", "no es verdad", "no estoy de acuerdo", "incorrecto", "está mal",
    "eso está mal", "falso", "es falso", "eso no", "eso no es correcto", "eso no es", "no lo es",
    "no lo soy", "no tengo", "no lo tengo", "no lo hice", "no lo creo", "no me interesa",
    "no estoy interesado", "no estoy interesada", "ni hablar", "ni loco", "ni loca", "qué va",
    "de ningún modo", "nada", "no mucho", "no realmente", "la verdad no", "la verdad que no", "pues no",
    "bueno no", "equivocado", "no es eso", "seguro que no", "no está correcto", "no hace falta",
    "mejor no",
)

SPECIALS = {
    Status.REFUSED: (
        "prefiero no contestar", "prefiero no decirlo", "no quiero contestar", "prefiero no responder",
        "no quiero responder", "no quiero decirlo", "prefiero no decir", "sin comentarios", "paso",
        "no contesto", "no voy a contestar", "no voy a responder", "no le voy a decir", "me niego",
        "me niego a contestar", "me niego a responder", "no respondo", "es privado", "eso es privado",
        "es personal", "eso es personal", "no es asunto suyo", "eso no le importa", "no le importa",
        "sin respuesta", "saltar", "sáltela", "siguiente", "siguiente pregunta", "la siguiente",
        "otra pregunta", "preferiría no contestar", "preferiría no decirlo", "preferiría no responder",
        "prefiero no", "preferiría no", "ninguna respuesta", "no deseo contestar", "no deseo responder",
    ),
    Status.DONT_KNOW: (
        "no sé", "no lo sé", "no estoy seguro", "no estoy segura", "ni idea", "no tengo idea",
        "no recuerdo", "no me acuerdo", "no sabría decirle", "no sabría", "quién sabe", "no lo recuerdo",
        "no sabría decir", "no tengo ni idea", "no tengo la menor idea", "no tengo ninguna idea",
        "la verdad no sé", "yo no sé", "pues no sé", "la verdad no lo sé", "no sé decirle",
        "no le sé decir", "no puedo decir", "no podría decirle", "no podría decir", "no tengo opinión",
        "sin opinión", "ninguna opinión", "vaya usted a saber", "se me olvidó", "lo olvidé", "no sabe",
        "desconozco", "lo desconozco", "no estoy muy seguro", "no estoy muy segura", "quizá no sé",
        "no sé bien", "no estoy del todo seguro", "no estoy del todo segura", "difícil de decir",
        "es difícil decir",
    ),
}

UNIVERSALS = Universals(
    repeat=(
        "repita", "repetir", "otra vez", "repítalo", "de nuevo", "cómo", "qué", "cómo dijo", "qué dijo",
        "perdón cómo", "mande", "no le oí", "no le oigo", "no oigo", "no oigo nada", "no le escucho",
        "no escucho", "no se oye", "no escuché", "no le escuché", "no oí", "no le entendí", "una vez más",
        "dígalo otra vez", "puede repetir", "puede repetirlo", "me lo puede repetir",
        "puede repetir la pregunta", "podría repetir", "podría repetirlo", "podría repetir la pregunta",
        "repita la pregunta", "repita por favor", "repetir la pregunta", "repite", "repítelo",
        "puedes repetir", "otra vez por favor", "cuál era la pregunta", "qué me dijo", "disculpe",
    ),
    help=(
        "ayuda", "ayúdeme", "necesito ayuda", "qué puedo decir", "cuáles son las opciones",
        "cuáles son mis opciones", "qué opciones tengo", "qué debo decir", "qué hago",
        "qué tengo que hacer", "qué debo hacer", "cómo funciona", "cómo funciona esto", "no entiendo",
        "no comprendo", "no entiendo la pregunta", "qué significa eso", "qué quiere decir", "opciones",
        "puede ayudarme", "me puede ayudar", "explique", "explíqueme", "estoy confundido",
        "estoy confundida",
    ),
    operator=(
        "operador", "operadora", "agente", "representante", "una persona", "hablar con una persona",
        "hablar con alguien", "persona real", "una persona real", "asesor", "asesora", "un agente",
        "un representante", "un operador", "una operadora", "hablar con un agente",
        "hablar con un representante", "hablar con un operador", "hablar con una operadora",
        "hablar con un asesor", "hablar con un humano", "humano", "ser humano", "servicio al cliente",
        "atención al cliente", "quiero hablar con una persona", "quiero hablar con alguien",
        "quiero hablar con un agente", "quiero hablar con un operador", "transfiérame",
        "comuníqueme con alguien", "comuníqueme con una persona", "puedo hablar con alguien",
        "puedo hablar con una persona", "páseme con alguien", "páseme con una persona",
        "quisiera hablar con alguien", "quisiera hablar con una persona",
    ),
    opt_out=(
        "no me llamen más", "no me llame más", "no me llamen", "no me llame", "dejen de llamarme",
        "deje de llamarme", "no vuelvan a llamar", "no vuelva a llamar", "no vuelvan a llamarme",
        "no vuelva a llamarme", "quíteme de la lista", "quítenme de la lista", "sáqueme de la lista",
        "sáquenme de la lista", "bórreme de la lista", "bórrenme de la lista", "elimíneme de la lista",
        "elimine mi número", "eliminen mi número", "borre mi número", "borren mi número", "darme de baja",
        "deme de baja", "quiero darme de baja", "no llame más", "no llamen más", "no quiero más llamadas",
        "no más llamadas", "no me vuelvan a llamar", "no me vuelva a llamar", "cancelar suscripción",
    ),
)

PROMPTS = EnginePrompts(
    confirm="He entendido: {answer}. ¿Es correcto?",
    no_input=(
        "No he oído nada.", "Sigo sin oírle. Puede hablar o pulsar una tecla.",
        "Lo siento, no le oigo. Por favor, use las teclas de su teléfono.",
    ),
    no_match=(
        "No le he entendido.", "Perdone, sigo sin entenderle. Puede hablar o pulsar una tecla.",
        "Lo siento, me cuesta entenderle. Por favor, use las teclas de su teléfono.",
    ),
    help="Puede pulsar teclas o hablar. Para oír la pregunta otra vez, pulse asterisco.",
    keypad_only="Por favor, use el teclado.",
    goodbye="Gracias por su tiempo. Adiós.",
    apology="Lo siento, hemos tenido un problema. Por favor, inténtelo más tarde. Adiós.",
    time_is_up="Lo siento, se ha acabado el tiempo de esta llamada. Gracias. Adiós.",
    lines_busy="Todas nuestras líneas están ocupadas. Por favor, llame más tarde. Adiós.",
    transfer="Un momento, por favor, le comunico.",
    transfer_failed="Lo siento, nadie puede atenderle en este momento.",
    welcome_back="Perdone, se cortó la llamada. Sigamos.",
    opted_out="De acuerdo, no volveremos a llamarle. Adiós.",
    skipped="De acuerdo, pasemos a la siguiente.",
    talk_no_input=("No he oído nada. Continúe, por favor.", "Sigo sin oírle. ¿Está ahí?"),
    talk_no_match=(
        "No le he entendido. Dígalo con sus palabras, por favor.",
        "Perdone, sigo sin entenderle. Dígalo otra vez, por favor.",
    ),
    talk_help="Conteste con sus palabras. Al terminar, quédese un momento en silencio.",
    talk_over="Dejémoslo aquí por ahora.",
    choice="Para {choice}, oprima {key}.",
    call_back="¿Cuándo le llamamos? Diga un día y una hora, o marque la hora con cuatro teclas.",
    one_moment="Un momento, por favor.",
)

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
    months_counted={"mes": 1, "meses": 1, "año": 12, "años": 12},
    minutes={"minuto": 1, "minutos": 1, "hora": 60, "horas": 60},
    spans={
        "media hora": 30, "una hora y media": 90, "hora y media": 90, "un cuarto de hora": 15,
        "tres cuartos de hora": 45, "dos horas y media": 150,
    },
    counts={"un": 1, "una": 1, "un par de": 2},
    dates=(
        "el? día? {day} de? {month} de? del? {year}", "el? día? {day} de? {month} del año {year}",
        "el? día? {day} de? {month}", "{month} {day} de? del? {year}", "{month} {day}",
    ),
    days_of_month=("el {day}", "el? día {day}", "el? {ordinal} de este mes", "el {day} de este mes"),
    ahead=(
        "en {count} {days}", "en {count} {months}", "en {count} {minutes}", "en {span}",
        "dentro de {count} {days}", "dentro de {count} {months}", "dentro de {count} {minutes}",
        "dentro de {span}", "de aquí a {count} {days}", "de hoy en {count} {days}",
    ),
    back=("hace {count} {days}", "hace {count} {months}", "{count} {days} atrás", "{count} {months} atrás"),
    weekday=("el? {weekday}", "el día {weekday}"),
    coming=(
        "el? próximo {weekday}", "el? {weekday} próximo", "este {weekday}", "el? {weekday} que viene",
        "el? {weekday} que entra", "este {weekday} que viene",
    ),
    following=("el? siguiente {weekday}", "el? {weekday} siguiente"),
    in_next_week=(
        "el? {weekday} de la próxima semana", "el? {weekday} de la semana que viene",
        "la próxima semana el? {weekday}", "la semana que viene el? {weekday}",
        "el? {weekday} de la semana próxima",
    ),
    last=("el? {weekday} pasado", "el? pasado {weekday}", "el? último {weekday}"),
    clock={
        "a? las? {hour}": 0, "a? la {hour}": 0, "a? las? {hour} en punto": 0, "a? la {hour} en punto": 0,
        "a? las? {hour} y {past}": 0, "a? la {hour} y {past}": 0, "a? las? {hour} {minute}": 0,
        "a? la {hour} {minute}": 0, "a? las? {hour} y media": 30, "a? la {hour} y media": 30,
        "a? las? {hour} y cuarto": 15, "a? la {hour} y cuarto": 15, "a? las? {hour} horas": 0,
        "a? las? {time}": 0, "a? la? {time}": 0, "a? las? {hour} con {past}": 0, "al? {named}": 0,
        "a? {named}": 0, "a? las? {hour} y {past} minutos": 0, "a? las? {hour} y un cuarto": 15,
    },
    clock_before={
        "a? las? {hour} menos {past}": 0, "a? la {hour} menos {past}": 0, "a? las? {hour} menos cuarto": 15,
        "a? la {hour} menos cuarto": 15, "un? cuarto para las? {hour}": 15, "{past} para las {hour}": 0,
        "un? cuarto para la {hour}": 15, "{past} para la {hour}": 0, "a? las? {hour} menos un cuarto": 15,
    },
    named_times={"mediodía": 720, "medio día": 720, "las doce del mediodía": 720, "las 12 del mediodía": 720,
                 "el mediodía": 720},
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
    first=("primeros {count}", "primeras {count}", "{count} primeros", "{count} primeras"),
    last=("últimos {count}", "últimas {count}", "{count} últimos", "{count} últimas"),
    excepting=("excepto", "menos", "salvo", "pero no", "a excepción de", "con excepción de", "fuera de",
               "aparte de", "sin", "quitando"),
    finished=("eso es todo", "nada más", "y nada más", "y ya", "y ya está", "solo", "solamente", "únicamente",
              "es todo", "sería todo", "nomás", "ya está", "y eso es todo"),
)

SPANISH = Language(
    key="es",
    name="español",
    locale="es-US",
    yes_label="sí",
    no_label="no",
    yes=YES,
    sure_yes=("sí", "sip", "claro", "correcto", "afirmativo", "exacto"),
    weak_yes=("ok", "okay", "okey", "vale", "bueno", "bien"),
    no=NO,
    sure_no=("no", "nop", "nel"),
    specials=SPECIALS,
    special_labels={Status.REFUSED: "sin respuesta", Status.DONT_KNOW: "no sabe"},
    idle=(
        "bueno", "pues", "bien", "a ver", "oh", "por favor", "gracias", "muchas gracias", "el", "la",
        "los", "las", "lo", "y", "yo", "es", "es el", "es la", "son", "sería", "serían", "creo",
        "creo que", "creo que es", "yo creo", "yo creo que", "pienso que", "pienso que es", "diría",
        "diría que", "yo diría", "yo diría que", "digo", "dije", "supongo", "supongo que", "me parece",
        "me parece que", "tengo", "yo tengo", "déjeme ver", "vamos a ver", "o sea", "quiero", "quisiera",
        "me gustaría", "elijo", "escojo", "prefiero", "le doy", "le doy un", "le daría", "le daría un",
        "le pongo", "le pongo un", "pongo", "doy", "mi respuesta es", "la respuesta es", "mi", "hola",
        "señor", "señora", "señorita", "simplemente", "realmente", "probablemente", "entonces", "ahora",
        "años", "año", "años de edad", "añitos", "de edad", "estrellas", "puntos", "veces", "mi número es",
        "el número es", "mi edad es", "con", "la verdad", "honestamente", "sinceramente", "para mí", "sí",
        "claro", "claro que sí", "por supuesto", "seguro", "correcto", "ok", "okay", "vale", "de acuerdo",
        "ajá", "soy", "yo soy", "soy una", "soy un", "un", "una", "eh bueno", "este", "ya", "exacto",
        "se lo digo",
    ),
    hesitations=("eh", "em", "ehm", "mm", "hmm", "ah", "uh", "um", "este", "er", "eee"),
    joined={"mm hmm": "ajá", "uh huh": "ajá", "a ja": "ajá"},
    negations=(
        "no", "nunca", "jamás", "ni", "sin", "tampoco", "nada", "nadie", "ninguno", "ninguna", "ningún",
        "menos",
    ),
    doubts=(
        "tal vez", "quizá", "quizás", "a lo mejor", "puede ser", "puede que", "o", "u", "depende",
        "a veces", "medio", "media", "y medio", "y media", "punto", "coma", "menos de", "más de", "más",
        "que", "casi", "entre", "excepto", "salvo", "pero", "sobre", "bajo", "por qué no",
        "no hay problema", "ningún problema", "sí y no", "ni sí ni no", "ese", "esa", "uno de", "una de",
        "alguno", "alguna", "algunas veces", "posiblemente", "antes", "después", "hasta", "por ciento",
        "más o menos", "regular", "un poco", "un cuarto", "cuarto",
    ),
    corrections=(
        "quiero decir", "no quiero decir", "quise decir", "no quise decir", "perdón quiero decir",
        "perdón quise decir", "mejor dicho", "no mejor dicho", "corrijo", "corrección", "me equivoqué",
        "no me equivoqué", "espere", "no espere", "espera", "no espera", "mejor", "no perdón quiero decir",
        "o mejor", "cambio a", "me corrijo",
    ),
    soft_corrections=(
        "perdón", "perdone", "disculpe", "lo siento", "en realidad", "digo",
    ),
    holds=(
        "un momento", "un segundo", "un minuto", "un momentito", "un segundito", "momento",
        "espere un momento", "espere un segundo", "espera un momento", "déjeme ver", "déjeme pensar",
        "deme un momento", "deme un segundo", "permítame",
    ),
    key_prefixes=(
        "oprima", "oprimo", "oprimí", "presione", "presiono", "pulse", "pulso", "pulsé", "marque", "marco",
        "marqué", "tecla", "número", "opción", "respuesta", "el número", "la opción", "la tecla", "botón",
        "el botón", "dígito", "oprima el", "presione el", "pulse el", "marque el", "aprieto", "apriete",
    ),
    key_names={"asterisco": "*", "estrella": "*", "gato": "#", "numeral": "#", "almohadilla": "#"},
    ordinals=(
        ("primera", "primero", "primer"), ("segunda", "segundo"), ("tercera", "tercero", "tercer"),
        ("cuarta", "cuarto"), ("quinta", "quinto"), ("sexta", "sexto"), ("séptima", "séptimo"),
        ("octava", "octavo"), ("novena", "noveno"), ("décima", "décimo"),
    ),
    last=("última", "último"),
    ordinal_nouns=("opción", "respuesta"),
    out_of=("de", "sobre", "de un total de"),
    decimal_marks=".,:/",
    numerals=NUMERALS,
    universals=UNIVERSALS,
    backchannels=(
        "ajá", "mm-hmm", "mhm", "sí", "ya", "claro", "bueno", "okay", "ok", "entiendo", "ah", "vale",
        "bien", "mm",
    ),
    prompts=PROMPTS,
    readings=READINGS,
    calendar=CALENDAR,
    groups=GROUPS,
)
