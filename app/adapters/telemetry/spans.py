"""Calls as OpenTelemetry's traces: a span for the call, for each turn and for each request to a provider.

A watcher of ledgers. A span holds names, kinds and times, and not a word of what was said.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, Status, StatusCode

from app.domain.call import CallId, Millis
from app.engine.actions import Ask, CallEnded, Extract, Interpret, Listen, Order, Play, Record, TurnTaken
from app.engine.events import (
    Extracted,
    Fact,
    FinalTranscript,
    Interpreted,
    LegAnswered,
    PromptStarted,
    ProviderReported,
    ReplyEnded,
    ResponderFailed,
    SynthesizerFailed,
    TranscriberFailed,
)

_NS: Final = 1_000_000
_MOST_CALLS: Final = 10_000
"""Calls followed at once; those that another process took over end nowhere and are forgotten first."""

_Request: TypeAlias = tuple[str, int]


@dataclass(slots=True)
class _Traced:
    """One call: its span, when its clock stood at 0, and what providers were asked and have not answered."""

    span: Span
    zero_ns: int
    open: dict[_Request, tuple[str, Millis]] = field(default_factory=dict)

    def at(self, ms: Millis) -> int:
        return self.zero_ns + ms * _NS


class CallSpans:
    """Makes spans of what ledgers tell. `now_ns` is the wall's time; `flow_of` names a call's flow."""

    def __init__(
        self, exporter: SpanExporter, flow_of: Callable[[CallId], str], now_ns: Callable[[], int]
    ) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": "dialai"}))
        # Spans wait in a queue and leave in a thread: a collector that is slow or away costs calls nothing.
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("dialai")
        self._flow_of = flow_of
        self._now_ns = now_ns
        self._calls: dict[CallId, _Traced] = {}

    def __call__(self, call: CallId, at: Millis, fact: Fact, orders: tuple[Order, ...]) -> None:
        """Take one journal line."""
        if isinstance(fact, LegAnswered) and call not in self._calls:
            self._begin(call, at)
        traced = self._calls.get(call)
        if traced is None:
            return
        self._answer(traced, fact, at)
        for order in orders:
            self._follow(call, traced, order, at)

    def close(self) -> None:
        """Send what waits, for as long as the exporter's own patience lasts; blocks."""
        self._provider.shutdown()

    def _begin(self, call: CallId, at: Millis) -> None:
        zero = self._now_ns() - at * _NS
        attributes = {"dialai.call": call, "dialai.flow": self._flow_of(call)}
        span = self._tracer.start_span("call", start_time=zero, attributes=attributes)
        self._calls[call] = _Traced(span, zero)
        if len(self._calls) > _MOST_CALLS:
            self._calls.pop(next(iter(self._calls))).span.end()

    def _follow(self, call: CallId, traced: _Traced, order: Order, at: Millis) -> None:
        match order:
            case Ask(ask=number):
                traced.open["llm", number] = "reply", at
            case Extract(ask=number):
                traced.open["llm", number] = "extract", at
            case Interpret(ask=number):
                traced.open["llm", number] = "interpret", at
            case Play(play=number):
                traced.open["tts", number] = "synthesize", at
            case Listen(turn=number):
                traced.open["stt", number] = "transcribe", at
            case Record(entry=TurnTaken() as turn):
                self._turn(traced, turn)
            case Record(entry=CallEnded(disposition=disposition, cause=cause)):
                traced.span.set_attributes({"dialai.disposition": disposition.value, "dialai.cause": cause})
                traced.span.end(traced.at(at))
                del self._calls[call]
            case _:
                pass

    def _answer(self, traced: _Traced, fact: Fact, at: Millis) -> None:
        match fact:
            case PromptStarted(play=number, cached=cached):
                self._request(traced, ("tts", number), at, cached=cached)
            case FinalTranscript(turn=number):
                self._request(traced, ("stt", number), at)
            case ReplyEnded(ask=number) | Extracted(ask=number) | Interpreted(ask=number):
                self._request(traced, ("llm", number), at)
            case TranscriberFailed(turn=number, reason=reason):
                self._request(traced, ("stt", number), at, failed=reason)
            case ResponderFailed(ask=number, reason=reason):
                self._request(traced, ("llm", number), at, failed=reason)
            case SynthesizerFailed(play=number, reason=reason):
                self._request(traced, ("tts", number), at, failed=reason)
            case ProviderReported(service=service, event=event, detail=detail):
                traced.span.add_event(f"{service} {event}", {"detail": detail}, traced.at(at))
            case _:
                pass

    def _request(
        self, traced: _Traced, request: _Request, at: Millis, *, cached: bool = False, failed: str = ""
    ) -> None:
        does, began = traced.open.pop(request, ("", 0))
        if not does:  # answered before, or asked in another process
            return
        span = self._tracer.start_span(
            f"{request[0]} {does}",
            trace.set_span_in_context(traced.span),
            start_time=traced.at(began),
            attributes={"dialai.service": request[0], "dialai.cached": cached},
        )
        if failed:
            span.set_status(Status(StatusCode.ERROR, failed))
        span.end(traced.at(at))

    def _turn(self, traced: _Traced, turn: TurnTaken) -> None:
        stages = {f"dialai.ms.{stage}": ms for stage, ms in turn.latency_ms.items()}
        span = self._tracer.start_span(
            "turn",
            trace.set_span_in_context(traced.span),
            start_time=traced.at(turn.asked_at),
            attributes={
                "dialai.step": turn.step,
                "dialai.kind": turn.kind,
                "dialai.source": turn.source,
                "dialai.outcome": turn.outcome,
                "dialai.barged_in": turn.barged_in,
                **stages,
            },
        )
        span.end(traced.at(turn.answered_at + turn.latency_ms.get("first_audio", 0)))
