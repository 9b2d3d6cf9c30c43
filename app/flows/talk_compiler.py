"""Turns the form of a conversation, or of the probe behind an open answer, into the step that runs.

Knows conversations; what all steps share it is given.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.conversation import FieldKind
from app.flows import model, schema, talk_forms
from app.flows.checking import summary_name
from app.flows.parts import WAYS_OUT
from app.flows.scope import Scope
from app.flows.sprint import Policy
from app.flows.yaml_tree import Path

SUMMARY_ABOUT: Final = "what the caller said, summed up in one or two short sentences"
"""What the summary of an open answer means. The offline responder knows it by this text."""

_PROBE_GOAL: Final = "Ask about the caller's last answer, one short question at a time, and add nothing"


def conversation(
    form: talk_forms.ConverseForm, common: Mapping[str, Any], path: Path, scope: Scope
) -> model.ConverseStep:
    """Return the step; what is wrong is reported, and then the result must not be used."""
    defaults = scope.header.defaults
    on_fail = form.on_fail or defaults.on_fail
    return model.ConverseStep(
        **common,
        goal=scope.piped(form.goal, (*path, "goal")),
        style=form.style,
        wanted=tuple(
            wanted(name, value, (*path, "extract", name), scope) for name, value in form.extract.items()
        ),
        exits=tuple(
            model.WayOut(name, way.when, scope.target(way.goto, (*path, "exits", name, "goto")))
            for name, way in form.exits.items()
        ),
        forbid=tuple(form.limits.forbid),
        most_turns=form.limits.turns,
        duration_ms=form.limits.duration,
        prompt=None if form.prompt is None else scope.text(form.prompt, (*path, "prompt")),
        noinput=scope.texts(form.noinput, (*path, "noinput")),
        help=None if form.help is None else scope.text(form.help, (*path, "help"), is_spare=True),
        policy=_policy(form.timeout or defaults.timeout, defaults.interdigit),
        bargein=form.bargein or defaults.bargein,
        max_attempts=form.max_attempts or defaults.max_attempts,
        on_fail=scope.target(on_fail, (*path, "on_fail"), ways_out=WAYS_OUT),
    )


def probe(
    form: schema.OpenForm, question: Mapping[str, Any], path: Path, scope: Scope
) -> model.ConverseStep | None:
    """Return the conversation that follows an open answer, or None. `question` is what the question says."""
    summary = None if form.summary in (None, "false") else form.summary
    if form.probe is None:
        if summary is not None:
            scope.reporter.add((*path, "summary"), "`summary` needs a `probe`, which makes it", key=True)
        return None
    if form.sensitive:
        scope.reporter.add((*path, "probe"), "a sensitive answer is not given to a model", key=True)
    about = f", to learn this: {form.probe.about}" if form.probe.about else ""
    policy: Policy = question["policy"]
    return model.ConverseStep(
        name=question["name"],
        place=question["place"],
        goal=scope.piped(f"{_PROBE_GOAL}{about}.", (*path, "probe", "about")),
        wanted=() if summary is None else (_summary(form.open, summary, path, scope),),
        most_turns=form.probe.max,
        policy=_policy(policy.first_input_ms, policy.inter_digit_ms),
        bargein=question["bargein"],
        max_attempts=question["max_attempts"],
    )


def _summary(step: str, summary: str, path: Path, scope: Scope) -> model.Wanted:
    name = scope.value(summary_name(step, summary), (*path, "summary"))
    return model.Wanted(name, FieldKind.TEXT, dict.fromkeys(scope.header.languages, SUMMARY_ABOUT))


def wanted(name: str, form: talk_forms.ExtractForm, path: Path, scope: Scope) -> model.Wanted:
    """Return a value that is to be brought; what is wrong is reported."""
    kind = FieldKind(form.type)
    if (kind is FieldKind.CHOICE) != bool(form.choices):
        message = "`choices` belong to `type: choice`, and to no other"
        scope.reporter.add((*path, "choices"), message if form.choices else "`choices` are missing")
    if len({choice.casefold() for choice in form.choices}) < len(form.choices):
        scope.reporter.add((*path, "choices"), "two of these are the same")
    about = scope.about(form.about, (*path, "about"))
    return model.Wanted(scope.value(name, path), kind, about, tuple(form.choices))


def _policy(first_input_ms: int, inter_digit_ms: int) -> Policy:
    # Keys are for requests such as `*0` alone: nothing ends an entry, and speech is always heard.
    return Policy(first_input_ms=first_input_ms, inter_digit_ms=inter_digit_ms, end_key="")
