"""The author's manual in Markdown, made from the schema's own descriptions: it cannot fall behind."""

import inspect
from collections.abc import Iterator, Mapping, Set
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from app.domain.languages import DEFAULT
from app.flows import errand_forms, forms, schema, step_forms, talk_forms
from app.flows.house_words import prompts_for_the_manual
from app.flows.manual_limits import LIMITS
from app.flows.manual_texts import CALLERS, EXAMPLES, INTRODUCTION, OWN_WORDS, PROMPTS, SCENARIOS
from app.flows.parts import DayBound

_PARTS: Final[Mapping[type[step_forms.StepForm], tuple[tuple[str, type[BaseModel]], ...]]] = {
    schema.SelectOneForm: (("A choice", forms.ChoiceForm),),
    schema.OpenForm: (("`probe`", talk_forms.ProbeForm),),
    talk_forms.ConverseForm: (
        ("`extract`", talk_forms.ExtractForm),
        ("`exits`", talk_forms.ExitForm),
        ("`limits`", talk_forms.LimitsForm),
    ),
}
"""Groups of keys that one kind of step has, explained behind it."""

_STEP_KEYS: Final = step_forms.FlowingForm.model_fields.keys()
_QUESTION_KEYS: Final = step_forms.QuestionForm.model_fields.keys()


def manual() -> str:
    """Return the whole manual."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    yield from _section("The file", schema.FlowHeader, 2)
    for title, form in (
        ("A prompt", forms.SayForm),
        ("`languages`", forms.LanguageForm),
        ("`defaults`", forms.DefaultsForm),
        ("`universals`", forms.UniversalsForm),
        ("`special`", forms.SpecialForm),
        ("`quotas`", errand_forms.QuotaForm),
    ):
        yield from _section(title, form, 3)
    yield PROMPTS
    yield from _section("Every step", step_forms.FlowingForm, 2)
    yield from _section("`then`", forms.BranchForm, 3)
    yield from _section("Every question", step_forms.QuestionForm, 2, without=_STEP_KEYS)
    yield "## The steps\n"
    for step in schema.STEP_FORMS:
        without = _QUESTION_KEYS if issubclass(step, step_forms.QuestionForm) else _STEP_KEYS
        yield from _section(f"`{step.kind}`", step, 3, without=without - {"prompt"})
        for title, part in _PARTS.get(step, ()):
            yield from _section(title, part, 4)
        if step in EXAMPLES:
            yield f"```yaml\n{EXAMPLES[step]}```\n"
    yield LIMITS
    yield SCENARIOS
    yield CALLERS
    yield OWN_WORDS + prompts_for_the_manual(DEFAULT)


def _section(
    title: str, form: type[BaseModel], depth: int, *, without: Set[str] = frozenset()
) -> Iterator[str]:
    yield f"{'#' * depth} {title}\n"
    yield inspect.cleandoc(form.__doc__ or "") + "\n"
    fields = [(name, field) for name, field in form.model_fields.items() if name not in without]
    yield "| key | meaning | default |\n|---|---|---|"
    yield "\n".join(_row(name, field) for name, field in fields) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("|", "\\|")
    allowed = _allowed(field.annotation)
    if allowed and "`" not in meaning:
        meaning += f" One of {', '.join(f'`{value}`' for value in allowed)}."
    return f"| `{name}` | {meaning} | {_default(name, field)} |"


def _default(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=False)
    if field.is_required():
        return "must be given"
    if default in (None, PydanticUndefined) or default in ("", [], {}):
        return ""
    if name in {"timeout", "interdigit", "max_duration", "duration"}:
        return f"`{default / 1_000:g}s`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Enum):
        return f"`{default.value}`"
    if isinstance(default, list | tuple):
        days = (each.day if isinstance(each, DayBound) else each for each in default)
        return f"`[{', '.join(map(str, days))}]`"
    return DEFAULT.name if isinstance(default, dict) else f"`{default}`"


def _allowed(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401 - any annotation
    """Return the words that a field is limited to; empty when it is not."""
    origin = get_origin(annotation)
    if origin is Literal:
        return tuple(str(value) for value in get_args(annotation))
    if origin is Annotated:
        return _allowed(get_args(annotation)[0])
    if origin in (Union, UnionType, list):
        return next((found for each in get_args(annotation) if (found := _allowed(each))), ())
    return ()
