"""What a call cost by list price: amounts used times prices; knows no provider's interface and no bill."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.domain.call import Direction, Millis

CURRENCY: Final = "USD"
_A_MILLION: Final = 1_000_000
_A_MINUTE_MS: Final = 60_000
_DIGITS: Final = 6
_OURS: Final = ("espeak", "timed", "offline")
"""How the names of engines begin that work in this house and send no bill."""


@dataclass(frozen=True, slots=True)
class Prices:
    """List prices in US dollars; the carrier counts minutes begun."""

    stt_minute: float = 0.0
    tts_million_characters: float = 0.0
    llm_million_input_tokens: float = 0.0
    llm_million_output_tokens: float = 0.0
    inbound_minute: float = 0.0
    outbound_minute: float = 0.0


FREE: Final = Prices()
"""Nothing costs anything: where nobody set prices."""


@dataclass(slots=True)
class Usage:
    """Adds up what paid providers reported of one call, by service and unit."""

    amounts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, service: str, unit: str, amount: int, *, by: str = "") -> None:
        """Count so much more: `stt` in ms, `tts` in characters, `llm` in input_tokens and output_tokens.

        `by` names who did it; what this house's own engines did costs nothing.
        """
        if by.startswith(_OURS):
            return
        key = (service, unit)
        self.amounts[key] = self.amounts.get(key, 0) + amount

    def cost(
        self, prices: Prices, *, direction: Direction, answered_ms: Millis | None, has_carrier: bool = True
    ) -> Mapping[str, float | str]:
        """Return the price of each part and their sum; `answered_ms` is None for a call nobody took.

        `has_carrier` is false for a call that no telephone line carried, as a browser's.
        """
        used = self.amounts.get
        begun = 0 if answered_ms is None or not has_carrier else max(1, -(-answered_ms // _A_MINUTE_MS))
        minute = prices.outbound_minute if direction is Direction.OUTBOUND else prices.inbound_minute
        parts = {
            "transcribe": used(("stt", "ms"), 0) * prices.stt_minute / _A_MINUTE_MS,
            "polly": used(("tts", "characters"), 0) * prices.tts_million_characters / _A_MILLION,
            "bedrock": (
                used(("llm", "input_tokens"), 0) * prices.llm_million_input_tokens
                + used(("llm", "output_tokens"), 0) * prices.llm_million_output_tokens
            )
            / _A_MILLION,
            "carrier": begun * minute,
        }
        told: dict[str, float | str] = {name: round(part, _DIGITS) for name, part in parts.items()}
        return {**told, "total": round(sum(parts.values()), _DIGITS), "currency": CURRENCY}
