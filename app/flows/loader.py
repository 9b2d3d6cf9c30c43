"""Text to flow: reads, checks and compiles one file, or says everything that is wrong with it.

Opens no file; whether a recording exists it asks its caller.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from hashlib import sha256

from app.domain.languages import LANGUAGES, is_known, language
from app.flows import lint, model, schema
from app.flows.checking import Reporter
from app.flows.errand_compiler import quotas
from app.flows.house_words import reworded, worded
from app.flows.library import MOST_STEPS, CheckedFlow, Library, OtherFlow, Others, checked, joined, parted
from app.flows.problems import FlowErrors, Problem, Severity, listed, nearest
from app.flows.scope import AudioExists, Scope
from app.flows.sprint import Universal
from app.flows.unrolling import Laid, TooManySteps, Unrolling, report_clashes
from app.flows.yaml_tree import Path, read_yaml

__all__ = ["FlowErrors", "Problem", "load_flow", "load_with_warnings"]


def load_flow(
    data: str | bytes, *, path: str, audio_exists: AudioExists, others: Others | None = None
) -> model.Flow:
    """Return the flow in this file's text. Raises FlowErrors with every error found."""
    return load_with_warnings(data, path=path, audio_exists=audio_exists, others=others)[0]


def load_with_warnings(
    data: str | bytes, *, path: str, audio_exists: AudioExists, others: Others | None = None
) -> tuple[model.Flow, tuple[Problem, ...]]:
    """Return the flow and what its author should look at. Raises FlowErrors with errors and warnings.

    `others` finds the flows that it runs; those that stand behind it in its text are found before.
    """
    own, bundled = _parted(data, path)
    document = read_yaml(own, file=path)
    reporter = Reporter(path, document)
    library = Library(others, bundled)
    file = checked(document, reporter)
    compiled = None if file is None else _compiled(file, library, audio_exists)
    problems = reporter.problems + library.problems
    if compiled is None or problems:
        raise FlowErrors(problems)
    flow, laid = compiled
    report_clashes(laid)
    if not (reporter.problems or library.problems):
        _lint(flow, laid)
    found = FlowErrors(reporter.problems + library.problems)
    if any(problem.severity is Severity.ERROR for problem in found.problems):
        raise found
    source = joined(own if isinstance(own, str) else own.decode("utf-8"), library.used)
    sha, runs = sha256(source.encode()).hexdigest(), tuple(library.used)
    return replace(flow, source=source, sha256=sha, runs=runs), found.problems


def _parted(data: str | bytes, path: str) -> tuple[str | bytes, Mapping[str, OtherFlow]]:
    """Return the flow's own text, and those behind it; what is no text is for the reader to refuse."""
    try:
        return parted(data if isinstance(data, str) else data.decode("utf-8"), path)
    except UnicodeDecodeError:
        return data, {}


def _lint(flow: model.Flow, laid: Sequence[Laid]) -> None:
    """Report what the whole flow shows; of a step that many rounds repeat, what the first of them shows."""
    copies = Counter((id(each.reporter), each.path) for each in laid)
    of_whole_steps: Counter[tuple[int, Path, str]] = Counter()
    told: dict[tuple[int, Path], int] = {}
    for finding in lint.inspect(flow):
        number = finding.path[1]
        assert isinstance(number, int), "a finding names a step"  # noqa: S101 - narrows the type
        source = laid[number]
        path = (*source.path, *finding.path[2:])
        place = (id(source.reporter), path)
        if path == source.path:
            # A step that one round never comes to is right where another does.
            of_whole_steps[*place, finding.message] += 1
            if of_whole_steps[*place, finding.message] < copies[place]:
                continue
        elif told.setdefault(place, number) != number:
            continue
        source.reporter.add(path, finding.message, finding.suggestion, severity=finding.severity)


def _compiled(
    file: CheckedFlow, library: Library, audio_exists: AudioExists
) -> tuple[model.Flow, list[Laid]] | None:
    unrolling = Unrolling(library, audio_exists)
    scope, header = unrolling.scope_of(file), file.header
    languages = _languages(header, file.reporter)
    try:
        laid = unrolling.lay(file)
    except TooManySteps:
        message = f"with its rounds and the flows that it runs, the flow has more than {MOST_STEPS} steps"
        file.reporter.add(("steps",), message)
        return None
    _check_names(header, scope, {name for each in laid for name in model.answers_of(each.step)})
    flow = model.Flow(
        name=header.flow,
        version=header.version,
        title=header.title,
        languages=languages,
        steps=tuple(each.step for each in laid),
        universals=_universals(header, scope),
        max_duration_ms=header.max_duration,
        partial_if=tuple(header.partial_if),
        quotas=quotas(header, scope, [each.step for each in laid]),
        time_zone=header.time_zone,
        variables=frozenset(header.variables) | unrolling.variables,
    )
    return flow, laid


def _languages(header: schema.FlowHeader, reporter: Reporter) -> dict[str, model.LanguageSpec]:
    languages: dict[str, model.LanguageSpec] = {}
    for key, form in header.languages.items():
        locale = form.locale or (LANGUAGES[key].locale if key in LANGUAGES else key)
        if not is_known(locale):
            message = f"no words are known for `{locale}`; this version speaks {listed(LANGUAGES)}"
            reporter.add(("languages", key), message, key=True)
        words = worded(form.words, partial(_tell_word, reporter, key))
        prompts = reworded(language(locale).prompts, words) if words and is_known(locale) else None
        languages[key] = model.LanguageSpec(
            key, locale, form.voice, form.vocabulary, tuple(form.lexicons), prompts, words
        )
    return languages


def _tell_word(reporter: Reporter, language_key: str, name: str, message: str, suggestion: str) -> None:
    reporter.add(("languages", language_key, "words", name), message, suggestion, key=True)


def _universals(header: schema.FlowHeader, scope: Scope) -> dict[Universal, str]:
    form = header.universals
    keys = {
        Universal.REPEAT: form.repeat,
        Universal.HELP: form.help,
        Universal.OPERATOR: form.operator,
        Universal.OPT_OUT: form.opt_out,
    }
    if "operator" not in scope.names:
        if "operator" in form.model_fields_set and form.operator:
            message = "there is no step with `label: operator`; add one with `transfer`, or write `off`"
            scope.reporter.add(("universals", "operator"), message)
        keys[Universal.OPERATOR] = ""
    used: dict[str, Universal] = {}
    for universal, key in keys.items():
        if key and key in used:
            message = f"the keys `{key}` are taken by `{used[key]}`"
            scope.reporter.add(("universals", universal.value), message)
        used.setdefault(key, universal)
    return {universal: key for universal, key in keys.items() if key}


def _check_names(header: schema.FlowHeader, scope: Scope, answers: Set[str]) -> None:
    for index, name in enumerate(header.partial_if):
        if name in scope.homes and name not in answers:
            message = f"`{name}` stands in a repeat, which numbers its answers"
            scope.reporter.add(("partial_if", index), message, nearest(f"{name}_1", answers))
        elif name not in scope.names.keys() | scope.values.keys() | answers:
            message = f"there is no question `{name}`"
            scope.reporter.add(("partial_if", index), message, nearest(name, answers))
    for index, name in enumerate(header.variables):
        if name in scope.names:
            scope.reporter.add(("variables", index), f"`{name}` is the name of a step")
        elif name in scope.values:
            scope.reporter.add(("variables", index), f"`{name}` is a value of a conversation")
