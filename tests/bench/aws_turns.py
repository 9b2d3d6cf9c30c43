"""Joins what callers heard with what the AWS double did meanwhile, turn by turn. Pure; all in milliseconds.

Callers and double are two processes that read the same clock of the machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.flows.sprint import Policy
from app.simulator.load_line import LoadTurn
from tests.bench.aws_words import number_at

SILENCE_MS: Final = Policy().open_ms
"""The silence that ends an open answer, as configured: a stage like any other."""


@dataclass(slots=True)
class Heard:
    """The turns of a phase, a value each. `overhead` is `answer` less the stages that had to be waited for.

    `sentence_to_polly`: from the first sentence's last word to the request for its sound. `sooner`: by how
    much the sound came before it could have, had the whole reply been waited for. `stop_to_closed`: from the
    `clear` on the line to the double's knowing that the model's stream is closed.
    """

    answer: list[float] = field(default_factory=list)
    overhead: list[float] = field(default_factory=list)
    to_model: list[float] = field(default_factory=list)
    sentence_to_polly: list[float] = field(default_factory=list)
    polly_to_line: list[float] = field(default_factory=list)
    sooner: list[float] = field(default_factory=list)
    voice_to_closed: list[float] = field(default_factory=list)
    stop_to_closed: list[float] = field(default_factory=list)
    double_late: list[float] = field(default_factory=list)
    unanswered: int = 0


def joined(
    turns: Iterable[LoadTurn], told: Mapping[str, Sequence[Mapping[str, Any]]], first_token_ms: float
) -> Heard:
    """Return what the turns show; one whose reply or sound the double was not told of is left out."""
    heard = Heard()
    replies = {reply["number"]: reply for reply in told["replies"]}
    sounds: dict[int, Mapping[str, Any]] = {}
    for sound in sorted(told["sounds"], key=lambda one: one["asked_ms"]):
        sounds.setdefault(sound["number"], sound)
    for turn in turns:
        number = number_at(turn.head)
        if number is None:
            heard.unanswered += 1
        elif number in replies and number in sounds:
            _answered(heard, turn, replies[number], sounds[number])
        interrupted = replies.get(number_at(turn.after) or 0)
        if turn.cleared_ms is not None and interrupted and interrupted["gone_ms"] is not None:
            heard.stop_to_closed.append(interrupted["gone_ms"] - turn.cleared_ms)
            heard.voice_to_closed.append(interrupted["gone_ms"] - turn.began_ms)
    heard.double_late += [one["first_ms"] - one["asked_ms"] - first_token_ms for one in replies.values()]
    return heard


def _answered(heard: Heard, turn: LoadTurn, reply: Mapping[str, Any], sound: Mapping[str, Any]) -> None:
    model = reply["sentence_ms"] - reply["asked_ms"]
    voice = sound["first_ms"] - sound["asked_ms"]
    answer = turn.answered_ms - turn.ended_ms
    heard.answer.append(answer)
    heard.overhead.append(answer - SILENCE_MS - model - voice)
    heard.to_model.append(reply["asked_ms"] - turn.ended_ms - SILENCE_MS)
    heard.sentence_to_polly.append(sound["asked_ms"] - reply["sentence_ms"])
    heard.polly_to_line.append(turn.answered_ms - sound["first_ms"])
    if reply["is_whole"]:
        heard.sooner.append(reply["last_ms"] - sound["asked_ms"])
