"""Lays out a flow's steps one after the other: repeats round by round, other flows where they are run.

What comes out is steps that each stand alone; whoever runs them knows neither repeats nor other flows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.flows import model, schema
from app.flows.checking import Reporter
from app.flows.compiler import common, compile_step
from app.flows.container_forms import RepeatForm, RunFlowForm
from app.flows.library import MOST_STEPS, CheckedFlow, Library
from app.flows.problems import FlowErrors
from app.flows.question_forms import ChooseLanguageForm
from app.flows.renaming import run_as
from app.flows.rounds import rounds_of
from app.flows.scope import AudioExists, Scope
from app.flows.yaml_tree import Path


@dataclass(frozen=True, slots=True)
class Laid:
    """A step, and where in which file its author wrote it."""

    step: model.Step
    reporter: Reporter
    path: Path


class TooManySteps(Exception):  # noqa: N818 - it ends the laying out, and no more
    """The flow comes to more steps than a flow may have."""


class Unrolling:
    """Lays out one flow with all that it runs. What is wrong is reported; then the steps must not be used."""

    def __init__(self, library: Library, audio_exists: AudioExists) -> None:
        self._library = library
        self._audio_exists = audio_exists
        self._count = 0
        self._running: list[str] = []
        self._languages: frozenset[str] = frozenset()
        self.variables: set[str] = set()

    def scope_of(self, file: CheckedFlow) -> Scope:
        """Return what the steps of one file share while they are compiled."""
        scope = Scope(file.header, file.names, file.reporter, self._audio_exists, file.values)
        scope.homes = file.homes
        return scope

    def lay(self, file: CheckedFlow) -> list[Laid]:
        """Return all steps of the flow. Raises TooManySteps."""
        self._running = [file.header.flow]
        self._languages = frozenset(file.header.languages)
        return list(self._inner((), file, self.scope_of(file), ""))

    def _inner(self, base: Path, file: CheckedFlow, scope: Scope, leaves: str) -> Iterator[Laid]:
        for path in file.inside.get(base, ()):
            yield from self._laid(path, file, scope, leaves)

    def _laid(self, path: Path, file: CheckedFlow, scope: Scope, leaves: str) -> list[Laid]:
        """Return a step with all that it holds. `leaves` is the step that a flow within a flow leaves by."""
        form = file.forms[path]
        self._count += 1
        if self._count > MOST_STEPS:
            raise TooManySteps
        match form:
            case None:
                return []
            case RepeatForm():
                return self._repeat(form, path, file, scope, leaves)
            case RunFlowForm():
                return self._run(form, path, scope)
            case schema.SectionForm():
                groups = [self._laid(part, file, scope, leaves) for part in file.inside.get(path, ())]
                section = compile_step(form, path, scope, [len(group) for group in groups])
                return [Laid(section, file.reporter, path), *(laid for group in groups for laid in group)]
            case schema.EndForm() if leaves and form.end == "completed":
                shared = common(form, "", path, scope)
                return [Laid(model.Leave(**shared, section=leaves), file.reporter, path)]
            case _:
                return [Laid(compile_step(form, path, scope), file.reporter, path)]

    def _repeat(
        self, form: RepeatForm, path: Path, file: CheckedFlow, scope: Scope, leaves: str
    ) -> list[Laid]:
        shared = common(form, form.repeat, path, scope)
        inside = {name for name, home in file.homes.items() if home[: len(path)] == path}
        groups: list[list[Laid]] = []
        for each in rounds_of(form, path, file, scope):
            inner = scope.within(scope.frame.round(inside, each.number, each.item, each.labels))
            steps = [self._laid(part, file, inner, leaves) for part in file.inside.get(path, ())]
            section = model.Section(
                name=f"{shared['name']}_{each.number}",
                place=shared["place"],
                when=scope.expression(each.when, (*path, "over" if form.times is None else "times")),
                parts=tuple(len(part) for part in steps),
                is_round=True,
            )
            groups.append([Laid(section, file.reporter, path), *(laid for part in steps for laid in part)])
        whole = model.Section(**shared, parts=tuple(len(group) for group in groups), order=form.order)
        return [Laid(whole, file.reporter, path), *(laid for group in groups for laid in group)]

    def _run(self, form: RunFlowForm, path: Path, scope: Scope) -> list[Laid]:
        name, key = form.flow or form.run_flow, "flow" if form.flow else "run_flow"
        shared = common(form, form.run_flow, path, scope)
        other = self._other(name, (*path, key), scope)
        if other is None:
            return []
        own = shared["name"]
        inner = self.scope_of(other).within(run_as([*other.names, *other.values], f"{own}_"))
        inner.operator = scope.frame.own("operator") if "operator" in scope.names else scope.operator
        self._running.append(name)
        inside = [self._laid(part, other, inner, own) for part in other.inside.get((), ())]
        self._running.pop()
        self.variables |= set(other.header.variables)
        whole = model.Section(**shared, parts=tuple(len(group) for group in inside))
        return [Laid(whole, scope.reporter, path), *(laid for group in inside for laid in group)]

    def _other(self, name: str, path: Path, scope: Scope) -> CheckedFlow | None:
        if name in self._running:
            chain = " > ".join([*self._running, name])
            scope.reporter.add(path, f"the flow would run itself: {chain}")
            return None
        try:
            other = self._library.flow(name)
        except FlowErrors as error:
            scope.reporter.add(path, f"the flow `{name}` cannot be read: {error.problems[0]}")
            return None
        if other is None:
            scope.reporter.add(path, f"there is no flow `{name}` in this folder that could be run")
            return None
        missing = self._languages - other.header.languages.keys()
        for language in sorted(missing):
            scope.reporter.add(path, f"the flow `{name}` does not speak `{language}`")
        if other.header.quotas:
            scope.reporter.add(
                path, f"the flow `{name}` has `quotas`, which only the flow of a call can have"
            )
        if self._chooses_strangely(other):
            message = f"the flow `{name}` lets callers choose a language that this one does not speak"
            scope.reporter.add(path, message)
        return other if not missing else None

    def _chooses_strangely(self, other: CheckedFlow) -> bool:
        asks = (form for form in other.forms.values() if isinstance(form, ChooseLanguageForm))
        return any(not self._languages.issuperset(form.keys.values()) for form in asks)


def report_clashes(laid: list[Laid]) -> None:
    """Report every name that two steps come to, which none had in its file."""
    taken: set[str] = set()
    for each in laid:
        names = {each.step.name, each.step.label or each.step.name, *model.answers_of(each.step)}
        for name in sorted(names & taken):
            message = f"two steps come to be called `{name}`, which a repeat numbers or a flow is run as"
            each.reporter.add(each.path, message)
        taken |= names
