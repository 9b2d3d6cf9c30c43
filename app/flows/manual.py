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

_INTRODUCTION: Final = """\
# Writing a call flow

One YAML file is one flow. It is read as YAML 1.2: `no`, `010` and `10:00` are what they look like.
Every step is one item of `steps`; the key that says what it does holds its name, which is also the
column in the results. `dialai flows check FILE` says what is wrong and where, `dialai flows try FILE`
lets you answer it in the terminal, and `dialai flows test` holds it to the scenarios beside it.

Conditions (`when`) are written in CEL: `score <= 2 && reason == "price"`. An answer that is missing or
refused decides nothing, and a condition left undecided is false; `reason != ""` asks whether there is
an answer. A prompt says answers and variables by `${name}`; `$${` is a plain `${`.
"""
_PROMPTS: Final = """\
A prompt is a text (in a flow of one language) or a text for each language; in place of a text may
stand the keys under "A prompt".
"""
_SCENARIOS: Final = """\
## Scenarios

A file in the folder `tests` beside the flows holds callers of one flow, and what must come of each.
`dialai flows test` plays them in writing and names file and line of what did not come.

```yaml
flow: after-a-visit
scenarios:
  - scenario: tells what went wrong
    variables: {name: Ann}
    caller:
      - press: "1"
      - say: I waited for an hour
      - {say: "yes", sure: 0.6}
      - silence
    expects:
      disposition: completed
      path: [lang, intro, why, thanks]
      answers: {why: I waited for an hour, score: refused, age: null}
```

The caller can `press` keys, `say` words (heard as well as `sure` says, from 0 to 1; a number is said in
words), stay silent (`silence`) and `hang_up`; where the call is handed over, `taken` and `nobody` say
whether somebody takes it. Of `expects` everything may be left out: `path` names all steps in the order they
are entered; an answer is its value, or `refused`, `dont_know`, `no_input`, `no_match`, or nothing (`null`)
where the question was never settled.

What comes of a `quota` or a `webhook` may stand under `world`, by the step's name: `room: full`,
`crm: timeout`, or the reply itself, `crm: {tier: gold, points: 3}`. Of those that are not named comes
what is hoped for.

Then it walks every branch of each flow by itself: at each question no answer, a wrong one, each request
(`*0`), each choice, and numbers and texts to both sides of all that conditions compare them with. A step,
a branch or an end that is never reached is an error; what the scenarios reach is told beside it.
"""
_OWN_WORDS: Final = """\
## The bot's own words

Where a flow has no text of its own, the bot says what its language brings along. A project words it
otherwise in a file for each language in the folder `languages` beside the flows: `languages/en.yaml`, or
`languages/en-GB.yaml` for one locale alone. What is left out stays as it is; `dialai flows check` reads
these files with every flow, and a running server takes over what is saved.

```yaml
help: You can press a key or just speak. Press star to hear the question again.
no_match: [I beg your pardon?, "I am sorry, please use the keys of your phone."]
confirm: "{answer}, is that right?"
```

"""
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

