"""Scenario files: what a caller does, in writing, and what must have come of it. Performs nothing.

Knows the form and its places; whether the flow keeps the promise is found out elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.domain.answers import Answer, Status
from app.domain.call import Disposition, Value
from app.domain.errands import ErrandResult
from app.flows import expressions
from app.flows.checking import Reporter, check_form
from app.flows.forms import Word
from app.flows.model import Place
from app.flows.problems import FlowErrors, listed, nearest
from app.flows.yaml_tree import Document, Path, read_yaml

_KEYS: Final = re.compile(r"[0-9*#]{1,80}")
_SURE: Final = re.compile(r"0?\.\d{1,3}|[01](\.0)?")
_LONGEST: Final = 200


class Deed(StrEnum):
    """What a caller of a scenario can do; the last two are whoever the call is handed to."""

    PRESS = "press"
    SAY = "say"
    SILENCE = "silence"
    HANG_UP = "hang_up"
    TAKEN = "taken"
    NOBODY = "nobody"


_BARE: Final = tuple(deed for deed in Deed if deed not in (Deed.PRESS, Deed.SAY))


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the caller does. `text` are keys or words; `sure` is how well words are heard."""

    deed: Deed
    place: Place
    text: str = ""
    sure: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """Something that must be so afterwards, as the file writes it, and where it stands.

    None says that a question has no answer, because it was never settled.
    """

    text: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Scenario:
    """One caller of one flow. `path` are all steps in the order they are entered, when it is held to them.

    `now` is when they call, by the clocks of the flow's time zone. `world` is what comes of what the flow
    asks of the world, by the step; all else is done.
    """

    name: str
    place: Place
    acts: tuple[Act, ...]
    variables: Mapping[str, Value]
    answers: Mapping[str, Expected]
    disposition: Expected | None = None
    path: tuple[Expected, ...] = ()
    now: datetime | None = None
    world: Mapping[str, ErrandResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """The scenarios of one flow; `place` is where the file names it."""

    flow: str
    place: Place
    scenarios: tuple[Scenario, ...]


def _as_moment(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("when the call is: `2026-05-03`, or `2026-05-03 15:00`") from None


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _ExpectsForm(_Form):
    disposition: Disposition | None = None
    answers: dict[str, Word | None] = {}
    path: list[Word] = []


class _ScenarioForm(_Form):
    scenario: Annotated[str, Field(max_length=_LONGEST)]
    variables: dict[str, Word] = {}
    now: Annotated[datetime | None, BeforeValidator(_as_moment)] = None
    world: dict[str, Word | dict[str, Word]] = {}
    caller: list[Any]
    expects: _ExpectsForm


class _FileForm(_Form):
    flow: str
    scenarios: Annotated[list[Any], Field(min_length=1)]


def read_scenarios(data: str | bytes, *, path: str) -> ScenarioFile:
    """Return the scenarios in this file's text. Raises FlowErrors with every mistake."""
    document = read_yaml(data, file=path)
    reporter = Reporter(path, document)
    form = check_form(_FileForm, document.tree, (), reporter)
    found = [
        scenario
        for index, raw in enumerate(form.scenarios if form is not None else ())
        if (scenario := _scenario(raw, ("scenarios", index), reporter, document)) is not None
    ]
    if form is None or reporter.problems:
        raise FlowErrors(reporter.problems)
    return ScenarioFile(form.flow, document.place(("flow",)), tuple(found))


def written(answer: Answer) -> str:
    """Return an answer as a scenario writes it: its value, or what stands in its place (`refused`)."""
    return expressions.written(answer.value) if answer.status is Status.OK else answer.status.value


def value_of(text: str) -> Value:
    """Return a variable's value as it is written: true, false, a number or text."""
    if text in ("true", "false"):
        return text == "true"
    # A number that would be written otherwise, such as 0012, is text.
    if text.removeprefix("-").isdecimal() and str(int(text)) == text:
        return int(text)
    return text


def _scenario(raw: Any, path: Path, reporter: Reporter, document: Document) -> Scenario | None:  # noqa: ANN401
    form = check_form(_ScenarioForm, raw, path, reporter)
    if form is None:
        return None
    expects, below = form.expects, (*path, "expects")
    return Scenario(
        name=form.scenario,
        place=reporter.place(path),
        acts=tuple(_acts(form.caller, (*path, "caller"), reporter)),
        variables={name: value_of(text) for name, text in form.variables.items()},
        now=form.now,
        world={step: _result(said) for step, said in form.world.items()},
        answers={
            # An empty value stands nowhere: its key does.
            name: Expected(text, document.place((*below, "answers", name), key=text is None))
            for name, text in expects.answers.items()
        },
        disposition=(
            Expected(expects.disposition.value, reporter.place((*below, "disposition")))
            if expects.disposition is not None
            else None
        ),
        path=tuple(
            Expected(step, reporter.place((*below, "path", index))) for index, step in enumerate(expects.path)
        ),
    )


def _result(said: str | Mapping[str, str]) -> ErrandResult:
    """Return what came of an errand: a word for why nothing did, or what the reply brought."""
    if isinstance(said, str):
        return ErrandResult(ok=False, reason=said)
    return ErrandResult(ok=True, values={name: value_of(text) for name, text in said.items()})


def _acts(caller: list[Any], path: Path, reporter: Reporter) -> Iterator[Act]:
    for index, raw in enumerate(caller):
        act = _act(raw, (*path, index), reporter)
        if act is not None:
            yield act


def _act(raw: Any, path: Path, reporter: Reporter) -> Act | None:  # noqa: ANN401 - what the file holds
    place = reporter.place(path)
    if isinstance(raw, str) and raw in _BARE:
        return Act(Deed(raw), place)
    if not isinstance(raw, dict):
        known = listed(['press: "1"', "say: WORDS", *_BARE])
        reporter.add(path, f"the caller does one thing here: {known}", nearest(str(raw), _BARE))
        return None
    deeds = [key for key in raw if key != "sure"]
    if deeds == [Deed.PRESS] and "sure" not in raw:
        return _press(raw[Deed.PRESS], path, reporter)
    if deeds == [Deed.SAY]:
        return _say(raw, path, reporter)
    reporter.add(path, '`press: "1"` or `say: WORDS` is expected here, the latter perhaps with `sure: 0.6`')
    return None


def _press(keys: Any, path: Path, reporter: Reporter) -> Act | None:  # noqa: ANN401 - what the file holds
    if not isinstance(keys, str) or not _KEYS.fullmatch(keys):
        reporter.add((*path, "press"), 'keys are digits, `*` and `#`, in quotes: press: "12#"')
        return None
    return Act(Deed.PRESS, reporter.place(path), keys)


def _say(raw: Mapping[str, Any], path: Path, reporter: Reporter) -> Act | None:
    words, sure = raw["say"], raw.get("sure", "1")
    if not isinstance(words, str) or not words.strip() or _KEYS.fullmatch(words.replace(" ", "")):
        reporter.add((*path, "say"), "words are expected here; a number is said in words, or pressed")
        return None
    if not isinstance(sure, str) or not _SURE.fullmatch(sure):
        reporter.add((*path, "sure"), "how well the words are heard is a number from 0 to 1")
        return None
    return Act(Deed.SAY, reporter.place(path), words, sure)
