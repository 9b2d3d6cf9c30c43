"""What Prometheus is told of calls: how long stages took, how calls ended, and no word of a caller."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from app.adapters.telemetry.histograms import CallHistograms
from app.domain.answers import Answer, Source, Status
from app.domain.call import CallId, Disposition
from app.engine.actions import AnswerGiven, CallEnded, Record, TurnTaken
from app.engine.events import DigitPressed

CALL = CallId("call-1")
TURN = TurnTaken(
    1, "age", "digits", "How old?", "How old?", "secret words", "speech", "41", "answer",
    True, 2, 0, 2_000, 3_000, {"total": 640, "recognition": 150},
)  # fmt: skip
ANSWER = Answer("age", 41, "41", Status.OK, Source.SPEECH, "secret words", 1.0, 1, 0, 0, "en")


def samples(histograms: CallHistograms) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(histograms.render()):
        for one in family.samples:
            found[one.name, *(f"{name}={value}" for name, value in sorted(one.labels.items()))] = one.value
    return found


def told(*entries: Any) -> CallHistograms:
    histograms = CallHistograms(lambda _: "clinic")
    for n, entry in enumerate(entries):
        histograms(CALL, 30_000, DigitPressed("1"), (Record(n, entry),))
    return histograms


def test_each_stage_of_a_turn_falls_into_its_buckets() -> None:
    found = samples(told(TURN))
    labels = ("flow=clinic",)
    assert found["dialai_turn_seconds_sum", *labels, "stage=total"] == 0.64
    assert found["dialai_turn_seconds_bucket", *labels, "le=0.5", "stage=total"] == 0
    assert found["dialai_turn_seconds_bucket", *labels, "le=0.75", "stage=total"] == 1
    assert found["dialai_turn_seconds_count", *labels, "stage=recognition"] == 1
    assert found["dialai_barge_ins_total", *labels] == 1
    assert found["dialai_false_alarms_total", *labels] == 2


def test_a_call_is_counted_by_how_it_ended_and_how_long_it_lasted() -> None:
    found = samples(told(AnswerGiven(1, ANSWER, 0, 1, 2, 3), CallEnded(Disposition.COMPLETED, "flow")))
    assert found["dialai_calls_ended_total", "disposition=completed", "flow=clinic"] == 1
    assert found["dialai_call_seconds_sum", "flow=clinic"] == 30
    assert found["dialai_answers_total", "flow=clinic", "source=speech"] == 1


def test_no_word_of_a_caller_is_told() -> None:
    assert "secret" not in told(TURN, AnswerGiven(1, ANSWER, 0, 1, 2, 3)).render()
