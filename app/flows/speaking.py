"""From the flow's texts to utterances: one a sentence, each in its language's locale and voice.

Knows what may be said; decides nothing about when or what comes next.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from app.domain.answers import Answer, Status
from app.domain.call import Value
from app.domain.grammar.labels import day_label, list_label
from app.domain.languages import language as catalogue_of
from app.domain.speech import Utterance
from app.flows.expressions import names_in, render
from app.flows.model import (
    AskDate,
    AskYesNo,
    Choice,
    ChooseLanguage,
    Consent,
    Flow,
    LanguageSpec,
    Numeric,
    Question,
    Say,
    Select,
    Step,
    Text,
    private_names,
)
from app.flows.orders import choices_heard
from app.flows.parts import prompts_of
from app.flows.sentences import split_sentences

Preface: TypeAlias = Callable[[LanguageSpec], tuple[Utterance, ...]]
"""What is said before a question, in one language."""


SOME_MOMENT: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When a call is that nobody gives a time."""

CHOICES: Final = "choices"
"""What a prompt calls the list of its question's choices."""


@dataclass(frozen=True, slots=True)
class Known:
    """What prompts and conditions may read.

    `labels` are what a bare `${name}` says instead of the value; `sensitive` names are never logged. What
    the `listed` say is one of the flow's own texts, the same for every caller. `now` is told by the clocks
    where the flow's callers live; `seed` decides what comes by lot.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    now: datetime = SOME_MOMENT
    seed: str = ""


def known_by(
    flow: Flow,
    variables: Mapping[str, Value],
    answers: Mapping[str, Answer],
    language: str,
    *,
    now: datetime = SOME_MOMENT,
    seed: str = "",
) -> Known:
    """Return what a call knows after these answers; one that was refused or is missing has no value."""
    there = now.astimezone(ZoneInfo(flow.time_zone))
    given = {name: answer.value for name, answer in answers.items()}
    labels = {name: answer.label for name, answer in answers.items() if answer.status is Status.OK}
    for step in flow.steps:
        if step.name in labels and isinstance(step, Select | AskDate):
            labels[step.name] = _label(step, answers[step.name].value, flow.languages[language])
    listed = frozenset(step.name for step in flow.steps if step.name in given and is_listed(step))
    values = {"today": there.date().isoformat(), **variables, **given}
    return Known(values, labels, private_names(flow), listed, there, seed)


def asked(step: Question, language: LanguageSpec, known: Known) -> Known:
    """Return what the prompts of this question may read: its choices, too."""
    if not isinstance(step, Select):
        return known
    listing = {CHOICES: _listing(choices_heard(step, known.seed), language)}
    return replace(known, labels={**known.labels, **listing}, listed=known.listed | {CHOICES})


def _listing(choices: Iterable[Choice], language: LanguageSpec) -> str:
    """Return the choices with their keys, a sentence each; those without a key are only named."""
    form = prompts_of(language).choice
    texts = ((choice.text[language.key], choice.key) for choice in choices)
    said = (form.format(choice=text, key=key) if key else f"{text}." for text, key in texts)
    return " ".join(sentence[:1].upper() + sentence[1:] for sentence in said)


def _label(step: Select | AskDate, value: Value, language: LanguageSpec) -> str:
    """Return how an answer is said in this language, whichever it was given in."""
    words = catalogue_of(language.locale)
    if isinstance(step, AskDate):
        return day_label(date.fromisoformat(str(value)), words)
    chosen = value if isinstance(value, tuple) else (value,)
    return list_label([c.text[language.key] for c in step.choices if c.value in chosen], words)


def is_listed(step: Step) -> bool:
    """Whether whatever a caller answers is one of a few texts that every caller of the flow may hear."""
    few = isinstance(step, AskYesNo | ChooseLanguage | Consent | Select)
    return few or (isinstance(step, Numeric) and step.kind == "rating")


def escalated(own: Sequence[Text], count: int, language: LanguageSpec) -> Text | None:
    """Return what the author has said the how-manieth time; None where nothing is theirs in this language."""
    texts = [text for text in own if language.key in text]
    return texts[min(count, len(texts)) - 1] if texts else None


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
