import asyncio

import pytest
from aiobotocore.config import AioConfig
from aiohttp import ClientPayloadError, SocketTimeoutError
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    EventStreamError,
    ReadTimeoutError,
)

from tests.doubles.aws import AwsDouble, Ending, Request, Service
from tests.doubles.aws.script import (
    AbortBeforeHeaders,
    AudioTimeout,
    BodyDrop,
    CleanEndWithoutMessageStop,
    Fault,
    Fin,
    GoAway,
    Hang,
    HttpError,
    InStreamException,
    Rst,
    Script,
    Scripts,
    Stall,
)
from tests.doubles.clients import LLAMA, client, said

SPEECH = {
    "OutputFormat": "mulaw",
    "SampleRate": "8000",
    "VoiceId": "Joanna",
    "Engine": "neural",
    "Text": "Good morning, this is a sentence of some length.",
}
LEFT = (ClientPayloadError, SocketTimeoutError, EndpointConnectionError, ReadTimeoutError)
IMPATIENT = AioConfig(read_timeout=0.2, retries={"total_max_attempts": 1})


class Talk:
    """One streamed conversation under a script, and what the client made of it."""

    def __init__(self, fault: Fault, **options) -> None:
        self.script = Script(fault)
        self.options = options
        self.events: list[str] = []
        self.error: Exception | None = None

    async def held(self) -> Request:
        """Return the request as the double saw it, once it is over."""
        async with AwsDouble() as double, client(double, "bedrock-runtime", **self.options) as c:
            double.scripts.always(Service.BEDROCK, self.script)
            try:
                answer = await c.converse_stream(modelId=LLAMA, messages=said("hello"))
                try:
                    async for event in answer["stream"]:
                        self.events += event
                finally:
                    # After a read timeout aiohttp keeps the connection: only this leaves.
                    answer["stream"].close()
            except (*LEFT, ClientError, EventStreamError) as error:
                self.error = error
            request = await double.next(Service.BEDROCK)
            await request.over()
            return request

    @property
    def deltas(self) -> int:
        return self.events.count("contentBlockDelta")


@pytest.mark.parametrize("fault", [Fin(after=2), Rst(after=2)])
def test_a_connection_cut_in_the_middle_reaches_the_client_raw(fault):
    talk = Talk(fault)
    request = asyncio.run(talk.held())
    assert isinstance(talk.error, ClientPayloadError)
    assert talk.deltas <= 2
    assert request.ending is Ending.CUT
    assert request.pieces == 2


def test_a_clean_end_without_message_stop_raises_nothing():
    talk = Talk(CleanEndWithoutMessageStop(after=2))
    request = asyncio.run(talk.held())
    assert talk.error is None
    assert talk.events == ["messageStart", "contentBlockDelta", "contentBlockDelta"]
    assert request.ending is Ending.CUT


def test_a_clean_end_may_come_after_all_words_too():
    talk = Talk(CleanEndWithoutMessageStop())
    request = asyncio.run(talk.held())
    assert talk.deltas == request.pieces > 5
    assert "messageStop" not in talk.events


@pytest.mark.parametrize("after", [0, 3, 10_000])
def test_an_exception_in_the_stream_has_a_lower_camel_code(after):
    talk = Talk(InStreamException("throttlingException", "Too many tokens.", after))
    request = asyncio.run(talk.held())
    assert isinstance(talk.error, EventStreamError)
    assert talk.error.response["Error"] == {"Code": "throttlingException", "Message": "Too many tokens."}
    assert talk.deltas == request.pieces == min(after, request.pieces)
    assert request.ending is Ending.EXCEPTION


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "ValidationException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (408, "ModelTimeoutException"),
        (424, "ModelErrorException"),
        (429, "ThrottlingException"),
        (429, "ModelNotReadyException"),
        (500, "InternalServerException"),
        (503, "ServiceUnavailableException"),
    ],
)
def test_an_http_error_has_its_status_and_its_type(status, kind):
    talk = Talk(HttpError(status, kind, "Why."))
    request = asyncio.run(talk.held())
    assert isinstance(talk.error, ClientError)
    assert talk.error.response["Error"] == {"Code": kind, "Message": "Why."}
    assert talk.error.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert request.ending is Ending.REFUSED
    assert request.error == kind


def test_a_reset_before_the_headers_looks_like_no_connection_at_all():
    talk = Talk(AbortBeforeHeaders())
    request = asyncio.run(talk.held())
    assert isinstance(talk.error, EndpointConnectionError)
    assert request.ending is Ending.CUT


def test_a_stream_that_stalls_is_left_by_the_client_after_its_read_timeout():
    talk = Talk(Stall(after=2), config=IMPATIENT)
    request = asyncio.run(talk.held())
    assert isinstance(talk.error, SocketTimeoutError)
    assert talk.deltas == 2
    assert request.ending is Ending.CLIENT_GONE


