"""The author's manual in Markdown, made from the schema's own descriptions: it cannot fall behind."""

import inspect
from collections.abc import Iterator, Set
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from app.flows import forms, schema

_INTRODUCTION: Final = """\
# Writing a call flow

One YAML file is one flow. It is read as YAML 1.2: `no`, `010` and `10:00` are what they look like.
Every step is one item of `steps`; the key that says what it does holds its name, which is also the
column in the results. `dialai flows check FILE` says what is wrong and where, `dialai flows try FILE`
lets you answer it in the terminal.

Conditions (`when`) are written in CEL: `score <= 2 && reason == "price"`. An answer that is missing or
refused decides nothing, and a condition left undecided is false; `reason != ""` asks whether there is
an answer. A prompt says answers and variables by `${name}`; `$${` is a plain `${`.
"""
_PROMPTS: Final = """\
A prompt is a text (in a flow of one language) or a text for each language; in place of a text may
stand the keys under "A prompt".
"""
_STEP_KEYS: Final = schema.FlowingForm.model_fields.keys()
_QUESTION_KEYS: Final = schema.QuestionForm.model_fields.keys()


def manual() -> str:
    """Return the whole manual."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield from _section("The file", schema.FlowHeader, 2)
    for title, form in (
        ("A prompt", forms.SayForm),
        ("`languages`", forms.LanguageForm),
        ("`defaults`", forms.DefaultsForm),
        ("`universals`", forms.UniversalsForm),
        ("`special`", forms.SpecialForm),
    ):
        yield from _section(title, form, 3)
    yield _PROMPTS
    yield from _section("Every step", schema.FlowingForm, 2)
    yield from _section("`then`", forms.BranchForm, 3)
    yield from _section("Every question", schema.QuestionForm, 2, without=_STEP_KEYS)
    yield "## The steps\n"
    for step in schema.STEP_FORMS:
        without = _QUESTION_KEYS if issubclass(step, schema.QuestionForm) else _STEP_KEYS
        yield from _section(f"`{step.kind}`", step, 3, without=without - {"prompt"})
        if step is schema.SelectOneForm:
            yield from _section("A choice", forms.ChoiceForm, 4)
    yield "## Not in this version\n"
    later = ", ".join(f"`{name}`" for name in sorted(schema.LATER_STEPS))
    yield f"The steps {later} belong to the language and are refused by name until they work.\n"


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
    if name in {"timeout", "interdigit", "max_duration"}:
        return f"`{default / 1_000:g}s`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Enum):
        return f"`{default.value}`"
    if isinstance(default, list | tuple):
        return f"`[{', '.join(str(each) for each in default)}]`"
    return "English" if isinstance(default, dict) else f"`{default}`"


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
