"""Holds a flow against a scenario: plays the caller's part in writing, compares, and tells the differences.

Knows what was promised and what came; prints nothing and opens no file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.commands.rehearsal import CALLER, Line, Rehearsal
from app.flows.coverage import Tracker
from app.flows.model import Flow, Place
from app.flows.problems import Problem, nearest
from app.flows.scenarios import Act, Deed, Scenario, written
from app.flows.speaking import SOME_MOMENT
from app.flows.sprint import Outcome, Sprint


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario's call: what did not come as promised, a line each, and what was said and done."""

    problems: tuple[Problem, ...]
    lines: tuple[str, ...]


def played(flow: Flow, scenario: Scenario, tracker: Tracker, *, file: str) -> Played:
    """Play the scenario; the problems are in the order of the file.

    The tracker notes where the call came through. No event loop may be running.
    """
    play = _Play(flow, scenario, tracker)
    problems = [
        Problem(file, place.line, place.column, scenario.name, message)
        for place, message in play.differences()
    ]
    return Played(tuple(problems), tuple(play.lines))


class _Play:
    """One scenario on the stage."""

    def __init__(self, flow: Flow, scenario: Scenario, tracker: Tracker) -> None:
        self._flow = flow
        self._scenario = scenario
        self._tracker = tracker
        self._waits_at = ""
        self._path: list[str] = []
        self.lines: list[str] = []
        now = scenario.now.replace(tzinfo=ZoneInfo(flow.time_zone)) if scenario.now else SOME_MOMENT
        variables, world = scenario.variables, scenario.world
        self._call = Rehearsal(flow, variables, watch=self._note, world=world, now=now)

    def differences(self) -> Iterator[tuple[Place, str]]:
        for name in sorted(self._scenario.world.keys() - self._names()):
            meant = nearest(name, self._names())
            hint = f" (did you mean {meant}?)" if meant else ""
            yield self._scenario.place, f"`world` names `{name}`, and the flow has no such step{hint}"
            return
        self._tell(self._call.begin())
        for act in self._scenario.acts:
            if misfit := self._misfit(act):
                yield act.place, misfit
                return
            self._do(act)
        if not self._call.is_over:
            message = f"the caller has nothing more to do, and `{self._call.step}` waits; or write `hang_up`"
            yield self._scenario.place, message
            return
        yield from self._wrong_steps()
        yield from self._wrong_answers()
        wanted = self._scenario.disposition
        if wanted is not None and wanted.text != self._call.disposition:
            yield wanted.place, f"the call ended as {self._call.disposition}, not {wanted.text}"

    def _note(self, outcome: Outcome | None, sprint: Sprint) -> None:
        self._path += sprint.path
        self._tracker.note(self._waits_at, outcome, sprint, self._call.answers, self._scenario.variables)
        self._waits_at = sprint.wait.step

    def _misfit(self, act: Act) -> str:
        """Why the caller cannot do this now; empty when they can."""
        if self._call.is_over:
            return f"the call is over before this, as {self._call.disposition}"
        is_about_transfer = act.deed in (Deed.TAKEN, Deed.NOBODY)
        if self._call.waits_for_transfer and not is_about_transfer and act.deed is not Deed.HANG_UP:
            return f"the call is handed over at `{self._call.step}`: write `taken` or `nobody`"
        if is_about_transfer and not self._call.waits_for_transfer:
            return f"the call is not handed over here: `{self._call.step}` waits for the caller"
        return ""

    def _do(self, act: Act) -> None:
        if act.deed is Deed.HANG_UP:
            self._tell(self._call.hang_up())
            return
        if act.deed is Deed.TAKEN:
            self._tracker.taken(self._call.step)
        typed = _typed(act)
        self.lines.append(f"{CALLER}{typed}")
        self._tell(self._call.give(typed))

    def _tell(self, lines: Iterable[Line]) -> None:
        self.lines += map(str, lines)

    def _wrong_steps(self) -> Iterator[tuple[Place, str]]:
        wanted = self._scenario.path
        for number, step in enumerate(wanted):
            came = self._path[number] if number < len(self._path) else ""
            if came != step.text:
                instead = f"`{came}` came" if came else "nothing came"
                yield step.place, f"{instead} where `{step.text}` is expected"
                return
        if wanted and len(self._path) > len(wanted):
            yield wanted[-1].place, f"after this `{self._path[len(wanted)]}` came, and is not expected"

    def _wrong_answers(self) -> Iterator[tuple[Place, str]]:
        for name, wanted in self._scenario.answers.items():
            answer = self._call.answers.get(name)
            came = None if answer is None else written(answer)
            if came == wanted.text:
                continue
            if came is None:
                meant = nearest(name, self._call.answers)
                hint = f" (did you mean {meant}?)" if meant and name not in self._names() else ""
                yield wanted.place, f"{name} was not answered, {wanted.text} is expected{hint}"
            else:
                yield wanted.place, f"{name} is {came}, {_shown(wanted.text)} is expected"

    def _names(self) -> frozenset[str]:
        return frozenset(step.name for step in self._flow.steps)


def _typed(act: Act) -> str:
    """Return how this is written in a rehearsal."""
    match act.deed:
        case Deed.SAY:
            return f"{act.text} ~{act.sure}"
        case Deed.PRESS:
            return act.text
        case Deed.NOBODY:
            return "nobody"
        case _:
            return ""


def _shown(text: str | None) -> str:
    return "no answer" if text is None else text
