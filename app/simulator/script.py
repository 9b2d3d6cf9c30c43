"""What a simulated caller will do, and the YAML it is written in; performs nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from app.adapters.bounded_files import read_bounded
from app.domain.call import Disposition, Value
from app.flows.problems import FlowErrors
from app.flows.scenarios import value_of
from app.flows.yaml_tree import Document, read_yaml
from app.simulator.dialling import STATUSES

KEYS = frozenset("0123456789*#")
ANSWERS = ("human", "busy", "no_answer", "failed", "machine")
LONGEST_MS: Final = 3_600_000
"""A caller does one thing for no longer than an hour."""

_PARTY: Final = re.compile(r"\+?[0-9]{2,15}|anonymous")
_WHOLE: Final = re.compile(r"[0-9]{1,12}")
_SHARE: Final = re.compile(r"0(\.[0-9]{1,6})?|1(\.0{1,6})?")


class ScriptError(Exception):
    """A caller script that cannot be used: one line with the file, the line, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class WaitPrompt:
    """Wait until the bot has spoken and then been silent for `quiet_ms`, or until it has played `mark`.

    A bot that does so for no `within_ms` fails the script.
    """

    quiet_ms: int = 600
    within_ms: int = 25_000
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak; with `interrupt_after_ms`, that long after the bot has begun to speak."""

    text: str
    interrupt_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys in turn; with `interrupt_after_ms`, that long after the bot has begun to speak."""

    keys: str
    interrupt_after_ms: int | None = None
    gap_ms: int = 200


@dataclass(frozen=True, slots=True)
class Silent:
    """Do nothing for this long."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class Noise:
    """White noise for this long; `level` is its RMS as a share of full scale."""

    milliseconds: int
    level: float = 0.1


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up."""


@dataclass(frozen=True, slots=True)
class DropSocket:
    """Break the media socket off; the caller stays on the line."""


Step: TypeAlias = WaitPrompt | Say | Press | Silent | Noise | HangUp | DropSocket


@dataclass(frozen=True, slots=True)
class Script:
    """A caller. `patience_ms` is how long they stay on the line once their script is done.

    `may_end_early` says that the bot may end the call before all steps are done.
    `dialled` is what becomes of the number that the bot hands them over to.
    `expects` is what the server's log should say afterwards: a `disposition`, and `answers` by name, as
    scenarios write them.
    """

    steps: tuple[Step, ...]
    name: str = "caller"
    title: str = ""
    flow: str = ""
    outbound: bool = False
    locale: str = "en-US"
    number: str = "+12025550143"
    answers: str = "human"
    dialled: str = "answers"
    variables: Mapping[str, Value] = field(default_factory=dict)
    patience_ms: int = 60_000
    may_end_early: bool = False
    seed: int = 1
    expects: Mapping[str, Any] = field(default_factory=dict)


def load(path: Path) -> Script:
    """The script in a file. Raises ScriptError."""
    try:
        data = read_bounded(path)
    except OSError as error:
        raise ScriptError(
            f"{path}: cannot be read ({error.strerror}); give the path of a caller script"
        ) from error
    return parse(data, str(path), Path(path).stem)


def parse(text: str | bytes, where: str = "caller script", name: str = "caller") -> Script:
    """The script in `text`, read as flows are; `where` begins every error. Raises ScriptError."""
    try:
        document = read_yaml(text, file=where, expected="a caller script is a mapping with `steps:`")
    except FlowErrors as error:
        problem = error.problems[0]
        raise ScriptError(f"{where}:{problem.line}: {problem.message}") from error
    return _Reader(where, document).script(name)


