"""What only the whole flow shows: ways that lead nowhere, answers used too early, prompts that say nothing.

Takes a compiled flow; knows nothing of files. Paths it gives are those of the file.
"""

import re
from collections.abc import Iterator
from typing import Final

from app.flows.condition_types import complaint, samples_of
from app.flows.errand_lint import inspect_errands, readings
from app.flows.expressions import names_in
from app.flows.findings import Finding
from app.flows.graph import LABEL_OF, FlowGraph
from app.flows.key_clashes import inspect_keys
from app.flows.model import (
    AskMoment,
    CallbackStep,
    ChooseLanguage,
    ConverseStep,
    Expression,
    Flow,
    Order,
    Piped,
    Question,
    Section,
    Select,
    SetValue,
    Step,
    Text,
    TransferStep,
    answers_of,
    conversation_of,
    private_names,
    wanted_of,
)
from app.flows.problems import Severity, listed, nearest
from app.flows.speaking import CHOICES
from app.flows.yaml_tree import Path

_EQUALS: Final = re.compile(r"""\b([A-Za-z_]\w*)\s*[!=]=\s*(["'])([^"']*)\2""")
_IN: Final = re.compile(r"""(["'])([^"']*)\1\s+in\s+([A-Za-z_]\w*)\b""")
_SAYS: Final = re.compile(r"\w")


def inspect(flow: Flow) -> list[Finding]:
    """Return everything that is wrong (errors) or odd (warnings) with the flow as a whole."""
    graph = FlowGraph(flow)
    return [
        *_ways(flow, graph),
        *_uses(flow, graph),
        *(finding for index, step in enumerate(flow.steps) for finding in _silences(index, step)),
        *(finding for index, step in enumerate(flow.steps) for finding in _talks(flow, index, step)),
        *(finding for index, step in enumerate(flow.steps) for finding in _lots(index, step)),
        *_secrets(flow),
        *inspect_errands(flow, graph),
        *_entries(flow, graph),
        *inspect_keys(flow),
    ]


def _ways(flow: Flow, graph: FlowGraph) -> Iterator[Finding]:
    reachable, can_end = graph.reachable(), graph.can_end()
    for index, step in enumerate(flow.steps):
        path: Path = ("steps", index)
        if index not in reachable:
            yield Finding(path, "no way leads to this step")
        elif index not in can_end:
            yield Finding(path, "from here no way leads to an `end`")
        settled = next((i for i, branch in enumerate(step.then) if branch.when is None), len(step.then))
        for late in range(settled + 1, len(step.then)):
            yield Finding((*path, "then", late), "never reached: the branch above is always taken")
    last = len(flow.steps) - 1
    if last + 1 in reachable:
        yield Finding(("steps", last), "after this step the flow runs out; add `- end: completed`")
    loop = graph.idle_loop()
    if loop is not None:
        yield Finding(("steps", loop), "a loop that asks nothing leads back here; it would never end")


def _entries(flow: Flow, graph: FlowGraph) -> Iterator[Finding]:
    """Find ways into the middle of a section whose steps come by lot: nobody could say what follows."""
    for edge in graph.edges:
        for home, part in graph.layout.around(edge.target) if edge.is_jump else ():
            section, target = flow.steps[home], flow.steps[edge.target].name
            from_inside = part <= edge.source < graph.layout.end(part)
            if isinstance(section, Section) and section.is_drawn and not from_inside:
                message = f"`{target}` stands inside the section `{section.name}`, whose steps come by lot"
                is_request = edge.is_exception and edge.why in LABEL_OF
                step = edge.target if is_request else edge.source
                hint = "move it out of the section" if is_request else f"go to `{section.name}`"
                yield Finding(("steps", step), f"{message}; {hint}")


def _uses(flow: Flow, graph: FlowGraph) -> Iterator[Finding]:
    questions = {name: i for i, step in enumerate(flow.steps) for name in answers_of(step)}
    others = {step.name for step in flow.steps} - questions.keys()
    samples = samples_of(flow)
    for index, step in enumerate(flow.steps):
        before: frozenset[int] | None = None
        own = range(index, graph.layout.end(index))
        for path, names, is_after in _readings(index, step):
            for name in sorted(names - flow.variables - _given(step, path)):
                before = before if before is not None else graph.before(index)
                if name in others:
                    yield Finding(path, f"`{name}` is a step that has no answer")
                elif name not in questions:
                    known = questions.keys() | flow.variables
                    message = f"there is no question `{name}`, and `variables` does not name it"
                    yield Finding(path, message, nearest(name, known))
                elif questions[name] not in before and not (is_after and questions[name] in own):
                    yield Finding(path, f"`{name}` cannot have been answered by then")
        yield from _comparisons(flow, index, step)
        for path, expression in _conditions(index, step):
            why = complaint(expression, samples)
            if why:
                yield Finding(path, f"`{expression.source}` decides nothing: {why}")


def _given(step: Step, path: Path) -> frozenset[str]:
    """Return the names that nobody has to answer: the day, and in a prompt the list of its choices."""
    lists = isinstance(step, Select) and not {"when", "then"} & set(path)
    return frozenset({"today", CHOICES} if lists else {"today"})