_EXAMPLES: Final[Mapping[type[step_forms.StepForm], str]] = {
    schema.OpenForm: """\
flow: after-a-visit
languages: {en: {voice: Joanna, locale: en-US, lexicons: [clinic]}}
steps:
  - open: why
    prompt: "What could we have done better?"
    probe: {max: 2, about: what happened exactly}
    summary: true
  - end: completed
    prompt: "Thank you. Goodbye."
""",
    schema.SectionForm: """\
flow: which-services
steps:
  - section: services
    order: random
    pick: 2
    steps:
      - {yes_no: lab, prompt: Did you use the laboratory?}
      - {yes_no: pharmacy, prompt: Did you use the pharmacy?}
      - section: parking
        steps:
          - {yes_no: parked, prompt: Did you park with us?}
          - {rating: spaces, when: parked, prompt: "From 1 to 5, how easy was it to find a space?"}
  - {set: happy, value: parked && spaces > 3}
  - end: completed
    prompt: Thank you. Goodbye.
""",
    errand_forms.QuotaStepForm: """\
flow: visitors
quotas:
  - {name: young, when: age < 40, target: 200}
  - {name: regular, when: regular, target: 300}
steps:
  - {numeric: age, prompt: How old are you?, range: [0, 110]}
  - {yes_no: regular, prompt: Do you come here often?}
  - {quota: room, full: enough}
  - {rating: score, prompt: "From 1 to 5, how was your visit?"}
  - {end: completed, prompt: Thank you. Goodbye.}
  - {label: enough, end: quota_full, prompt: We have heard enough visitors like you. Thank you. Goodbye.}
""",
    errand_forms.WebhookForm: """\
flow: loyalty
steps:
  - {digits: card, prompt: Your card's last four digits?, length: 4, sensitive: true}
  - webhook: customer
    url: https://crm.example.com/customers
    send: {card: card}
    headers: {X-Api-Key: "${secret.crm}"}
    sensitive: true
    save: {tier: [gold, silver], points: number}
    on_fail: sorry
  - {message: balance, when: tier == "gold", prompt: "You have ${points} points."}
  - {end: completed, prompt: Goodbye.}
  - {label: sorry, end: completed, prompt: We cannot look that up right now. Goodbye.}
""",
    errand_forms.OptOutForm: """\
flow: short
steps:
  - {consent: agreed, prompt: May we ask you one question?, on_no: optout}
  - {rating: score, prompt: "From 1 to 5, how was your visit?"}
  - {end: completed, prompt: Thank you. Goodbye.}
  - {label: optout, opt_out: number, end_as: refused, prompt: We will not call again. Goodbye.}
""",
    talk_forms.ConverseForm: """\
flow: after-a-bad-visit
languages: {en: {voice: Joanna, locale: en-US}, es: {voice: Lupe, locale: es-US}}
partial_if: [incident]
steps:
  - converse: followup
    prompt: {en: "What happened?", es: "¿Qué pasó?"}
    goal: Learn what happened at the visit and what would have helped.
    style: warm and brief
    extract:
      incident: text
      mood: [calm, upset]
      want_call: {type: boolean, about: {en: "May we call you about it?", es: "¿Podemos llamarle?"}}
    exits:
      urgent: {when: the caller describes an emergency, goto: operator}
    limits: {turns: 6, duration: 120s, forbid: [medical advice]}
    on_fail: thanks
    then: [{when: want_call, goto: call_back}]
  - {label: thanks, end: completed, prompt: {en: "Thank you. Goodbye.", es: "Gracias. Adiós."}}
  - {label: call_back, end: callback, prompt: {en: "We will call. Goodbye.", es: "Le llamaremos. Adiós."}}
  - {label: operator, transfer: "+15550100", on_fail: thanks}
""",
}
"""Whole flows that show a step at work."""

_STEP_KEYS: Final = step_forms.FlowingForm.model_fields.keys()
_QUESTION_KEYS: Final = step_forms.QuestionForm.model_fields.keys()


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
        ("`quotas`", errand_forms.QuotaForm),
    ):
        yield from _section(title, form, 3)
    yield _PROMPTS
    yield from _section("Every step", step_forms.FlowingForm, 2)
    yield from _section("`then`", forms.BranchForm, 3)
    yield from _section("Every question", step_forms.QuestionForm, 2, without=_STEP_KEYS)
    yield "## The steps\n"
    for step in schema.STEP_FORMS:
        without = _QUESTION_KEYS if issubclass(step, step_forms.QuestionForm) else _STEP_KEYS
        yield from _section(f"`{step.kind}`", step, 3, without=without - {"prompt"})
        for title, part in _PARTS.get(step, ()):
            yield from _section(title, part, 4)
        if step in _EXAMPLES:
            yield f"```yaml\n{_EXAMPLES[step]}```\n"
    yield _SCENARIOS
    yield _OWN_WORDS + prompts_for_the_manual(DEFAULT)
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
    if name in {"timeout", "interdigit", "max_duration", "duration"}:
        return f"`{default / 1_000:g}s`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Enum):
        return f"`{default.value}`"
    if isinstance(default, list | tuple):
        return f"`[{', '.join(str(each) for each in default)}]`"
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