class _Reader:
    """Turns a YAML document into a Script, knowing the file's name and lines for its complaints."""

    def __init__(self, where: str, document: Document) -> None:
        self._where = where
        self._document = document

    def _fail(self, line: int, message: str) -> ScriptError:
        return ScriptError(f"{self._where}:{line}: {message}")

    def script(self, name: str) -> Script:
        tree: Any = self._document.tree
        values: dict[str, Any] = {}
        for key, value in tree.items():
            if key != "steps":
                values[key] = self._value(self._document.place((key,), key=True).line, key, value)
        steps = tree.get("steps")
        if not isinstance(steps, list):
            line = self._document.place(("steps",), key=True).line
            raise self._fail(line, '`steps` must be a list: - wait_prompt, - press: "1", ...')
        return Script(tuple(self._step(step, index) for index, step in enumerate(steps)), name, **values)

    def _value(self, line: int, key: str, value: Any) -> Any:  # noqa: ANN401 - what the file holds
        """Return what stands at a key of the script itself."""
        match key:
            case "title" | "flow" | "locale" | "number" | "answers" | "dialled":
                return self._text(line, key, value)
            case "outbound" | "may_end_early":
                if value not in ("true", "false"):
                    raise self._fail(line, f"`{key}` must be true or false")
                return value == "true"
            case "patience_ms":
                return self._milliseconds(line, key, value)
            case "seed":
                if not isinstance(value, str) or not _WHOLE.fullmatch(value):
                    raise self._fail(line, "`seed` must be a whole number")
                return int(value)
            case "variables":
                texts = self._texts(line, key, value)
                return {each: value_of(text) for each, text in texts.items() if text is not None}
            case "expects":
                return self._expected(line, value)
            case _:
                known = (
                    "steps, title, flow, locale, number, answers, dialled, outbound, variables, expects, "
                    "patience_ms, may_end_early, seed"
                )
                raise self._fail(line, f"`{key}` is no key of a caller script; known: {known}")

    def _text(self, line: int, key: str, value: Any) -> str:  # noqa: ANN401 - see _value
        if not isinstance(value, str):
            raise self._fail(line, f"`{key}` must be text")
        if key == "number" and not _PARTY.fullmatch(value):
            raise self._fail(line, '`number` must be a telephone number, such as "+12025550143"')
        for name, known in (("answers", ANSWERS), ("dialled", tuple(STATUSES))):
            if key == name and value not in known:
                raise self._fail(line, f"`{key}` must be one of {', '.join(known)}")
        return value

    def _texts(self, line: int, key: str, value: Any) -> dict[str, str | None]:  # noqa: ANN401 - see _value
        if not isinstance(value, dict):
            raise self._fail(line, f"`{key}` must be a mapping")
        texts = {}
        for name, text in value.items():
            listed = ", ".join(text) if isinstance(text, list) and all(map(_is_text, text)) else text
            if isinstance(listed, dict | list):
                raise self._fail(line, f"`{name}` in `{key}` must be a text, a number, true or false")
            texts[name] = listed
        return texts

    def _expected(self, line: int, value: Any) -> dict[str, Any]:  # noqa: ANN401 - see _value
        if not isinstance(value, dict) or set(value) - {"disposition", "answers"}:
            raise self._fail(line, "`expects` takes disposition and answers")
        found: dict[str, Any] = {}
        if "disposition" in value:
            known = [str(each) for each in Disposition]
            if value["disposition"] not in known:
                raise self._fail(line, f"`disposition` must be one of {', '.join(known)}")
            found["disposition"] = value["disposition"]
        if "answers" in value:
            found["answers"] = self._texts(line, "answers", value["answers"])
        return found

    def _step(self, step: Any, index: int) -> Step:  # noqa: ANN401 - see _value
        line = self._document.place(("steps", index)).line
        if isinstance(step, str):
            step = {step: None}
        if not isinstance(step, dict) or not step:
            raise self._fail(line, 'a step is a word or a mapping, such as `- press: "1"`')
        fields = dict(step)
        given = {
            name: fields.pop(name) for name in ("interrupt_after_ms", "gap_ms", "level") if name in fields
        }
        if len(fields) != 1:
            names = ", ".join(f"`{name}`" for name in fields) or "no action"
            raise self._fail(line, f"a step does one thing, here: {names}")
        verb, value = fields.popitem()
        allowed = {
            "say": {"interrupt_after_ms"},
            "press": {"interrupt_after_ms", "gap_ms"},
            "noise_ms": {"level"},
        }
        extras: dict[str, Any] = {}
        for extra, number in given.items():
            if extra not in allowed.get(verb, set()):
                raise self._fail(line, f"`{extra}` does not go with `{verb}`")
            is_share = extra == "level"
            extras[extra] = self._share(line, number) if is_share else self._milliseconds(line, extra, number)
        return self._action(line, verb, value, extras)

    def _action(self, line: int, verb: str, value: object, extras: dict[str, Any]) -> Step:
        match verb:
            case "wait_prompt":
                return self._wait(line, value)
            case "say":
                if not isinstance(value, str) or not set(value) - KEYS - {" "}:
                    raise self._fail(line, '`say` needs the words, also of a number: - say: "twelve"')
                return Say(value, **extras)
            case "press":
                if not isinstance(value, str) or not value or set(value) - KEYS:
                    raise self._fail(line, '`press` needs keys 0-9, * or #, in quotes: - press: "12#"')
                return Press(value, **extras)
            case "silent_ms":
                return Silent(self._milliseconds(line, verb, value))
            case "noise_ms":
                return Noise(self._milliseconds(line, verb, value), **extras)
            case "hang_up" | "drop_socket":
                if value is not None:
                    raise self._fail(line, f"`{verb}` takes no value; write `- {verb}`")
                return HangUp() if verb == "hang_up" else DropSocket()
            case _:
                known = "wait_prompt, say, press, silent_ms, noise_ms, hang_up, drop_socket"
                raise self._fail(line, f"`{verb}` is no step of a caller; known: {known}")

    def _wait(self, line: int, value: object) -> WaitPrompt:
        if value is None:
            return WaitPrompt()
        if not isinstance(value, dict) or set(value) - {"quiet_ms", "within_ms", "mark"}:
            raise self._fail(line, "`wait_prompt` takes quiet_ms, within_ms and mark")
        fields = dict(value)
        mark = self._text(line, "mark", fields.pop("mark", ""))
        return WaitPrompt(
            mark=mark, **{name: self._milliseconds(line, name, each) for name, each in fields.items()}
        )

    def _milliseconds(self, line: int, name: str, value: object) -> int:
        text = value if isinstance(value, str) else ""
        if re.fullmatch(r"[0-9]+\.[0-9]+", text):
            raise self._fail(line, f"`{name}` must be whole milliseconds, not {text}")
        if not _WHOLE.fullmatch(text) or int(text) > LONGEST_MS:
            raise self._fail(line, f"`{name}` must be a number of milliseconds, {LONGEST_MS} at most")
        return int(text)

    def _share(self, line: int, value: object) -> float:
        if not isinstance(value, str) or not _SHARE.fullmatch(value):
            raise self._fail(line, "`level` must be a number from 0 to 1")
        return float(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)
