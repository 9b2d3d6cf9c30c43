"""What a simulated caller will do, and the YAML it is written in; performs nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from app.domain.call import Value
from app.simulator.dialling import STATUSES

KEYS = frozenset("0123456789*#")
ANSWERS = ("human", "busy", "no_answer", "failed", "machine")


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
    `expects` is what the server's log should say afterwards: a `disposition`, and `answers` by name.
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
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScriptError(
            f"{path}: cannot be read ({error.strerror}); give the path of a caller script"
        ) from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    return parse(text, str(path), Path(path).stem)


def parse(text: str, where: str = "caller script", name: str = "caller") -> Script:
    """The script in `text`; `where` begins every error. Raises ScriptError."""
    yaml = YAML(typ="rt", pure=True)
    try:
        document = yaml.load(StringIO(text))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScriptError(f"{where}:{line}: {error.problem or 'no YAML'}; mend the YAML there") from error
    except YAMLError as error:
        raise ScriptError(f"{where}:1: no YAML: {' '.join(str(error).split())}") from error
    return _Reader(where).script(document, name)


class _Reader:
    """Turns a YAML document into a Script, knowing the file's name and lines for its complaints."""

    def __init__(self, where: str) -> None:
        self._where = where

    def _fail(self, line: int, message: str) -> ScriptError:
        return ScriptError(f"{self._where}:{line}: {message}")

    def script(self, document: object, name: str) -> Script:
        if not isinstance(document, Mapping):
            raise self._fail(1, "a caller script is a mapping with `steps:`")
        readers: dict[str, Any] = {
            "title": str,
            "flow": str,
            "locale": str,
            "number": str,
            "answers": str,
            "dialled": str,
            "outbound": bool,
            "variables": Mapping,
            "expects": Mapping,
            "patience_ms": int,
            "may_end_early": bool,
            "seed": int,
        }
        values: dict[str, Any] = {}
        for key, value in document.items():
            if key == "steps":
                continue
            if key not in readers:
                known = ", ".join(["steps", *readers])
                raise self._fail(
                    _line(document, key), f"`{key}` is no key of a caller script; known: {known}"
                )
            if not isinstance(value, readers[key]):
                raise self._fail(_line(document, key), f"`{key}` must be {_kind(readers[key])}")
            values[key] = dict(value) if isinstance(value, Mapping) else readers[key](value)
        if set(values.get("expects", {})) - {"disposition", "answers"}:
            raise self._fail(_line(document, "expects"), "`expects` takes disposition and answers")
        if values.get("answers", "human") not in ANSWERS:
            raise self._fail(_line(document, "answers"), f"`answers` must be one of {', '.join(ANSWERS)}")
        if values.get("dialled", "answers") not in STATUSES:
            raise self._fail(_line(document, "dialled"), f"`dialled` must be one of {', '.join(STATUSES)}")
        steps = document.get("steps")
        if not isinstance(steps, list):
            raise self._fail(
                _line(document, "steps"), '`steps` must be a list: - wait_prompt, - press: "1", ...'
            )
        return Script(tuple(self._step(steps, index) for index in range(len(steps))), name, **values)

    def _step(self, steps: Any, index: int) -> Step:  # noqa: ANN401  # ruamel's sequence, which knows its lines
        line = steps.lc.item(index)[0] + 1 if hasattr(steps, "lc") else 1
        step = steps[index]
        if isinstance(step, str):
            step = {step: None}
        if not isinstance(step, Mapping) or not step:
            raise self._fail(line, 'a step is a word or a mapping, such as `- press: "1"`')
        fields = dict(step)
        interrupt = fields.pop("interrupt_after_ms", None)
        gap = fields.pop("gap_ms", None)
        level = fields.pop("level", None)
        if len(fields) != 1:
            names = ", ".join(f"`{name}`" for name in fields) or "no action"
            raise self._fail(line, f"a step does one thing, here: {names}")
        verb, value = fields.popitem()
        extras = {"interrupt_after_ms": interrupt, "gap_ms": gap, "level": level}
        allowed = {
            "say": {"interrupt_after_ms"},
            "press": {"interrupt_after_ms", "gap_ms"},
            "noise_ms": {"level"},
        }
        given = {name: extra for name, extra in extras.items() if extra is not None}
        for extra, number in given.items():
            if extra not in allowed.get(str(verb), set()):
                raise self._fail(line, f"`{extra}` does not go with `{verb}`")
            self._number(line, extra, number)
        return self._action(line, str(verb), value, given)

    def _action(self, line: int, verb: str, value: object, extras: dict[str, Any]) -> Step:
        match verb:
            case "wait_prompt":
                return self._wait(line, value)
            case "say":
                if not isinstance(value, str) or not value.strip():
                    raise self._fail(line, '`say` needs the words, in quotes: - say: "yes"')
                return Say(str(value), **extras)
            case "press":
                if not isinstance(value, str) or not value or set(value) - KEYS:
                    raise self._fail(line, '`press` needs keys 0-9, * or #, in quotes: - press: "12#"')
                return Press(str(value), **extras)
            case "silent_ms":
                return Silent(int(self._number(line, verb, value)))
            case "noise_ms":
                return Noise(int(self._number(line, verb, value)), **extras)
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
        if not isinstance(value, Mapping) or set(value) - {"quiet_ms", "within_ms", "mark"}:
            raise self._fail(line, "`wait_prompt` takes quiet_ms, within_ms and mark")
        fields = dict(value)
        mark = fields.pop("mark", "")
        for name, number in fields.items():
            self._number(line, name, number)
        return WaitPrompt(mark=str(mark), **fields)

    def _number(self, line: int, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self._fail(line, f"`{name}` must be a number that is not negative, not {value!r}")
        if name != "level" and not isinstance(value, int):
            raise self._fail(line, f"`{name}` must be whole milliseconds, not {value!r}")
        return value


def _line(document: Any, key: object) -> int:  # noqa: ANN401  # ruamel's mapping, which knows its lines
    try:
        return int(document.lc.key(key)[0]) + 1
    except (AttributeError, KeyError):
        return 1


def _kind(kind: type) -> str:
    return {str: "text (in quotes)", bool: "true or false", int: "a whole number"}.get(kind, "a mapping")
