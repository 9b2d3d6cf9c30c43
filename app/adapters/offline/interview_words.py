"""The words of the scripted interviewer, by language: data and nothing else.

A language is added here as one more `Script`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.conversation import FieldKind


@dataclass(frozen=True, slots=True)
class Script:
    """What the interviewer says in one language, and how it turns a caller's words round.

    `asks` holds the question for a value from what the author says of it (`{about}`), `asks_name` from
    its name alone (`{name}`); both may name its `{choices}`. `reflects` are the first words of a line
    that may be said back with `turned` words; at most `longest_reflection` words, for grammar does not
    reach further.
    """

    opening: str
    acknowledges: tuple[str, ...]
    reflection: str
    once_more: str
    asks: Mapping[FieldKind, str]
    asks_name: Mapping[FieldKind, str]
    or_word: str
    more: tuple[str, ...]
    leave: str
    nothing: tuple[str, ...]
    reflects: frozenset[str]
    turned: Mapping[str, str]
    longest_reflection: int


# Word lists fill their lines.
# fmt: off
_ENGLISH: Final = Script(
    opening="Thank you for taking the time.",
    acknowledges=("I see.", "Thank you.", "I understand.", "All right."),
    reflection="So {said}.",
    once_more="Let me ask that once more.",
    asks={
        FieldKind.TEXT: "Please tell me this: {about}.",
        FieldKind.NUMBER: "Please give me a number: {about}.",
        FieldKind.BOOLEAN: "Please say yes or no: {about}.",
        FieldKind.CHOICE: "Please tell me this: {about}. Is it {choices}?",
    },
    asks_name={
        FieldKind.TEXT: "Please tell me about the {name}.",
        FieldKind.NUMBER: "Which number should I note for {name}?",
        FieldKind.BOOLEAN: "Please say yes or no: {name}.",
        FieldKind.CHOICE: "What should I note for {name}: {choices}?",
    },
    or_word="or",
    more=(
        "Can you tell me more about that?", "What would have made it better?",
        "Is there anything else you would like to say?",
    ),
    leave="That is all I wanted to know.",
    nothing=("no", "nothing", "nothing else", "nothing more", "no that's all", "that's all", "that is all",
             "that's it", "no thanks", "no thank you", "not really"),
    reflects=frozenset((
        "i", "i'm", "i've", "i'd", "i'll", "my", "we", "we're", "we've", "we'd", "our",
    )),
    turned={
        "i am": "you are", "i was": "you were", "i wasn't": "you weren't", "am i": "are you",
        "was i": "were you", "i": "you", "i'm": "you're", "i've": "you've", "i'd": "you'd",
        "i'll": "you'll", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "we": "you",
        "we're": "you're", "we've": "you've", "we'd": "you'd", "we'll": "you'll", "us": "you",
        "our": "your", "ours": "yours", "ourselves": "yourselves", "you": "us", "your": "our",
        "you are": "we are", "you were": "we were", "you have": "we have", "you had": "we had",
        "you did": "we did", "you didn't": "we didn't", "you said": "we said", "you told": "we told",
        "you never": "we never", "you promised": "we promised", "you sent": "we sent",
        "you can": "we can", "you could": "we could", "you should": "we should",
        "yours": "ours", "you're": "we're", "you've": "we've", "you'd": "we'd", "you'll": "we'll",
    },
    longest_reflection=12,
)

_SPANISH: Final = Script(
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
)
# fmt: on

SCRIPTS: Final[Mapping[str, Script]] = {"en": _ENGLISH, "es": _SPANISH}
"""Every script by its language's code."""

# fmt: off
IDLE_IN_EXITS: Final = frozenset((
    "the", "a", "an", "caller", "customer", "patient", "person", "he", "she", "they", "their", "his",
    "her", "it", "is", "are", "was", "be", "being", "has", "have", "had", "says", "say", "said", "tells",
    "talks", "speaks", "mentions", "describes", "reports", "asks", "wants", "would", "like", "to", "for",
    "of", "about", "if", "when", "that", "there", "this", "in", "on", "at", "and", "with", "any", "some",
    "needs", "el", "la", "los", "las", "un", "una", "quien", "llama", "llamante", "persona", "cliente",
    "paciente", "dice", "describe", "menciona", "habla", "pide", "quiere", "necesita", "que", "de", "del",
    "si", "cuando", "es", "esta", "tiene", "se", "su", "sus", "por", "para", "con", "y", "en", "al", "le",
    "lo", "ha", "hay",
))
"""Words that carry nothing in an author's `when`, in plain letters; authors may write it in any language."""

OR_IN_EXITS: Final = frozenset(("or", "o", "u"))
"""Words between two occasions of one exit."""
