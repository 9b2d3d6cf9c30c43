"""A presigned address opens a stream for whoever reads it: no fault logs it or the key's id."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.adapters.aws.transcribe import make_transcriber, make_transport
from app.adapters.aws.transcribe_wire import Setup, TranscribeError
from app.adapters.logs import configure_logging
from app.commands.doctor_findings import Check, Finding, Mark, examine
from app.engine.events import TranscriberFailed
from tests.adapters.aws.hearing_rig import ENGLISH, HandClock

KEY_ID, SECRET, TOKEN = "AKIASECRETKEYID", "wJalr-secret", "session-token"
BAD_HOSTS = ["us-east-1#x", "[x", "a" * 70]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    out = io.StringIO()
    configure_logging(json=True, debug=True, stream=out)
    yield out
    structlog.reset_defaults()
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)


async def keys() -> tuple[str, str, str]:
    return KEY_ID, SECRET, TOKEN


def is_clean(text: str) -> bool:
    return not any(told in text for told in (KEY_ID, SECRET, TOKEN, "X-Amz-", "Signature"))


@pytest.mark.parametrize(
    ("transport", "region"), [*(("websocket", region) for region in BAD_HOSTS), ("http2", "[x")]
)
def test_a_host_that_cannot_be_is_an_error_without_the_address(transport: str, region: str) -> None:
    async def main() -> TranscribeError:
        with pytest.raises(TranscribeError) as failed:
            await make_transport(transport, region, keys).open(Setup("en-US"))
        return failed.value

    error = asyncio.run(main())
    assert is_clean(str(error))
    assert error.__suppress_context__ or is_clean(repr(error.__cause__))


@pytest.mark.parametrize("region", BAD_HOSTS)
def test_no_log_line_of_a_call_holds_the_key_or_the_signature(log: io.StringIO, region: str) -> None:
    async def main() -> list[object]:
        told: list[object] = []
        given_up = asyncio.Event()

        def post(fact: object) -> None:
            told.append(fact)
            if isinstance(fact, TranscriberFailed):
                given_up.set()

        engine = make_transcriber(region=region, keys=keys, clock=HandClock(), transport="websocket")
        engine.join(ENGLISH, post).open(1, ENGLISH)
        await given_up.wait()
        await engine.aclose()
        return told

    told = asyncio.run(main())
    assert is_clean(log.getvalue())
    assert is_clean(repr(told))
    assert "transcriber_given_up" in {json.loads(line)["event"] for line in log.getvalue().splitlines()}


def test_a_fault_of_the_program_is_logged_by_its_name_and_place_alone(log: io.StringIO) -> None:
    class Broken:
        async def open(self, setup: Setup) -> object:
            return self

        async def receive(self) -> object:
            raise RuntimeError(f"wss://host/?X-Amz-Credential={KEY_ID}") from ValueError(SECRET)

        async def send(self, pcm16: bytes) -> None:
            await asyncio.Event().wait()

        def abort(self) -> None:
            pass

    async def main() -> None:
        from app.adapters.aws.transcribe import AwsTranscriber  # noqa: PLC0415

        failed = asyncio.Event()
        engine = AwsTranscriber(Broken(), HandClock())
        engine.join(ENGLISH, lambda fact: failed.set()).open(1, ENGLISH)
        await failed.wait()
        await engine.aclose()

    asyncio.run(main())
    assert is_clean(log.getvalue())
    broke = next(
        line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == "transcriber_broke"
    )
    assert broke["error"] == "RuntimeError"
    assert "test_transcribe_secrets.py:" in broke["at"]


def test_a_check_of_the_doctor_that_breaks_quotes_nothing() -> None:
    async def breaks() -> Finding:
        raise ValueError(f"wss://host/?X-Amz-Credential={KEY_ID}&X-Amz-Signature=ab")

    async def main() -> Finding:
        return [finding async for _, finding in examine([Check("Transcribe", breaks)])].pop()

    finding = asyncio.run(main())
    assert finding.mark is Mark.FAILED
    assert is_clean(f"{finding.says} {finding.todo}")
    assert "ValueError" in finding.says
