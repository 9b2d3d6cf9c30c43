"""Spanish: what callers say to any question."""

from app.domain.answers import Status
from app.domain.languages.model import Numerals, Universals

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
    alone={"ninguno": 0, "ninguna": 0, "sinco": 5, "sero": 0, "oséis": 6, "docena": 12},
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
    "encantada", "puedo", "bueno sí", "pues sí", "va", "dale", "ya lo creo", "no cabe duda",
    "no cabe ninguna duda", "no hay duda",
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
    "mejor no", "esta vez no", "de momento no", "ahora mismo no", "ahora mismo no puedo",
    "ahora no puedo", "lamentablemente no", "por desgracia no",
    "desafortunadamente no", "desgraciadamente no",
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
        "perdón qué", "qué perdón", "disculpe qué", "disculpe cómo",
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
    alone=("cómo", "qué"),
)
