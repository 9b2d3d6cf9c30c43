"""What in a text gives a person or a secret away, and the mask it gets; knows no sink."""

import re

CARD, NATIONAL_ID, EMAIL, PHONE, TOKEN = "[card]", "[id]", "[email]", "[phone]", "[token]"

_SEVEN_DIGITS = re.compile(r"\d(?:[ -]?\d){6}")
_SECRET_WORDS = ("bearer ", "basic ", "token", "api_key", "apikey", "secret", "passw", "signature")

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_DIGIT_GROUPS = re.compile(r"(?<![\w.])\d+(?:[ -]\d+)*(?![\w])")
_GROUP = re.compile(r"\d+")
_US_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}([ -])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_SPANISH_ID = re.compile(r"(?<!\w)([XYZ]|\d)[ -]?(\d{7})[ -]?([A-Z])(?!\w)", re.IGNORECASE)
_AUTHORIZATION = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_NAMED_SECRET = re.compile(
    r"((?:auth_?token|token|api_?key|secret|password|passwd|signature)[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}\[]+",
    re.IGNORECASE,
)
_E164 = re.compile(r"(?<![\w+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\w)")
_US_PHONE = re.compile(r"(?<![\w+-])(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{0,2}[2-9]\d{2}[ .-]?\d{4}(?![\w-])")

_CARD_LENGTHS = range(13, 20)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def redact(text: str) -> str:
    """Return `text` with card numbers, national ids, e-mail addresses and secrets masked.

    Telephone numbers stay: they are what a call is about. Masking a masked text changes nothing.
    """
    if not _is_worth_a_look(text):
        return text
    text = _EMAIL.sub(EMAIL, text)
    text = _AUTHORIZATION.sub(rf"\1 {TOKEN}", text)
    text = _NAMED_SECRET.sub(rf"\1{TOKEN}", text)
    text = _US_SSN.sub(NATIONAL_ID, text)
    text = _SPANISH_ID.sub(_mask_spanish_id, text)
    return _DIGIT_GROUPS.sub(_mask_cards, text)


def _is_worth_a_look(text: str) -> bool:
    # Nearly every text fails this, at a tenth of what the real search costs.
    if "@" in text or _SEVEN_DIGITS.search(text):
        return True
    lower = text.lower()
    return any(word in lower for word in _SECRET_WORDS)


def redact_phones(text: str) -> str:
    """Return `text` with telephone numbers masked: E.164 and the North American ways of writing one."""
    return _US_PHONE.sub(PHONE, _E164.sub(PHONE, text))


def _mask_spanish_id(found: re.Match[str]) -> str:
    head, digits, letter = found.group(1).upper(), found.group(2), found.group(3).upper()
    # A foreigner's number counts X, Y and Z as 0, 1 and 2; the letter is the number modulo 23.
    number = int({"X": "0", "Y": "1", "Z": "2"}.get(head, head) + digits)
    return NATIONAL_ID if _DNI_LETTERS[number % 23] == letter else found.group()


def _mask_cards(found: re.Match[str]) -> str:
    """Mask every run of whole digit groups that is a card number; leave the rest as it was."""
    text = found.group()
    groups = [match.span() for match in _GROUP.finditer(text)]
    out, done, first = "", 0, 0
    while first < len(groups):
        last = _card_end(text, groups, first)
        if last is None:
            first += 1
            continue
        out += text[done : groups[first][0]] + CARD
        done = groups[last][1]
        first = last + 1
    return out + text[done:]


def _card_end(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    digits = ""
    for last in range(first, len(groups)):
        digits += text[slice(*groups[last])]
        if len(digits) in _CARD_LENGTHS and digits[0] in "23456" and _passes_luhn(digits):
            return last
    return None


def _passes_luhn(digits: str) -> bool:
    doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0  # noqa: PLR2004 - the digit sum of a two-digit number
