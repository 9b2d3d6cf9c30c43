"""A call as a trace, sent to a collector over HTTP: times and kinds, and no word of a caller."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.adapters.telemetry.spans import CallSpans
from app.domain.call import CallId, Disposition
from app.domain.speech import Prompt, Utterance
from app.engine.actions import CallEnded, Play, Record
from app.engine.events import DigitPressed, LegAnswered, PromptStarted, ProviderReported, SynthesizerFailed
from tests.adapters.telemetry.test_histograms import TURN

CALL = CallId("call-1")
WALL_NS = 1_700_000_000_000_000_000
MS = 1_000_000
SAID = Prompt((Utterance("secret words", "en-US"),))


class Collector:
    """Takes OTLP over HTTP, as a collector does."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1/traces"

    @property
    def spans(self) -> list[Any]:
        found = []
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                found += [span for scope in resource.scope_spans for span in scope.spans]
        return found

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.stop()


def hold_a_call(spans: CallSpans) -> None:
    spans(CALL, 100, LegAnswered(), (Play(1, SAID),))
    spans(CALL, 400, PromptStarted(1, cached=False), ())
    spans(CALL, 450, ProviderReported("tts", "retried", "polly us-east-1"), (Play(2, SAID),))
    spans(CALL, 900, SynthesizerFailed(2, "timeout"), ())
    spans(CALL, 3_000, DigitPressed("1"), (Record(1, TURN),))
    spans(CALL, 5_000, DigitPressed("2"), (Record(2, CallEnded(Disposition.COMPLETED, "flow")),))


def test_a_call_arrives_as_one_trace_with_its_turns_and_requests(collector: Collector) -> None:
    spans = CallSpans(OTLPSpanExporter(endpoint=collector.url), lambda _: "clinic", lambda: WALL_NS)
    hold_a_call(spans)
    spans.close()
    found = {span.name: span for span in collector.spans}
    call = found["call"]
    zero = WALL_NS - 100 * MS
    assert {span.trace_id for span in collector.spans} == {call.trace_id}
    assert (call.start_time_unix_nano, call.end_time_unix_nano) == (zero, zero + 5_000 * MS)
    assert [event.name for event in call.events] == ["tts retried"]
    turn = found["turn"]
    assert turn.parent_span_id == call.span_id
    assert (turn.start_time_unix_nano, turn.end_time_unix_nano) == (zero, zero + 3_000 * MS)
    requests = [span for span in collector.spans if span.name == "tts synthesize"]
    assert [(one.end_time_unix_nano - one.start_time_unix_nano) // MS for one in requests] == [300, 450]
    assert [one.status.message for one in requests] == ["", "timeout"]
    attributes = {pair.key: pair.value for pair in (*call.attributes, *turn.attributes)}
    assert attributes["dialai.flow"].string_value == "clinic"
    assert attributes["dialai.disposition"].string_value == "completed"
    assert attributes["dialai.ms.total"].int_value == 640


def test_no_word_of_a_caller_leaves_in_a_trace(collector: Collector) -> None:
    spans = CallSpans(OTLPSpanExporter(endpoint=collector.url), lambda _: "clinic", lambda: WALL_NS)
    hold_a_call(spans)
    spans.close()
    assert collector.bodies
    assert not any(b"secret" in body for body in collector.bodies)


def test_a_call_that_is_not_known_is_no_trouble(collector: Collector) -> None:
    spans = CallSpans(OTLPSpanExporter(endpoint=collector.url), lambda _: "", lambda: WALL_NS)
    spans(CALL, 5_000, DigitPressed("2"), (Record(2, CallEnded(Disposition.COMPLETED, "flow")),))
    hold_a_call(spans)
    spans(CALL, 5_100, PromptStarted(1, cached=True), ())
    spans.close()
    assert len([span for span in collector.spans if span.name == "call"]) == 1
