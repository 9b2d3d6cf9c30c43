"""Lets histograms and, where somebody collects them, traces watch the calls."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from app.adapters.telemetry.histograms import CallHistograms
from app.domain.call import CallId
from app.main import Unusable
from app.session.clock import utc_now
from app.session.desk import CallDesk
from app.settings import Settings

_REMEMBERED = 10_000
"""Calls whose flow is known without asking the desk, which forgets a call at its end."""

_STANDARD = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """`render` gives the histograms in Prometheus' text form; `close` sends what traces wait, and blocks."""

    render: Callable[[], str]
    closing: list[Callable[[], None]] = field(default_factory=list)

    def close(self) -> None:
        """Let go."""
        for close in self.closing:
            close()


def open_telemetry(settings: Settings, desk: CallDesk) -> Telemetry:
    """Watch the desk's calls. Raises Unusable when traces are wanted and nothing can make them."""
    flows: dict[CallId, str] = {}

    def flow_of(call: CallId) -> str:
        if call not in flows and (held := desk.held(call)) is not None:
            flows[call] = held.info.flow
            if len(flows) > _REMEMBERED:
                del flows[next(iter(flows))]
        return flows.get(call, "")

    histograms = CallHistograms(flow_of)
    desk.watch(histograms)
    telemetry = Telemetry(histograms.render)
    if settings.otel_endpoint or any(os.environ.get(name) for name in _STANDARD):
        telemetry.closing.append(_trace(settings.otel_endpoint, desk, flow_of))
    return telemetry


def _trace(endpoint: str, desk: CallDesk, flow_of: Callable[[CallId], str]) -> Callable[[], None]:
    try:
        # A third of a second to import: only who wants traces pays.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        from app.adapters.telemetry.spans import CallSpans  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise Unusable(f"traces need a library: pip install 'dialai[otel]' ({error})") from None
    exporter = (
        OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces") if endpoint else OTLPSpanExporter()
    )
    spans = CallSpans(exporter, flow_of, lambda: int(utc_now().timestamp() * 1_000_000_000))
    desk.watch(spans)
    return spans.close