def _lots(index: int, step: Step) -> Iterator[Finding]:
    """Find an order of choices that nobody hears."""
    if isinstance(step, Select) and step.order is not Order.FIXED:
        for language, said in step.prompt.items():
            if CHOICES not in names_in(said.text):
                message = "the order is heard only where the prompt says `${choices}`"
                yield Finding(("steps", index, "prompt", language), message)


def _comparisons(flow: Flow, index: int, step: Step) -> Iterator[Finding]:
    """Find comparisons with a value the answer never has; `x != ""` asks whether there is an answer."""
    values: dict[str, set[str]] = {}
    for other in flow.steps:
        if isinstance(other, Select):
            values[other.name] = {choice.value for choice in other.choices}
        elif isinstance(other, ChooseLanguage):
            values[other.name] = set(other.keys.values())
        else:
            values |= {wanted.name: set(wanted.choices) for wanted in wanted_of(other) if wanted.choices}
    for path, expression in _conditions(index, step):
        compared = [(name, literal) for name, _, literal in _EQUALS.findall(expression.source)]
        compared += [(name, literal) for _, literal, name in _IN.findall(expression.source)]
        for name, literal in compared:
            if literal and name in values and literal not in values[name]:
                message = f"`{literal}` is never an answer to `{name}`, only {listed(sorted(values[name]))}"
                yield Finding(path, message, nearest(literal, values[name]))


def _conditions(index: int, step: Step) -> Iterator[tuple[Path, Expression]]:
    path: Path = ("steps", index)
    if step.when is not None:
        yield (*path, "when"), step.when
    for number, branch in enumerate(step.then):
        if branch.when is not None:
            yield (*path, "then", number, "when"), branch.when


def _readings(index: int, step: Step) -> Iterator[tuple[Path, frozenset[str], bool]]:
    """Yield where the step reads which names, and whether it does so after its own answer."""
    for path, expression in _conditions(index, step):
        yield path, expression.names, "then" in path
    for path, text in _texts(index, step):
        for language, said in text.items():
            for piped in (said.text, said.ssml):
                if piped is not None:
                    yield (*path, language), names_in(piped), False
    if isinstance(step, SetValue):
        yield ("steps", index, "value"), step.value.names, False
    yield from readings(index, step)
    if isinstance(step, AskMoment | CallbackStep) and step.number is not None:
        yield ("steps", index, "number"), names_in(step.number), False
    if isinstance(step, TransferStep):
        yield ("steps", index, "transfer"), names_in(step.number), False
    talk = conversation_of(step)
    if talk is not None:
        # What the probe of an open answer is for is read behind that answer.
        key: Path = ("goal",) if talk is step else ("probe", "about")
        yield ("steps", index, *key), names_in(talk.goal), talk is not step


def _texts(index: int, step: Step) -> Iterator[tuple[Path, Text]]:
    path: Path = ("steps", index)
    prompt: Text | None = getattr(step, "prompt", None)
    if prompt is not None:
        yield (*path, "prompt"), prompt
    if isinstance(step, Question | ConverseStep):
        nomatch = step.nomatch if isinstance(step, Question) else ()
        for key, texts in (("noinput", step.noinput), ("nomatch", nomatch)):
            for number, text in enumerate(texts):
                yield (*path, key, number), text
        if step.help is not None:
            yield (*path, "help"), step.help


def _silences(index: int, step: Step) -> Iterator[Finding]:
    for path, text in _texts(index, step):
        for language, said in text.items():
            if not _always_says(said.text):
                message = "this says nothing while what it pipes is unknown"
                yield Finding((*path, language), message, severity=Severity.WARNING)


def _talks(flow: Flow, index: int, step: Step) -> Iterator[Finding]:
    """Find conversations that tell a model what it must not know, or that cannot reach their bounds."""
    talk = conversation_of(step)
    if talk is None:
        return
    path: Path = ("steps", index, "goal" if talk is step else "probe")
    for name in sorted(names_in(talk.goal) & private_names(flow)):
        yield Finding(path, f"`{name}` is sensitive, and a model would be told it")
    if talk is step and talk.duration_ms > flow.max_duration_ms:
        message = "this is longer than the whole call may take (`max_duration`)"
        yield Finding(("steps", index, "limits", "duration"), message, severity=Severity.WARNING)


def _secrets(flow: Flow) -> Iterator[Finding]:
    """Find values worked out of a sensitive answer that would be logged."""
    private = private_names(flow)
    for index, step in enumerate(flow.steps):
        if isinstance(step, SetValue) and not step.sensitive:
            for name in sorted(step.value.names & private):
                message = f"`{name}` is sensitive; this step needs `sensitive: true` too"
                yield Finding(("steps", index, "value"), message)


def _always_says(piped: Piped) -> bool:
    return any(
        _SAYS.search(part) if isinstance(part, str) else part.source.strip() == CHOICES
        for part in piped.parts
    )
