"""The words that say nothing in an author's description of a way out, whatever the caller's language."""

from typing import Final

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
