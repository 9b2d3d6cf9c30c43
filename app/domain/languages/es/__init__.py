"""Spanish as it is heard and spoken on the telephone, with the words of both shores."""

from app.domain.answers import Status
from app.domain.languages.es.answers import NO, NUMERALS, SPECIALS, UNIVERSALS, YES
from app.domain.languages.es.prompts import INTERVIEW, PROMPTS
from app.domain.languages.es.times import CALENDAR, GROUPS, READINGS
from app.domain.languages.model import Language, Sounds

# Word lists fill their lines.
# fmt: off
SOUNDS = Sounds(
    voice="es-419",
    regional={"es-es": "es"},
    # A tapped r lies between the English flapped t and r, a soft b between b and v.
    phones={
        "β": ("B", "V"), "ð": ("DH", "D"), "ɣ": ("G",), "ɾ": ("D", "R"), "r": ("R",), "ɲ": ("N Y",),
        "ʝ": ("Y", "JH"), "ʎ": ("Y",), "e": ("EH", "EY"), "a": ("AA",), "o": ("OW", "AO"),
        "eʊ": ("EH UW",), "oɪ": ("OY",), "ai": ("AY",), "au": ("AW",),
    },
    weights=(10.0, 1.55, -5.87),
    is_the_models_own=False,
    carrier_locale="es-MX",
    dot="punto",
    at="arroba",
)

LANGUAGE = Language(
    key="es",
    name="español",
    locale="es-US",
    yes_label="sí",
    no_label="no",
    yes=YES,
    sure_yes=("sí", "sip", "claro", "correcto", "afirmativo", "exacto"),
    weak_yes=("supongo", "ok", "okay", "okey", "vale", "bueno", "bien"),
    loose_yes=(
        "por qué no", "no veo por qué no", "no me importa", "no me molesta", "no tengo inconveniente",
        "no tengo ningún inconveniente", "no tengo nada en contra", "perfecto",
    ),
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
        "años", "año", "este año", "años de edad", "añitos", "de edad", "estrellas", "puntos", "veces",
        "mi número es",
        "el número es", "mi edad es", "con", "la verdad", "honestamente", "sinceramente", "para mí", "sí",
        "claro", "claro que sí", "por supuesto", "seguro", "correcto", "ok", "okay", "vale", "de acuerdo",
        "ajá", "soy", "yo soy", "soy una", "soy un", "un", "una", "eh bueno", "este", "ya", "exacto",
        "se lo digo", "por la", "en la",
    ),
    hesitations=("eh", "em", "ehm", "mm", "hmm", "ah", "uh", "um", "este", "er", "eee"),
    # Alone, "este" is a sound of thinking.
    joined={"mm hmm": "ajá", "uh huh": "ajá", "a ja": "ajá", "este mes": "estemes", "este año": "esteaño"},
    negations=(
        "no", "nunca", "jamás", "ni", "sin", "tampoco", "nada", "nadie", "ninguno", "ninguna", "ningún",
        "menos",
    ),
    doubts=(
        "pico", "todos los", "docena", "docenas", "cada", "par", "y tantos", "los dos", "las dos",
        "tal vez", "quizá",
        "quizás", "a lo mejor",
        "puede ser", "puede que", "o", "u", "depende",
        "a veces", "medio", "media", "y medio", "y media", "punto", "coma", "menos de", "más de", "más",
        "que", "casi", "entre", "excepto", "salvo", "pero", "sobre", "bajo", "por qué no",
        "no hay problema", "ningún problema", "sí y no", "ni sí ni no", "ese", "esa", "uno de", "una de",
        "alguno", "alguna", "algunas veces", "posiblemente", "antes", "después", "hasta", "por ciento",
        "más o menos", "regular", "un poco", "un cuarto", "cuarto",
        "no hablo", "no solo", "no solamente", "no simplemente", "no únicamente", "no hablo inglés",
        "no digo que no", "no diría que no",
        "no hablo español", "en vez de",
        "en lugar de", "antepasado", "antepasada", "subsiguiente",
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
    denials=("no",),
    buts=("sino",),
    no_denies=True,
    other_amounts=(
        "negativo", "al menos", "por lo menos", "como mínimo", "como máximo", "a lo sumo", "como mucho",
        "el doble", "doble de", "deme", "dame", "pregunta", "preguntas", "segundo", "segunda", "tercero",
        "tercera", "primera",
        "primero", "mitad", "decena", "decenas", "veintena", "treintena", "cuarentena", "centena",
        "centenar", "siglo", "siglos", "década", "décadas", "todavía no", "aún no",
    ),
    vague_amounts=("un buen", "una buena"),
    adverse=(
        "poco", "lejos de", "apenas", "menos", "pregunta", "preguntas",
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
    interview=INTERVIEW,
    sounds=SOUNDS,
)
