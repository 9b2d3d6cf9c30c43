"""What a call cost: each part by its own price, the carrier by minutes begun."""

import pytest

from app.domain.call import Direction
from app.domain.cost import Prices, Usage

PRICES = Prices(
    stt_minute=0.024,
    tts_million_characters=16,
    llm_million_input_tokens=0.5,
    llm_million_output_tokens=2,
    inbound_minute=0.01,
    outbound_minute=0.02,
)


def test_each_part_is_charged_by_its_own_price() -> None:
    usage = Usage()
    usage.add("stt", "ms", 45_000)
    usage.add("stt", "ms", 45_000)
    usage.add("tts", "characters", 250, by="polly/neural/Joanna")
    usage.add("tts", "characters", 9_000, by="espeak-ng 1.51/en-us/165/1")
    usage.add("tts", "characters", 9_000, by="timed/60")
    usage.add("llm", "input_tokens", 4_000)
    usage.add("llm", "output_tokens", 500)
    usage.add("stt", "furlongs", 9)
    assert usage.cost(PRICES, direction=Direction.INBOUND, answered_ms=61_000) == {
        "transcribe": 0.036,
        "polly": 0.004,
        "bedrock": 0.003,
        "carrier": 0.02,
        "total": 0.063,
        "currency": "USD",
    }


@pytest.mark.parametrize(
    ("answered_ms", "direction", "carrier"),
    [
        (None, Direction.OUTBOUND, 0.0),
        (0, Direction.OUTBOUND, 0.02),
        (60_000, Direction.OUTBOUND, 0.02),
        (60_001, Direction.OUTBOUND, 0.04),
        (60_001, Direction.INBOUND, 0.02),
    ],
)
def test_the_carrier_counts_minutes_begun_of_calls_that_were_taken(
    answered_ms: int | None, direction: Direction, carrier: float
) -> None:
    cost = Usage().cost(PRICES, direction=direction, answered_ms=answered_ms)
    assert (cost["carrier"], cost["total"]) == (carrier, carrier)


def test_a_call_without_a_carrier_costs_no_minutes() -> None:
    cost = Usage().cost(PRICES, direction=Direction.INBOUND, answered_ms=61_000, has_carrier=False)
    assert cost["carrier"] == 0
