"""What people write into settings, and the form that each must have; a wrong one says what would do. Pure."""

import re
from typing import Final
from urllib.parse import urlsplit

_REGION: Final = re.compile(r"[a-z]{2,5}(-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_PREFIX: Final = re.compile(r"\+[1-9]\d{0,14}")


def web_address(url: str) -> str:
    """Return it. Raises ValueError unless it is http or https and a host, without a query or a password."""
    parts = urlsplit(url)
    has_more = parts.query or parts.fragment or parts.username or re.search(r"[\s\x00-\x1f]", url)
    # `.port` raises ValueError for one that is no number.
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.port == 0 or has_more:
        raise ValueError("write https:// and the host, as in https://dialai.example.com")
    return url


def prefixes(text: str) -> str:
    """Return it. Raises ValueError for a country's prefix without its plus."""
    if not all(_PREFIX.fullmatch(prefix.strip()) for prefix in text.split(",") if prefix.strip()):
        raise ValueError("write each with its plus, separated by commas, as in +1,+44")
    return text


def region(text: str) -> str:
    """Return it. Raises ValueError unless it looks like one of AWS's regions: hosts are named after it."""
    if not _REGION.fullmatch(text):
        raise ValueError("write a region of AWS by its name, as in us-east-1")
    return text
