"""Text to flow: reads, checks and compiles one file, or says everything that is wrong with it.

Opens no file; whether a recording exists it asks its caller.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from app.domain.languages import LANGUAGES, is_known
from app.flows import lint, model, schema
from app.flows.checking import Reporter, check_form, check_step, known_names, known_values, walk
from app.flows.compiler import compile_step
from app.flows.problems import FlowErrors, Problem, Severity, listed, nearest
from app.flows.scope import AudioExists, Scope
from app.flows.sprint import Universal
from app.flows.yaml_tree import Document, Path, read_yaml

__all__ = ["FlowErrors", "Problem", "load_flow", "load_with_warnings"]

MOST_STEPS: Final = 500
"""Steps of one flow: what the lint can look through within a second."""

_LOCALES: Final[Mapping[str, str]] = {"en": "en-US", "es": "es-US"}
"""What a language is taken for when the flow gives no locale: the carrier's home market."""


def load_flow(data: str | bytes, *, path: str, audio_exists: AudioExists) -> model.Flow:
    """Return the flow in this file's text. Raises FlowErrors with every error found."""
    return load_with_warnings(data, path=path, audio_exists=audio_exists)[0]


def load_with_warnings(
    data: str | bytes, *, path: str, audio_exists: AudioExists
) -> tuple[model.Flow, tuple[Problem, ...]]:
    """Return the flow and what its author should look at. Raises FlowErrors with errors and warnings."""
    document = read_yaml(data, file=path)
    reporter = Reporter(path, document)
    flow = _compiled(document, reporter, audio_exists)
    if flow is None or reporter.problems:
        raise FlowErrors(reporter.problems)
    tree: Any = document.tree
    places = [path for path, _ in walk(tree["steps"])]
    for finding in lint.inspect(flow):
        number = finding.path[1]
        assert isinstance(number, int), "a finding names a step"  # noqa: S101 - narrows the type
        reporter.add(
            (*places[number], *finding.path[2:]),
            finding.message,
            finding.suggestion,
            severity=finding.severity,
        )
    found = FlowErrors(reporter.problems)
    if any(problem.severity is Severity.ERROR for problem in found.problems):
        raise found
    source = data if isinstance(data, str) else data.decode("utf-8")
    return _with_source(flow, source), found.problems


def _with_source(flow: model.Flow, source: str) -> model.Flow:
    return replace(flow, source=source, sha256=sha256(source.encode()).hexdigest())


def _compiled(document: Document, reporter: Reporter, audio_exists: AudioExists) -> model.Flow | None:
    tree: Any = document.tree
    raw_steps = tree.get("steps")
    header = check_form(
        schema.FlowHeader, {key: value for key, value in tree.items() if key != "steps"}, (), reporter
    )
    if "steps" not in tree:
        reporter.add((), "`steps` is missing")
        return None
    if not isinstance(raw_steps, list) or not raw_steps:
        reporter.add(("steps",), "a list of steps is expected here")
        return None
    if len(raw_steps) > MOST_STEPS:
        reporter.add(("steps",), f"there are {len(raw_steps)} steps; {MOST_STEPS} at most")
        return None
    checked = {path: check_step(raw, path, reporter) for path, raw in walk(raw_steps)}
    if header is None:
        return None
    scope = Scope(header, known_names(raw_steps), reporter, audio_exists, known_values(raw_steps))
    languages = _languages(header, reporter)
    sizes = _sizes(checked.keys())
    steps = [
        compile_step(form, path, scope, sizes.get(path, ()))
        for path, form in checked.items()
        if form is not None
    ]
    _check_names(header, scope)
    return model.Flow(
        name=header.flow,
        version=header.version,
        title=header.title,
        languages=languages,
        steps=tuple(steps),
        universals=_universals(header, scope),
        max_duration_ms=header.max_duration,
        partial_if=tuple(header.partial_if),
        variables=frozenset(header.variables),
    )


def _sizes(paths: Collection[Path]) -> dict[Path, list[int]]:
    """Return for each step that holds others how many steps each of those is in all."""
    sizes = Counter(path[:length] for path in paths for length in range(2, len(path) + 1, 2))
    inner: dict[Path, list[int]] = {}
    for path in paths:
        inner.setdefault(path[:-2], []).append(sizes[path])
    return inner


def _languages(header: schema.FlowHeader, reporter: Reporter) -> dict[str, model.LanguageSpec]:
    languages: dict[str, model.LanguageSpec] = {}
    for key, form in header.languages.items():
        locale = form.locale or _LOCALES.get(key, key)
        if not is_known(locale):
            message = f"no words are known for `{locale}`; this version speaks {listed(LANGUAGES)}"
            reporter.add(("languages", key), message, key=True)
        languages[key] = model.LanguageSpec(key, locale, form.voice, form.vocabulary, tuple(form.lexicons))
    return languages


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


def _check_names(header: schema.FlowHeader, scope: Scope) -> None:
    for index, name in enumerate(header.partial_if):
        if name not in scope.names and name not in scope.values:
            message = f"there is no question `{name}`"
            known = scope.names.keys() | scope.values.keys()
            scope.reporter.add(("partial_if", index), message, nearest(name, known))
    for index, name in enumerate(header.variables):
        if name in scope.names:
            scope.reporter.add(("variables", index), f"`{name}` is the name of a step")
        elif name in scope.values:
            scope.reporter.add(("variables", index), f"`{name}` is a value of a conversation")
