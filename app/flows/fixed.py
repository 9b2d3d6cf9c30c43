"""Which utterances of a flow are the same in every call: what the prompt cache makes ready beforehand.

Knows the texts of the steps; runs nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from app.domain.speech import Utterance
from app.flows import courtesy
from app.flows.model import (
    Confirm,
    ConverseStep,
    EndStep,
    Flow,
    LanguageSpec,
    Message,
    OptOutStep,
    Piped,
    Question,
    Select,
    Step,
    Text,
    TransferStep,
    WebhookStep,
)
from app.flows.speaking import CHOICES, Known, asked, say

_HOLE: Final = "\ue000"
"""Stands for what a call will fill in; from Unicode's private use area, so no author writes it."""


def fixed_utterances(flow: Flow) -> tuple[Utterance, ...]:
    """Return each utterance that needs no answer or variable, once, in the order of the file.

    What the language says by itself comes last. Sentences with a `${...}` hole are left out.
    """
    found: dict[Utterance, None] = {}
    for language in flow.languages.values():
        for step in flow.steps:
            found |= dict.fromkeys(_of_step(step, language))
        found |= dict.fromkeys(courtesy.fixed_lines(language))
    return tuple(found)


def _of_step(step: Step, language: LanguageSpec) -> Iterator[Utterance]:
    known = asked(step, language, Known()) if isinstance(step, Question) else Known()
    for text in _texts(step):
        if (said := text.get(language.key)) is None:
            continue  # the language's own words are said there
        holed = replace(said, text=_holed(said.text), ssml=_holed(said.ssml) if said.ssml else None)
        for utterance in say(holed, language, known):
            if _HOLE not in utterance.text + (utterance.ssml or ""):
                yield utterance
    if isinstance(step, Select) and step.confirm is not Confirm.NEVER and not step.sensitive:
        for choice in step.choices:
            yield from courtesy.read_back(choice.text[language.key], language, sensitive=False)


def _texts(step: Step) -> Iterator[Text]:
    if isinstance(step, ConverseStep):
        yield from step.noinput
        yield from (text for text in (step.prompt, step.help) if text is not None)
    elif isinstance(step, Question):
        yield from (step.prompt, *step.noinput, *step.nomatch)
        if step.help is not None:
            yield step.help
    elif (
        isinstance(step, Message | TransferStep | WebhookStep | OptOutStep | EndStep)
        and step.prompt is not None
    ):
        yield step.prompt


def _holed(piped: Piped) -> Piped:
    return Piped(
        tuple(
            part if isinstance(part, str) or part.source.strip() == CHOICES else _HOLE for part in piped.parts
        )
    )
