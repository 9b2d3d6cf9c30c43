"""Whether a request comes from Twilio; judges by the configured public URL, never by what a request claims.

Host and X-Forwarded-* are the sender's own words, so they can only speak against a request here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator, get_signature_algorithm

from app.domain.keepable import keepable

MAX_FIELDS: Final = 200
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PROXY_HEADERS: Final = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"})


class Form:
    """The fields of a form body, each with all its values in order."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    @classmethod
    def parse(cls, body: bytes) -> "Form | None":
        """Return the fields of an urlencoded body, blank ones too; None when it is none."""
        try:
            text = body.decode("ascii")
            return cls(
                parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
                if text
                else []
            )
        except ValueError:
            return None

    def __iter__(self) -> Iterable[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getlist(self, name: str) -> list[str]:
        """Return all values of a field; the validator asks by this name."""
        return self._values.get(name, [])

    def one(self, name: str) -> str:
        """Return the field's value as it can be kept; empty when it is missing or given more than once."""
        values = self.getlist(name)
        return keepable(values[0]) if len(values) == 1 else ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who stands at the other end, as far as the socket and the headers (lower case) say."""

    host: str
    headers: Mapping[str, str]

    @property
    def is_local(self) -> bool:
        """This very machine, addressed as such, through no proxy, tunnel or foreign page."""
        if not _is_loopback(self.host) or not _PROXY_HEADERS.isdisjoint(self.headers):
            return False
        host = self.headers.get("host", "")
        origin = self.headers.get("origin")
        # What listens on another port of this machine is another program's page.
        return _is_local_name(host) and (origin is None or origin in {f"http://{host}", f"https://{host}"})


class SignatureCheck:
    """Judges webhooks and socket handshakes. Without a token nothing passes but a local sender in `dev`."""

    __slots__ = ("_dev", "_public", "_public_ws", "_validator")

    def __init__(self, public_url: str, auth_token: str, *, dev: bool = False) -> None:
        self._public = public_url.rstrip("/")
        scheme, _, rest = self._public.partition("://")
        self._public_ws = f"{'ws' if scheme == 'http' else 'wss'}://{rest}"
        self._validator = RequestValidator(auth_token) if auth_token else None
        self._dev = dev

    def accepts_webhook(self, target: str, form: Form, sender: Sender) -> bool:
        """Judge a form post to `target`, the path and query exactly as they came."""
        return self._accepts(self._public + target, form, sender)

    def accepts_handshake(self, target: str, sender: Sender) -> bool:
        """Judge a WebSocket upgrade to `target`; its URL is signed with the socket's scheme and no fields."""
        return self._accepts(self._public_ws + target, Form(()), sender)

    def _accepts(self, url: str, form: Form, sender: Sender) -> bool:
        signature = sender.headers.get("x-twilio-signature", "")
        if self._validator is None or not signature:
            return self._dev and sender.is_local
        # A signature that is there is always checked: development must not hide that it is wrong.
        algorithm = get_signature_algorithm(sender.headers.get("x-twilio-webhooks-signature-settings", ""))
        try:
            return any(
                self._validator.validate(variant, form, signature, algorithm)
                for variant in _with_and_without_slash(url)
            )
        except ValueError:  # a surrogate, a port that is no number: nothing that Twilio signs
            return False


def _with_and_without_slash(url: str) -> tuple[str, str]:
    path, mark, query = url.partition("?")
    other = path.rstrip("/") if path.endswith("/") else path + "/"
    return url, other + mark + query


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_local_name(authority: str) -> bool:
    try:
        return urlsplit(f"//{authority}").hostname in _LOCAL_NAMES
    except ValueError:
        return False