def test_a_service_that_hangs_is_left_by_the_client_after_its_read_timeout():
    talk = Talk(Hang(), config=IMPATIENT)
    request = asyncio.run(talk.held())
    assert isinstance(talk.error, ReadTimeoutError)
    assert request.ending is Ending.CLIENT_GONE


def test_the_clients_own_retry_meets_the_next_script():
    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime", attempts=2) as c:
            double.scripts.once(Service.BEDROCK, Script(HttpError(503, "ServiceUnavailableException")))
            answer = await c.converse(modelId=LLAMA, messages=said("hello"))
            assert answer["stopReason"] == "end_turn"
            endings = [request.ending for request in double.requests]
            assert endings == [Ending.REFUSED, Ending.COMPLETE]

    asyncio.run(run())


def test_the_first_token_and_the_next_come_no_sooner_than_scripted():
    async def run():
        async with AwsDouble() as double, client(double, "bedrock-runtime") as c:
            double.scripts.always(Service.BEDROCK, Script(first_ms=60, between_ms=4))
            answer = await c.converse_stream(modelId=LLAMA, messages=said("hello"))
            async for _ in answer["stream"]:
                pass
            (request,) = double.requests
            assert request.first_piece_at - request.arrived >= 0.060
            assert request.ended_at - request.arrived >= 0.060 + 0.004 * (request.pieces - 1)

    asyncio.run(run())


async def _hear(double: AwsDouble, **options) -> bytes:
    async with client(double, "polly", **options) as c:
        answer = await c.synthesize_speech(**SPEECH)
        try:
            return await answer["AudioStream"].read()
        finally:
            answer["AudioStream"].close()


@pytest.mark.parametrize("after", [1, 10_000])
def test_a_body_that_drops_short_of_its_length_is_noticed(after):
    async def run():
        async with AwsDouble() as double:
            double.scripts.once(Service.POLLY, Script(BodyDrop(after)))
            with pytest.raises(ClientPayloadError):
                await _hear(double)
            request = await double.next(Service.POLLY)
            assert request.ending is Ending.CUT
            assert request.pieces >= 1
            assert len(await _hear(double)) > 8_000

    asyncio.run(run())


@pytest.mark.parametrize("fault", [Fin(after=1), Rst(after=1)])
def test_speech_that_is_cut_short_is_noticed(fault):
    async def run():
        async with AwsDouble() as double:
            double.scripts.once(Service.POLLY, Script(fault))
            with pytest.raises(ClientPayloadError):
                await _hear(double)

    asyncio.run(run())


def test_a_listener_who_leaves_in_the_middle_of_speech_is_seen():
    async def run():
        async with AwsDouble() as double, client(double, "polly") as c:
            double.scripts.once(Service.POLLY, Script(Stall(after=2)))
            answer = await c.synthesize_speech(**SPEECH)
            request = await double.next(Service.POLLY)
            await request.has_sent(2)
            answer["AudioStream"].close()
            await request.client_gone()
            assert request.pieces == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        (Service.BEDROCK, GoAway()),
        (Service.BEDROCK, BodyDrop()),
        (Service.POLLY, InStreamException("x")),
        (Service.POLLY, AudioTimeout()),
        (Service.TRANSCRIBE, CleanEndWithoutMessageStop()),
        (Service.STS, GoAway()),
    ],
)
def test_a_fault_that_a_service_never_has_is_refused(service, fault):
    with pytest.raises(ValueError, match="never happens"):
        Scripts().always(service, Script(fault))


def test_scripts_are_dealt_in_their_order():
    one, two, third, rest = (Script(first_ms=n) for n in (1, 2, 3, 4))
    scripts = Scripts()
    scripts.always(Service.POLLY, Script(first_ms=99))
    scripts.always(Service.POLLY, rest, where=lambda request: request.operation == "SynthesizeSpeech")
    scripts.once(Service.POLLY, one, two)
    scripts.nth(Service.POLLY, 3, third)

    async def run():
        request = Request(Service.POLLY, "SynthesizeSpeech", {})
        assert [scripts.take(request) for _ in range(4)] == [one, two, third, rest]
        assert scripts.take(Request(Service.POLLY, "DescribeVoices", {})) == Script(first_ms=99)
        assert scripts.take(Request(Service.STS, "GetCallerIdentity", {})) == Script()
        scripts.once(Service.POLLY, one, where=lambda request: request.operation == "DescribeVoices")
        assert scripts.take(request) == rest
        scripts.clear()
        assert scripts.take(request) == Script()

    asyncio.run(run())
