"""A caller who listens: knows a question by how long it sounds, and answers that one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import pairwise

from app.adapters.offline.timed import TONE_MS_PER_CHARACTER
from app.domain.languages import DEFAULT
from app.flows.sentences import split_sentences
from app.simulator.caller import Caller
from app.simulator.exchange import Exchange, Voice
from app.simulator.line import FRAME_BYTES, FRAME_MS, SAMPLES_PER_MS, is_audible
from app.simulator.phone import CallOverError
from app.simulator.script import Script
from tests.e2e.flow import GOODBYE, KEYS, QUESTIONS

BREATH_FRAMES = 10
"""Silence that ends a sound: shorter holes are a busy machine's."""

PATIENCE_MS = 90_000
"""A server that is killed again while it comes back is waited for; silence is judged elsewhere."""

Deed = Callable[["Person", str], Awaitable[bool]]
"""What a person does at a question before answering it; False leaves the answering to the next time."""

_WELCOME_BACK = sum(map(len, split_sentences(DEFAULT.prompts.welcome_back)))
_ONCE = {len(text): name for name, text in QUESTIONS.items()} | {len(GOODBYE): "goodbye"}
_TEXTS = _ONCE | {_WELCOME_BACK + length: name for length, name in _ONCE.items()}


class Person(Caller):
    """Answers by keys whatever is asked, in whatever order, and notes what was asked."""

    def __init__(
        self,
        call: Exchange,
        script: Script,
        voice: Voice | None = None,
        *,
        keys: Mapping[str, str] = KEYS,
        deeds: Mapping[str, Deed] | None = None,
    ) -> None:
        super().__init__(call, script, voice)
        self.phone = call.phone
        self.asked: list[str] = []
        self.keys = dict(keys)
        self.finished = asyncio.Event()
        self._deeds = dict(deeds or {})

    async def act(self) -> None:
        """Answer until the call is over."""
        try:
            while await self.wait_prompt(quiet_ms=400, within_ms=PATIENCE_MS):
                name = self.heard()
                self.asked.append(name)
                deed = self._deeds.pop(name, None)
                if deed is not None and not await deed(self, name):
                    continue
                if name in self.keys:
                    await self.press(self.keys[name], 120)
            self.phone.report.failure = "the bot asked nothing more and did not end the call"
            self.hang_up("caller_gave_up")
        except CallOverError:
            return

    def heard(self) -> str:
        """Name the question that was just heard, by its length; a strange sound by its own."""
        # What the line itself said while there was no stream asks nothing.
        began_ms = [each.at_ms for each in self.phone.report.happenings if each.kind == "stream"][-1]
        sound = bytes(self.phone.playback.heard[began_ms * SAMPLES_PER_MS :])
        loud = [is_audible(sound[at : at + FRAME_BYTES]) for at in range(0, len(sound), FRAME_BYTES)]
        while loud and not loud[-1]:
            loud.pop()
        length = holes = 0
        for frame in reversed(loud):
            holes = 0 if frame else holes + 1
            if holes == BREATH_FRAMES:
                break
            length += 1
        milliseconds = (length - (holes if holes < BREATH_FRAMES else BREATH_FRAMES - 1)) * FRAME_MS
        characters = round(milliseconds / TONE_MS_PER_CHARACTER)
        for near in (0, -1, 1):
            if characters + near in _TEXTS:
                return _TEXTS[characters + near]
        return f"a sound of {milliseconds} ms"

    async def answered(self) -> None:
        """Return at the bot's first sound after the last key."""
        await self.wait_speaking(0)

    async def reconnected(self) -> None:
        """Return when the line has another stream than now."""
        streams = self.phone.report.streams
        while self.phone.report.streams == streams:
            await self.phone.next_frame()
        self._since_ms = self.phone.now_ms


def tell_apart() -> None:
    """Hold the questions' lengths far enough apart."""
    lengths = sorted(_TEXTS)
    assert all(after - before > 2 for before, after in pairwise(lengths)), lengths


tell_apart()


class Barrier:
    """Holds several people at one point until all are there, then lets them go together."""

    def __init__(self, people: int) -> None:
        self._missing = people
        self.complete = asyncio.Event()

    async def wait(self) -> None:
        """Return when everybody is here."""
        self._missing -= 1
        if self._missing <= 0:
            self.complete.set()
        await self.complete.wait()
