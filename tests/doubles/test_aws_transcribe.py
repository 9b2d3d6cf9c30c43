"""The double's Transcribe takes only what the service takes, and tells how it ended."""

import pytest

from app.adapters.aws.transcribe_wire import Setup, TranscribeError
from tests.adapters.aws.hearing_rig import ENGLISH, on_stage, sound
from tests.doubles.aws import Ending

both = pytest.mark.parametrize("transport", ["websocket", "http2"])


@both
def test_an_event_longer_than_a_second_is_refused(transport):
    async def play(stage):
        stream = await stage.transport_of().open(Setup("en-US"))
        await stream.send(sound(1_001))
        with pytest.raises(TranscribeError, match="BadRequestException"):
            await stream.receive()
        stream.abort()
        assert await (await stage.session()).over() is Ending.EXCEPTION

    on_stage(transport, play)


@both
def test_an_empty_event_ends_a_stream_properly(transport):
    async def play(stage):
        stream = await stage.transport_of().open(Setup("en-US"))
        await stream.send(sound(200))
        if transport == "http2":
            await stream._opened.input_stream.end_stream()
        else:
            await stream.send(b"")
        assert await (await stage.session()).over() is Ending.COMPLETE
        with pytest.raises(TranscribeError):
            await stream.receive()
        stream.abort()

    on_stage(transport, play)


def test_a_chunk_outside_the_chain_of_signatures_ends_the_stream():
    async def play(stage):
        stream = await stage.transport_of().open(Setup("en-US"))
        await stream.send(sound(100))
        session = await stage.session()
        await session.heard(100)
        stream._opened.input_stream._prior_signature = bytes(32)
        await stream.send(sound(100))
        with pytest.raises(TranscribeError, match="BadRequestException"):
            await stream.receive()
        stream.abort()
        assert (session.heard_ms, session.chunks_proven) == (100, 1)

    on_stage("http2", play)


@both
def test_what_is_awaited_in_vain_is_said(transport):
    async def play(stage):
        call = stage.join()
        call.open(1, ENGLISH).feed(sound(100))
        session = await stage.session()
        await session.heard(100)
        call.close()
        await session.client_gone()
        with pytest.raises(AssertionError, match="never 200"):
            await session.heard(200)

    on_stage(transport, play)
