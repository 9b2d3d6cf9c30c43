"""From the flow's texts to utterances: one a sentence, each in its language's locale and voice.

Knows what may be said; decides nothing about when or what comes next.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from app.domain.answers import Answer, Status
from app.domain.call import Value
from app.domain.speech import Utterance
from app.flows.expressions import names_in, render
from app.flows.model import (
    AskYesNo,
    ChooseLanguage,
    Consent,
    Flow,
    LanguageSpec,
    Numeric,
    Say,
    SelectOne,
    Step,
    private_names,
)
from app.flows.sentences import split_sentences

Preface: TypeAlias = Callable[[LanguageSpec], tuple[Utterance, ...]]
"""What is said before a question, in one language."""


@dataclass(frozen=True, slots=True)
class Known:
    """What prompts and conditions may read.

    `labels` are what a bare `${name}` says instead of the value; `sensitive` names are never logged. What
    the `listed` say is one of the flow's own texts, the same for every caller.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()


def known_by(
    flow: Flow, variables: Mapping[str, Value], answers: Mapping[str, Answer], language: str
) -> Known:
    """Return what a call knows after these answers; one that was refused or is missing has no value."""
    given = {name: answer.value for name, answer in answers.items()}
    labels = {name: answer.label for name, answer in answers.items() if answer.status is Status.OK}
    for step in flow.steps:
        if isinstance(step, SelectOne) and step.name in labels:
            value = answers[step.name].value
            labels[step.name] = next(c.text[language] for c in step.choices if c.value == value)
    listed = frozenset(step.name for step in flow.steps if step.name in given and is_listed(step))
    return Known({**variables, **given}, labels, private_names(flow), listed)


def is_listed(step: Step) -> bool:
    """Whether whatever a caller answers is one of a few texts that every caller of the flow may hear."""
    few = isinstance(step, AskYesNo | ChooseLanguage | Consent | SelectOne)
    return few or (isinstance(step, Numeric) and step.kind == "rating")


def say(said: Say, language: LanguageSpec, known: Known) -> tuple[Utterance, ...]:
    """Return what the author wrote as utterances.

    A recording or SSML is one utterance with the text as its transcript. Text that pipes a sensitive
    answer is sensitive as a whole; a sentence that pipes what is no listed answer is said to this caller
    only, so that its sound is not kept. Nothing to say gives no utterance.
    """
    names = names_in(said.text) | (names_in(said.ssml) if said.ssml else frozenset())
    is_sensitive = not names.isdisjoint(known.sensitive)
    text = render(said.text, known.values, known.labels)
    if said.audio is None and said.ssml is None:
        spoken = sentences(text, language, sensitive=is_sensitive)
        if names <= known.listed:
            return spoken
        written = " ".join(part for part in said.text.parts if isinstance(part, str))
        fixed = " ".join(written.split())
        return tuple(replace(each, kept=each.text in fixed) for each in spoken)
    ssml = render(said.ssml, known.values, known.labels, xml=True) if said.ssml else None
    return (
        Utterance(
            text,
            language.locale,
            language.voice,
            said.audio,
            ssml,
            is_sensitive,
            lexicons=language.lexicons,
            kept=names <= known.listed,
        ),
    )


def sentences(text: str, language: LanguageSpec, *, sensitive: bool = False) -> tuple[Utterance, ...]:
    """Return one utterance for each sentence of plain text."""
    return tuple(
        Utterance(sentence, language.locale, language.voice, sensitive=sensitive, lexicons=language.lexicons)
        for sentence in split_sentences(text)
    )


def said_once(utterances: Iterable[Utterance]) -> tuple[Utterance, ...]:
    """Return the same utterances, whose sound is not kept."""
    return tuple(replace(utterance, kept=False) for utterance in utterances)


def masked(utterances: Iterable[Utterance]) -> tuple[Utterance, ...]:
    """Return the same utterances, kept out of every log and cache."""
    return tuple(replace(utterance, sensitive=True) for utterance in utterances)
