"""Spanish: what the engine and the scripted interviewer say."""

from app.domain.conversation import FieldKind
from app.domain.languages.model import EnginePrompts, Interview

# Word lists fill their lines.
# fmt: off
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
    lost_too_often="Lo sentimos, la conexión se perdió demasiadas veces. Adiós.",
)

INTERVIEW = Interview(
    opening="Gracias por su tiempo.",
    acknowledges=("Entiendo.", "Gracias.", "Ya veo.", "De acuerdo."),
    reflection="Así que {said}.",
    once_more="Se lo pregunto otra vez.",
    asks={
        FieldKind.TEXT: "Dígame, por favor: {about}.",
        FieldKind.NUMBER: "Dígame un número, por favor: {about}.",
        FieldKind.BOOLEAN: "Conteste sí o no, por favor: {about}.",
        FieldKind.CHOICE: "Dígame, por favor: {about}. ¿Es {choices}?",
    },
    asks_name={
        FieldKind.TEXT: "Hábleme, por favor, de esto: {name}.",
        FieldKind.NUMBER: "¿Qué número anoto para {name}?",
        FieldKind.BOOLEAN: "Conteste sí o no, por favor: {name}.",
        FieldKind.CHOICE: "¿Qué anoto para {name}: {choices}?",
    },
    or_word="o",
    more=("¿Puede contarme algo más?", "¿Qué lo habría hecho mejor?", "¿Quiere decirme algo más?"),
    leave="Es todo lo que quería saber.",
    nothing=("no", "nada", "nada más", "no nada más", "eso es todo", "es todo", "no gracias", "ya está"),
    reflects=frozenset((
        "mi", "mis", "nuestro", "nuestra", "tengo", "estoy", "quiero", "necesito", "esperé", "llamé",
        "pedí", "recibí", "tuve", "estuve", "llevo", "pagué", "llegué", "compré", "yo",
    )),
    turned={
        "mi": "su", "mis": "sus", "mío": "suyo", "mía": "suya", "me": "le", "mí": "usted",
        "conmigo": "con usted", "yo": "usted", "nuestro": "su", "nuestra": "su", "nuestros": "sus",
        "nuestras": "sus", "tengo": "tiene", "estoy": "está", "soy": "es", "quiero": "quiere",
        "necesito": "necesita", "esperé": "esperó", "llamé": "llamó", "pedí": "pidió",
        "recibí": "recibió", "tuve": "tuvo", "estuve": "estuvo", "llevo": "lleva", "pagué": "pagó",
        "llegué": "llegó", "compré": "compró", "puedo": "puede", "pude": "pudo", "creo": "cree",
        "ustedes": "nosotros",
    },
    longest_reflection=8,
    idle_in_exits=(
        "el", "la", "los", "las", "un", "una", "quien", "llama", "llamante", "persona", "cliente",
        "paciente", "dice", "describe", "menciona", "habla", "pide", "quiere", "necesita", "que", "de", "del",
        "si", "cuando", "es", "esta", "tiene", "se", "su", "sus", "por", "para", "con", "y", "en", "al", "le",
        "lo", "ha", "hay",
    ),
    or_in_exits=("o", "u"),
)
