"""Holds a file's tree against the schema and says in plain words, with line and column, what is wrong.

Knows the forms and the places; does not know what a flow means.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from app.flows import errand_forms, forms, schema, step_forms, talk_forms
from app.flows.model import Place
from app.flows.problems import Problem, Severity, listed, nearest
from app.flows.words import NAME_PATTERN
from app.flows.yaml_tree import Document, Path

FormT = TypeVar("FormT", bound=BaseModel)

KINDS: Final[Mapping[str, type[step_forms.StepForm]]] = {form.kind: form for form in schema.STEP_FORMS}
"""The form of each kind of step."""

_UNNAMED: Final = frozenset({"goto", "transfer", "opt_out", "end"})
_INNER: Final[Mapping[str, type[BaseModel]]] = {
    "prompt": forms.SayForm,
    "noinput": forms.SayForm,
    "nomatch": forms.SayForm,
    "help": forms.SayForm,
    "then": forms.BranchForm,
    "special": forms.SpecialForm,
    "defaults": forms.DefaultsForm,
    "universals": forms.UniversalsForm,
    "languages": forms.LanguageForm,
    "extract": talk_forms.ExtractForm,
    "save": talk_forms.ExtractForm,
    "quotas": errand_forms.QuotaForm,
    "exits": talk_forms.ExitForm,
    "limits": talk_forms.LimitsForm,
    "probe": talk_forms.ProbeForm,
}
_DURATIONS: Final = frozenset({"timeout", "interdigit", "max_duration", "duration"})
_PATTERNS: Final[Mapping[str, str]] = {
    NAME_PATTERN: "a name is made of letters, digits and `_`, does not begin with a digit, and has no `__` "
    "at its ends",
    forms.KEYS_PATTERN: "keys are digits, `*` and `#`",
    forms.SWITCH_PATTERN: "a `*`, alone or with up to three digits, or `off` is expected here",
    forms.END_KEY_PATTERN: 'the end key is `#`, `*` or `""`',
    schema.FLOW_NAME_PATTERN: "a flow's name is made of letters, digits, `-` and `_`",
}
_MESSAGES: Final[Mapping[str, str]] = {
    "string_type": "a text is expected here",
    "int_parsing": "a whole number is expected here",
    "int_type": "a whole number is expected here",
    "int_from_float": "a whole number is expected here",
    "int_parsing_size": "the number is too large",
    "list_type": "a list is expected here",
    "dict_type": "keys with values are expected here",
    "model_type": "keys with values are expected here",
    "tuple_type": "two numbers are expected here, as in `[1, 5]`",
}
_QUOTED: Final = re.compile(r"'([^']*)'")


MOST_PROBLEMS: Final = 100
"""What an author is told at once; a file with more is not a slip of the finger."""


class Reporter:
    """Collects problems, the first hundred; knows where each path stands in the file and how to write it."""

    def __init__(self, file: str, document: Document) -> None:
        self._file = file
        self._document = document
        self.problems: list[Problem] = []

    def add(
        self,
        path: Path,
        message: str,
        suggestion: str = "",
        *,
        key: bool = False,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note a problem at the value that `path` leads to, or at its key."""
        if len(self.problems) >= MOST_PROBLEMS:
            return
        path = self._document.known(path)
        place = self._document.place(path, key=key)
        shown = self.shown(path)
        problem = Problem(self._file, place.line, place.column, shown, message, suggestion, severity)
        if problem not in self.problems:
            self.problems.append(problem)

    def place(self, path: Path) -> Place:
        """Return where `path` stands in the file."""
        return self._document.place(path)

    def shown(self, path: Path) -> str:
        """Write a path as `steps.age.range[1]`; a step that has no name keeps its number."""
        text, at = "", 0
        while len(path) > at + 1 and path[at] == "steps":
            name = step_name(self._raw(path[: at + 2]))
            text = f"steps.{name}" if name else f"{text}.steps[{path[at + 1]}]".removeprefix(".")
            at += 2
        for part in path[at:]:
            if isinstance(part, int):
                text += f"[{part}]"
            else:
                text += f".{part}" if text else part
        return text

    def _raw(self, path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
        tree: Any = self._document.tree
        for part in path:
            tree = tree[part]
        return tree


def step_name(raw: Any) -> str:  # noqa: ANN401 - whatever the file holds
    """Return the name of a step as the file has it; empty for a step without one."""
    if not isinstance(raw, dict):
        return ""
    for kind in KINDS:
        name = raw.get(kind)
        if kind not in _UNNAMED and isinstance(name, str):
            return name
    label = raw.get("label")
    return label if isinstance(label, str) else ""


def check_form(form: type[FormT], value: Any, path: Path, reporter: Reporter) -> FormT | None:  # noqa: ANN401
    """Return the value as the form, or None after reporting what is wrong with it."""
    try:
        return form.model_validate(value)
    except ValidationError as error:
        found: list[dict[str, Any]] = [dict(each) for each in error.errors(include_url=False)]
        misspelled = {
            (each["loc"][:-1], _meant(form, each["loc"]))
            for each in found
            if each["type"] == "extra_forbidden"
        }
        for each in found:
            is_named_below = each["type"] == "missing" and (each["loc"][:-1], each["loc"][-1]) in misspelled
            if not is_named_below:
                _report(form, each, path, reporter)
        return None


def _meant(form: type[BaseModel], inner: Path) -> str:
    """Return the key that an unknown key was probably meant to be."""
    where = form if len(inner) == 1 else _INNER.get(str(inner[0]), form)
    return nearest(str(inner[-1]), where.model_fields)


def check_step(raw: Any, path: Path, reporter: Reporter) -> step_forms.StepForm | None:  # noqa: ANN401
    """Return one step as the form of its kind, or None after reporting what is wrong with it."""
    if not isinstance(raw, dict):
        reporter.add(path, "a step is expected here, such as `message: NAME` with its keys")
        return None
    kinds = [key for key in raw if key in KINDS]
    if len(kinds) > 1:
        both = f"a step is one thing, and this is `{kinds[0]}` and `{kinds[1]}`"
        hint = "; to branch, use `then`" if "goto" in kinds else "; begin a new `-`"
        reporter.add((*path, kinds[1]), both + hint, key=True)
        return None
    if kinds:
        return check_form(KINDS[kinds[0]], raw, path, reporter)
    _report_no_kind(raw, path, reporter)
    return None


def _report_no_kind(raw: Mapping[str, Any], path: Path, reporter: Reporter) -> None:
    common = {name for form in schema.STEP_FORMS for name in form.model_fields}
    strange = [key for key in raw if key not in common]
    if strange:
        suggestion = nearest(strange[0], KINDS)
        reporter.add((*path, strange[0]), f"unknown step `{strange[0]}`", suggestion, key=True)
        return
    reporter.add(path, f"this step does not say what it is: {listed(KINDS)}")


def _report(form: type[BaseModel], found: dict[str, Any], base: Path, reporter: Reporter) -> None:
    inner: Path = tuple(part for part in found["loc"] if part != "[key]")
    is_key = "[key]" in found["loc"]
    kind = str(found["type"])
    if kind == "extra_forbidden":
        _report_unknown_key(form, inner, base, reporter)
        return
    if kind == "missing" and isinstance(inner[-1], str):
        reporter.add((*base, *inner[:-1]), f"`{inner[-1]}` is missing")
        return
    message, suggestion = _explained(kind, inner, found)
    reporter.add((*base, *inner), message, suggestion, key=is_key)


def _report_unknown_key(form: type[BaseModel], inner: Path, base: Path, reporter: Reporter) -> None:
    key = str(inner[-1])
    suggestion = _meant(form, inner)
    elsewhere = any(key in other.model_fields for other in KINDS.values())
    is_step = issubclass(form, step_forms.StepForm)
    if is_step and elsewhere and len(inner) == 1:
        kind = form.kind if issubclass(form, step_forms.StepForm) else ""
        reporter.add((*base, *inner), f"the key `{key}` does not belong to a step `{kind}`", key=True)
        return
    reporter.add((*base, *inner), f"unknown key `{key}`", suggestion, key=True)


def _explained(kind: str, inner: Path, found: dict[str, Any]) -> tuple[str, str]:
    """Return the message and the suggestion for one of pydantic's errors."""
    context: Mapping[str, Any] = found.get("ctx", {})
    if kind == "value_error":
        return str(context["error"]), ""
    if kind in {"literal_error", "enum"}:
        allowed = _QUOTED.findall(str(context["expected"]))
        given = str(found["input"])
        return f"`{given}` is not one of {listed(allowed)}", nearest(given, allowed)
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        return f"`{found['input']}`: {_PATTERNS.get(pattern, 'this is not allowed here')}", ""
    if kind in {"greater_than_equal", "less_than_equal"}:
        side, limit = ("at least", context.get("ge")) if "ge" in context else ("at most", context.get("le"))
        is_duration = not _DURATIONS.isdisjoint(inner)
        return f"{side} {_seconds(limit) if is_duration else limit} is allowed here", ""
    if kind in {"too_short", "too_long"}:
        return _size(context, inner), ""
    if kind == "string_too_long":
        return f"at most {context['max_length']} characters are allowed here", ""
    if kind == "missing":
        return _MESSAGES["tuple_type"], ""
    return _MESSAGES.get(kind, "this is not allowed here"), ""


def _size(context: Mapping[str, Any], inner: Path) -> str:
    if "range" in inner or "length" in inner:
        return "two numbers are expected here, as in `[1, 5]`"
    if context.get("min_length"):
        return "this is empty; at least one is needed"
    return f"at most {context.get('max_length')} are allowed here"


def _seconds(millis: Any) -> str:  # noqa: ANN401 - pydantic's context
    return f"{millis / 1000:g}s"


def walk(raw_steps: Iterable[Any], base: Path = ("steps",)) -> Iterator[tuple[Path, Any]]:
    """Yield every step with its path in the file's order, those inside a section or repeat behind it."""
    for index, raw in enumerate(raw_steps):
        path = (*base, index)
        yield path, raw
        holds = isinstance(raw, dict) and not {"section", "repeat"}.isdisjoint(raw)
        inner = raw.get("steps") if holds else None
        if isinstance(inner, list):
            yield from walk(inner, (*path, "steps"))


def known_names(raw_steps: Iterable[Any]) -> dict[str, Path]:
    """Return every step's name and label with the step's path, also of steps that are broken."""
    names: dict[str, Path] = {}
    for path, raw in walk(raw_steps):
        label = raw.get("label") if isinstance(raw, dict) else None
        for name in (step_name(raw), label):
            if isinstance(name, str) and name:
                names.setdefault(name, path)
    return names


def known_values(raw_steps: Iterable[Any]) -> dict[str, Path]:
    """Return every name that a conversation or a reply brings, with the place of the first that does."""
    names: dict[str, Path] = {}
    for path, raw in walk(raw_steps):
        if not isinstance(raw, dict):
            continue
        summary, step = raw.get("summary"), raw.get("open")
        for key in ("extract", "save"):
            brought = raw.get(key)
            for name in brought if isinstance(brought, dict) else ():
                names.setdefault(name, (*path, key, name))
        if isinstance(summary, str) and isinstance(step, str) and summary != "false":
            names.setdefault(summary_name(step, summary), (*path, "summary"))
    return names


def summary_name(step: str, summary: str) -> str:
    """Return the name of an open answer's summary; `true` makes it of the step's."""
    return f"{step}_summary" if summary == "true" else summary
