"""Turns each checked form into the step that runs.

Knows one step at a time; what only the whole flow shows is for the lint.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from app.domain.answers import Status
from app.domain.call import Disposition
from app.domain.speech import BargeIn
from app.flows import errand_forms, forms, model, schema, step_forms, talk_forms
from app.flows.errand_compiler import errand_step
from app.flows.orders import pinned
from app.flows.parts import WAYS_OUT
from app.flows.problems import nearest
from app.flows.scope import RESERVED, Scope
from app.flows.sprint import Policy
from app.flows.talk_compiler import conversation, probe
from app.flows.yaml_tree import Path

_SOME_DAY: Final = date(2024, 1, 1)
"""What bounds of days are held against each other from; which day it is decides nothing."""

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


def compile_step(
    form: step_forms.StepForm, path: Path, scope: Scope, parts: Sequence[int] = ()
) -> model.Step:
    """Return the step; what is wrong is reported, and then the result must not be used.

    `parts` are the sizes of what a section holds.
    """
    match form:
        case schema.CallbackForm():
            return _callback(form, path, scope)
        case step_forms.QuestionForm():
            return _question(form, path, scope)
        case schema.MessageForm():
            bargein = form.bargein or scope.header.defaults.bargein
            prompt = scope.text(form.prompt, (*path, "prompt"))
            shared = common(form, form.message, path, scope)
            return model.Message(**shared, prompt=prompt, bargein=bargein)
        case talk_forms.ConverseForm():
            return conversation(form, common(form, form.converse, path, scope), path, scope)
        case schema.SetForm():
            # What does not compile is reported, and then the flow is not used.
            value = scope.expression(form.value, (*path, "value")) or model.Expression("", frozenset(), None)
            shared = common(form, form.set, path, scope)
            return model.SetValue(**shared, value=value, sensitive=form.sensitive)
        case schema.SectionForm():
            if form.pick is not None and form.pick > len(form.steps):
                message = f"the section has {len(form.steps)} steps to pick from"
                scope.reporter.add((*path, "pick"), message)
            shared = common(form, form.section, path, scope)
            return model.Section(**shared, parts=tuple(parts), order=form.order, pick=form.pick)
        case schema.GotoForm() | schema.TransferForm() | schema.EndForm() | errand_forms.OptOutForm():
            return _leading(form, path, scope)
        case errand_forms.QuotaStepForm() | errand_forms.WebhookForm():
            return errand_step(form, common(form, str(getattr(form, form.kind)), path, scope), path, scope)
        case _:  # pragma: no cover - every form of the schema stands above
            raise AssertionError(f"no model for {type(form).__name__}")


def _leading(
    form: schema.GotoForm | schema.TransferForm | schema.EndForm | errand_forms.OptOutForm,
    path: Path,
    scope: Scope,
) -> model.Step:
    """Return a step that has no name of its own and leads away."""
    match form:
        case schema.GotoForm():
            target = scope.target(form.goto, (*path, "goto"))
            return model.Goto(**common(form, "", path, scope), target=target)
        case schema.TransferForm():
            return _transfer(form, path, scope)
        case errand_forms.OptOutForm():
            return errand_step(form, common(form, "", path, scope), path, scope)
        case schema.EndForm():  # pragma: no branch - mypy proves it is the last
            prompt = _maybe(form.prompt, (*path, "prompt"), scope)
            shared = common(form, "", path, scope)
            return model.EndStep(**shared, disposition=Disposition(form.end), prompt=prompt)


def common(form: step_forms.StepForm, name: str, path: Path, scope: Scope) -> dict[str, Any]:
    """Return what all steps share; a step without a name goes by its label or its number."""
    numbers = "_".join(str(part + 1) for part in path if isinstance(part, int))
    word_or_number = name or form.label
    own = scope.frame.own(word_or_number) if word_or_number else scope.frame.marked(f"{form.kind}_{numbers}")
    for word, key in ((name, form.kind), (form.label or "", "label")):
        if word in RESERVED:
            scope.reporter.add((*path, key), f"`{word}` has a meaning of its own; choose another name")
        elif word and scope.names[word] != path:
            scope.reporter.add((*path, key), f"the name `{word}` is taken by an earlier step")
    branches = form.then if isinstance(form, step_forms.FlowingForm) else []
    return {
        "name": own,
        "place": scope.reporter.place(path),
        "label": form.label and scope.frame.own(form.label),
        "when": scope.expression(form.when, (*path, "when")),
        "then": tuple(
            model.Branch(
                scope.target(branch.goto, (*path, "then", index, "goto")),
                scope.expression(branch.when, (*path, "then", index, "when")),
            )
            for index, branch in enumerate(branches)
        ),
    }


def _maybe(prompt: Mapping[str, forms.SayForm] | None, path: Path, scope: Scope) -> model.Text | None:
    return None if prompt is None else scope.text(prompt, path)


def _transfer(form: schema.TransferForm, path: Path, scope: Scope) -> model.TransferStep:
    number = scope.piped(form.transfer, (*path, "transfer"))
    if all(isinstance(part, str) for part in number.parts) and not is_number(form.transfer):
        message = f"`{form.transfer}` is no telephone number; write it as `+15550100`, or `${{variable}}`"
        scope.reporter.add((*path, "transfer"), message)
    on_fail = form.on_fail
    if on_fail is not None:
        on_fail = scope.target(on_fail, (*path, "on_fail"))
    return model.TransferStep(
        **common(form, "", path, scope),
        number=number,
        prompt=_maybe(form.prompt, (*path, "prompt"), scope),
        on_fail=on_fail,
    )


def is_number(text: str) -> bool:
    """Whether this is a full international number: a `+` and 7 to 15 digits."""
    return _E164.fullmatch(text) is not None


def _callback(form: schema.CallbackForm, path: Path, scope: Scope) -> model.Step:
    """Return the question for a time, or the step that asks for none."""
    number = None if form.number is None else scope.piped(form.number, (*path, "number"))
    if form.number is not None and number == model.Piped((form.number,)) and not is_number(form.number):
        message = f"`{form.number}` is no telephone number; write it as `+15550100`, or `${{variable}}`"
        scope.reporter.add((*path, "number"), message)
    if form.ask_time:
        return model.AskMoment(**_shared(form, path, scope), most_days=form.days, number=number)
    asked = form.model_fields_set & (step_forms.QuestionForm.model_fields.keys() | {"days"})
    for key in sorted(asked - schema.FlowingForm.model_fields.keys() - {"on_fail"}):
        scope.reporter.add((*path, key), f"`{key}` needs `ask_time: true`: nothing is asked here", key=True)
    on_fail = form.on_fail and scope.target(form.on_fail, (*path, "on_fail"), ways_out=WAYS_OUT)
    return model.CallbackStep(**common(form, form.callback, path, scope), number=number, on_fail=on_fail)


def _question(form: step_forms.QuestionForm, path: Path, scope: Scope) -> model.Question:
    shared = _shared(form, path, scope)
    match form:
        case schema.ChooseLanguageForm():
            _check_languages(form, path, scope)
            return model.ChooseLanguage(**shared, keys=dict(form.keys))
        case schema.ConsentForm():
            on_no = scope.target(form.on_no, (*path, "on_no"))
            return model.Consent(**shared, covers=frozenset(form.covers), on_no=on_no)
        case schema.YesNoForm():
            return model.AskYesNo(**shared)
        case schema.SelectForm():
            return _select(form, shared, path, scope)
        case schema.NumericForm() | schema.RatingForm():
            low, high = _ordered(form.range, (*path, "range"), scope)
            return model.Numeric(**shared, minimum=low, maximum=high, kind=form.kind)
        case schema.DigitsForm():
            low, high = _ordered(form.length, (*path, "length"), scope)
            return model.AskDigits(**shared, min_length=low, max_length=high)
        case schema.DateForm():
            earliest, latest = form.range
            if earliest.seen_from(_SOME_DAY) > latest.seen_from(_SOME_DAY):
                scope.reporter.add((*path, "range"), "the first day stands first")
            return model.AskDate(**shared, earliest=earliest, latest=latest)
        case schema.OpenForm():
            probed = probe(form, shared, path, scope)
            return model.Open(**shared, max_duration_ms=form.max_duration, probe=probed)
        case _:  # pragma: no cover - every form of the schema stands above
            raise AssertionError(f"no model for {type(form).__name__}")


def _shared(form: step_forms.QuestionForm, path: Path, scope: Scope) -> dict[str, Any]:
    defaults = scope.header.defaults
    asks_consent = isinstance(form, schema.ConsentForm)
    # Who says nothing has not agreed, and must hear what they agree to: other defaults than elsewhere.
    on_fail = form.on_fail or ("end" if asks_consent else defaults.on_fail)
    bargein = form.bargein or (BargeIn.NONE if asks_consent else defaults.bargein)
    if asks_consent and on_fail == "skip":
        scope.reporter.add((*path, "on_fail"), "consent cannot be skipped; write `end` or a label")
    confirm = model.Confirm.NEVER if isinstance(form, schema.ChooseLanguageForm) else defaults.confirm
    says_nothing = isinstance(form, schema.CallbackForm) and form.prompt is None
    return {
        **common(form, str(getattr(form, form.kind)), path, scope),
        "prompt": {} if says_nothing else scope.text(form.prompt, (*path, "prompt")),
        "noinput": scope.texts(form.noinput, (*path, "noinput")),
        "nomatch": scope.texts(form.nomatch, (*path, "nomatch")),
        "help": None if form.help is None else scope.text(form.help, (*path, "help"), is_spare=True),
        "policy": _policy(form, scope),
        "bargein": bargein,
        "max_attempts": form.max_attempts or defaults.max_attempts,
        "on_fail": scope.target(on_fail, (*path, "on_fail"), ways_out=WAYS_OUT),
        "confirm": form.confirm or confirm,
        "required": form.required,
        "sensitive": form.sensitive,
        "special": _special(form, scope),
    }


def _policy(form: step_forms.QuestionForm, scope: Scope) -> Policy:
    defaults = scope.header.defaults
    allowed = form.input or defaults.input
    end_key = defaults.end_key if form.end_key is None else form.end_key
    keys: list[str] = []
    if isinstance(form, schema.SelectForm):
        keys = [choice.key or "" for choice in form.choices.values()]
    if isinstance(form, schema.ChooseLanguageForm):
        keys = list(form.keys)
    if end_key and any(end_key in key for key in keys):
        end_key = ""
    return Policy(
        dtmf="dtmf" in allowed,
        speech="speech" in allowed,
        first_input_ms=form.timeout or defaults.timeout,
        inter_digit_ms=form.interdigit or defaults.interdigit,
        end_key=end_key,
        max_speech_ms=form.max_duration if isinstance(form, schema.OpenForm) else Policy().max_speech_ms,
    )


def _special(form: step_forms.QuestionForm, scope: Scope) -> dict[Status, str]:
    """Return the ways out by key. Consent and the choice of a language have none unless they say so."""
    plain = isinstance(form, schema.ConsentForm | schema.ChooseLanguageForm)
    chosen = form.special or (forms.SpecialForm.model_validate({}) if plain else scope.header.special)
    pairs = {Status.DONT_KNOW: chosen.dont_know, Status.REFUSED: chosen.refused}
    return {status: key for status, key in pairs.items() if key is not None}


def _check_languages(form: schema.ChooseLanguageForm, path: Path, scope: Scope) -> None:
    for key, language in form.keys.items():
        if language not in scope.header.languages:
            suggestion = nearest(language, scope.header.languages)
            message = f"the flow has no language `{language}`"
            scope.reporter.add((*path, "keys", key), message, suggestion)


def _select(
    form: schema.SelectForm, shared: dict[str, Any], path: Path, scope: Scope
) -> model.SelectOne | model.SelectMany:
    choices = tuple(
        _choice(value, choice, (*path, "choices", value), scope) for value, choice in form.choices.items()
    )
    shared |= {"choices": pinned(choices), "order": form.order}
    if not isinstance(form, schema.SelectManyForm):
        for choice in choices:
            if choice.is_exclusive:
                message = "`exclusive` belongs to a `select_many`; here every choice goes alone"
                scope.reporter.add((*path, "choices", choice.value, "exclusive"), message, key=True)
        return model.SelectOne(**shared)
    together = [choice for choice in choices if not choice.is_exclusive]
    most = len(choices) if form.most is None else form.most
    if not form.least <= most or form.least > max(len(together), 1):
        message = f"there are {len(together)} choices to take together, and `most` is {most}"
        scope.reporter.add((*path, "least"), message)
    return model.SelectMany(**shared, minimum=form.least, maximum=most)


def _choice(value: str, choice: forms.ChoiceForm, path: Path, scope: Scope) -> model.Choice:
    names = dict(choice.model_extra or {})
    if choice.text is not None:
        names[""] = choice.text
    languages = scope.header.languages
    for name in [key for key in names if key and key not in languages]:
        suggestion = nearest(name, {*languages, *forms.ChoiceForm.model_fields})
        scope.reporter.add((*path, name), f"unknown key or language `{name}`", suggestion, key=True)
        del names[name]
    synonyms = {language or next(iter(languages)): tuple(w) for language, w in choice.synonyms.items()}
    for language in synonyms.keys() - languages.keys():
        suggestion = nearest(language, languages)
        message = f"the flow has no language `{language}`"
        scope.reporter.add((*path, "synonyms", language), message, suggestion, key=True)
    words = scope.words(names, path)
    return model.Choice(value, choice.key, words, synonyms, choice.exclusive, choice.fixed)


def _ordered(bounds: tuple[int, int], path: Path, scope: Scope) -> tuple[int, int]:
    if bounds[0] > bounds[1]:
        scope.reporter.add(path, f"the lowest stands first: `[{bounds[1]}, {bounds[0]}]`")
    return bounds
