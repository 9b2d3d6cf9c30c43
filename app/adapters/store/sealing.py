"""What of a journal line may be read in plain, and the key that seals the rest."""

import hmac
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from app.adapters.store.codec import Json, from_json, to_json
from app.adapters.store.errors import StoreError
from app.domain.redaction import redact
from app.engine.actions import AnswerGiven, Order, Play, Record, TurnTaken

MASK = "[sensitive]"

_FACT_WORDS = ("digit", "text", "heard_text", "values", "value", "exit")
_ASKED_WORDS = ("conversation", "inquiry")
_POST_WORDS = ("url", "body", "headers")
_TURN_WORDS = ("prompt", "heard", "input", "understood")
_ANSWER_WORDS = ("value", "label", "raw")


class Vault:
    """Seals and opens JSON values with the key in one file, which is made, mode 0600, on first use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fernet: Fernet | None = None

    def seal(self, value: Json) -> bytes:
        """Return the value encrypted and signed. Raises StoreError when no key can be had."""
        return self._key(make=True).encrypt(to_json(value).encode())

    def open(self, sealed: bytes) -> Json:
        """Return the value that was sealed. Raises StoreError when the key is gone or another."""
        try:
            value: Json = from_json(self._key(make=False).decrypt(bytes(sealed)))
        except InvalidToken:
            raise StoreError(
                f"a sealed value does not open: {self._path} is not the key it was sealed with"
            ) from None
        return value

    def fingerprint(self, text: str) -> str:
        """Return what stands for the text where it must be found again: nobody without the key can tell it.

        Raises StoreError when no key can be had.
        """
        self._key(make=True)
        return hmac.new(self._path.read_bytes().strip(), text.encode(), sha256).hexdigest()

    def _key(self, *, make: bool) -> Fernet:
        if self._fernet is None:
            if make and not self._path.exists():
                self._make()
            try:
                self._fernet = Fernet(self._path.read_bytes().strip())
            except OSError as error:
                raise StoreError(
                    f"the key of sealed values cannot be read: {self._path}: {error.strerror}"
                ) from None
            except ValueError:
                raise StoreError(f"{self._path} holds no key: restore it from a backup") from None
        return self._fernet

    def _make(self) -> None:
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
                file.flush()
                os.fsync(file.fileno())
            try:
                # A link never overwrites: of two processes that make a key, one wins.
                os.link(fresh, self._path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        except OSError as error:
            raise StoreError(
                f"the key of sealed values cannot be made: {self._path}: {error.strerror}"
            ) from None


def is_private(orders: Iterable[Order], private_steps: frozenset[str]) -> bool:
    """Whether a line's orders themselves say that it carries what must be sealed."""
    return any(_is_private(order, private_steps) for order in orders)


def _is_private(order: Order, private_steps: frozenset[str]) -> bool:
    match order:
        case Record(entry=AnswerGiven(answer=answer)):
            return answer.sensitive
        case Record(entry=TurnTaken(step=step)):
            return step in private_steps
        case Play(prompt=prompt):
            return any(utterance.sensitive for utterance in prompt.utterances)
        case _:
            return False


def mask_line(data: Json, private_steps: frozenset[str]) -> Json:
    """Mask everything in an encoded line that could give away what the caller gave.

    The fact is masked whatever it is; of the orders only those that speak of something private, since
    the line that enters a sensitive question also settles the one before it.
    """
    return {
        "fact": _masked(data["fact"], _FACT_WORDS),
        "orders": [_mask_order(order, private_steps) for order in data["orders"]],
    }


def redacted(data: Json) -> tuple[Json, str]:
    """Mask personal numbers and secrets in every string; return the value (itself when clean), its JSON."""
    text = to_json(data)
    # An escape such as \\n puts a letter before what follows it, which could hide a number.
    if "\\" not in text and redact(text) == text:
        return data, text
    masked: Json = _redacted(data)
    return masked, to_json(masked)


def _redacted(value: Any) -> Any:  # noqa: ANN401 - JSON is any of its values
    match value:
        case str():
            return redact(value)
        case list():
            return [_redacted(item) for item in value]
        case dict():
            return {key: _redacted(item) for key, item in value.items()}
        case _:
            return value


def hidden(row: Json, plain: Json) -> Json:
    """Return the true values of those fields that the plain row masks."""
    return {name: value for name, value in row.items() if plain[name] != value}


def _masked(data: Json, words: tuple[str, ...]) -> Json:
    # An empty text stays empty: that nothing was said is no secret, and the reader needs to see it.
    return {key: _mask(value) if key in words else value for key, value in data.items()}


def _mask(value: Any) -> Any:  # noqa: ANN401 - JSON is any of its values
    match value:
        case "" | None:
            return value
        case dict():
            # Its shape stays: a masked line is read back like any other.
            return dict.fromkeys(value, MASK)
        case _:
            return MASK


def _mask_order(order: Json, private_steps: frozenset[str]) -> Json:
    match order:
        case {"writes": "TurnTaken", "entry": {"step": step} as entry} if step in private_steps:
            return {**order, "entry": _masked(entry, _TURN_WORDS)}
        case {"writes": "AnswerGiven", "entry": {"answer": {"sensitive": True} as answer} as entry}:
            return {**order, "entry": {**entry, "answer": _masked(answer, _ANSWER_WORDS)}}
        case {"kind": "Run", "runs": "Post", "errand": errand}:
            return {**order, "errand": _masked(errand, _POST_WORDS)}
        case {"kind": "Ask" | "Extract" | "Interpret"}:
            return _masked(order, _ASKED_WORDS)
        case {"kind": "Play", "prompt": prompt}:
            spoken = [
                _masked(u, ("text", "ssml", "audio")) if u["sensitive"] else u for u in prompt["utterances"]
            ]
            return {**order, "prompt": {**prompt, "utterances": spoken}}
        case _:
            return order
