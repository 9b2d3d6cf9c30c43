"""Which telephone numbers may be dialled; knows no carrier and no campaign."""

from collections.abc import Sequence

import phonenumbers


class NumberRefusedError(ValueError):
    """This number is not dialled; one line says why, without the number."""


def dialable(text: str, prefixes: Sequence[str]) -> str:
    """Return the number in E.164.

    Raises NumberRefusedError unless it is valid and begins with one of `prefixes`.
    """
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise NumberRefusedError(
            "`to` is no telephone number: write it with its country, as in +14155550100"
        ) from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise NumberRefusedError("`to` is not a valid telephone number in its country")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # An empty prefix would allow the whole world; it is what an empty setting splits into.
    if not e164.startswith(tuple(prefix for prefix in prefixes if prefix)):
        raise NumberRefusedError(
            f"`to` begins with a prefix that may not be dialled; allowed: {', '.join(prefixes) or 'none'}"
            " (DIALAI_ALLOWED_PREFIXES)"
        )
    return e164
