"""A server whose engines are AWS, with the local double as its AWS: what calls by the real clients need."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.adapters.offline.espeak import EspeakSynthesizer
from app.domain.speech import Utterance
from app.simulator.caller import Caller
from app.simulator.exchange import Exchange, Voice
from app.simulator.network import TelephoneNetwork
from app.simulator.phone import CallOverError
from app.simulator.script import Script
from tests.doubles.aws import AwsDouble
from tests.doubles.aws.parts import all_parts
from tests.doubles.aws.transcribe_h2 import TranscribeHttp2
from tests.doubles.aws.transcribe_ws import TranscribeWebSocket
from tests.e2e.town import Server, Told, town

QUIET_MS = 800
"""Longer than a voice pauses between two sentences."""

MOST_PROMPTS = 12
"""So often a caller answers; a bot that asks on goes in circles."""


@asynccontextmanager
async def cloud(phrases: Iterable[str] = (), vocabularies: Iterable[str] = ()) -> AsyncIterator[AwsDouble]:
    """Run the double; it knows these phrases, numbers up to a hundred, and these custom vocabularies."""
    parts = all_parts(phrases)
    for part in parts:
        assert isinstance(part, TranscribeWebSocket | TranscribeHttp2)
        part.ears.vocabularies = frozenset(vocabularies)
    async with AwsDouble(parts=parts) as double:
        yield double


@asynccontextmanager
async def cloud_town(
    folder: Path, double: AwsDouble, flows: Mapping[str, str], voice: Voice, *, transport: str = "websocket"
) -> AsyncIterator[tuple[Server, TelephoneNetwork]]:
    """Run a server with these flows, by name, that hears, thinks and speaks by the double."""
    shelf = folder / "flows"
    shelf.mkdir(parents=True)
    for name, text in flows.items():
        (shelf / f"{name}.yaml").write_text(text)
    engines = dict.fromkeys(("DIALAI_STT", "DIALAI_LLM", "DIALAI_TTS"), "aws")
    async with town(folder, engines | double.environment(transport), voice=voice) as running:
        yield running


@asynccontextmanager
async def voices() -> AsyncIterator[Voice]:
    """Give the callers a voice."""
    synthesizer = EspeakSynthesizer()

    async def voice(text: str, locale: str) -> bytes:
        return b"".join([piece async for piece in synthesizer.synthesize(Utterance(text, locale))])

    try:
        yield voice
    finally:
        await synthesizer.aclose()


class Persistent(Caller):
    """Answers each prompt with the next of the script's steps, and with the last of them from then on.

    A prompt is over for them after `quiet_ms` of silence.
    """

    def __init__(
        self, call: Exchange, script: Script, voice: Voice | None = None, *, quiet_ms: int = QUIET_MS
    ) -> None:
        super().__init__(call, script, voice)
        self._phone = call.phone
        self._quiet_ms = quiet_ms

    async def act(self) -> None:
        """Answer until the call is over."""
        steps = self._script.steps
        try:
            for number in range(MOST_PROMPTS):
                if not await self.wait_prompt(self._quiet_ms):
                    break
                await self._perform(steps[min(number, len(steps) - 1)])
            self._phone.report.failure = "the bot neither came to an end nor asked"
            self.hang_up("caller_gave_up")
        except CallOverError:
            return


def reports(server: Server, told: Told, service: str) -> list[str]:
    """Return what a call's journal holds of a service's trouble, each as `event: detail`."""
    rows = server.rows(
        "select data from call_event where call = ? and kind = 'ProviderReported'", told.record["id"]
    )
    facts = [json.loads(data)["fact"] for (data,) in rows]
    return [
        f"{fact['event']}: {fact.get('detail', '')}"
        for fact in facts
        if fact["service"] == service and fact["event"] not in {"served", "used"}
    ]


async def together(*calls: Any) -> list[Any]:
    """Await all, in their order."""
    return list(await asyncio.gather(*calls))
