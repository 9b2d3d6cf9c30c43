"""Acts a script out on a phone; hears only sound and marks, never the server's mind."""

import asyncio
from collections.abc import Sequence

from app.simulator.exchange import Exchange, Voice
from app.simulator.phone import CallOverError
from app.simulator.report import Act
from app.simulator.script import (
    DropSocket,
    HangUp,
    Noise,
    Press,
    Say,
    Script,
    Silent,
    Step,
    WaitPrompt,
)
from app.simulator.sounds import spoken_tone, white_noise

IGNORED_MS = 1_000
"""A prompt still heard this long after the caller's act was not interrupted by it."""

_DEEDS = (Say, Press, HangUp, DropSocket)
"""Steps that must have been done; waiting and silence may be cut short by the end of the call."""


class Caller:
    """A person on the phone. Each act returns when done and raises CallOverError when the call ends first."""

    def __init__(self, call: Exchange, script: Script, voice: Voice | None = None) -> None:
        self._call = call
        self._phone = call.phone
        self._script = script
        self._voice = voice
        self._clips: dict[str, bytes] = {}
        self._since_ms = 0
        """What arrived from then on is an answer to the caller's last act."""

    async def prepare(self) -> None:
        """Have everything spoken beforehand, so that no step waits for a voice."""
        for step in self._script.steps:
            if isinstance(step, Say):
                await self._clip(step.text)

    async def act(self) -> None:
        """Do the whole script, then wait for the end of the call; hang up when patience ends."""
        steps = self._script.steps
        try:
            for number, step in enumerate(steps):
                self._phone.report.steps_left = self._owed(steps[number:])
                if not await self._perform(step):
                    self._phone.report.failure = self._phone.report.failure or (
                        f"step {number + 1}: the bot said nothing to the end within {step.within_ms} ms"
                        if isinstance(step, WaitPrompt)
                        else f"step {number + 1}: there was nothing to interrupt"
                    )
                    self.hang_up("caller_gave_up")
                    return
            self._phone.report.steps_left = 0
            await self.silent(self._script.patience_ms)
            self._phone.report.failure = "the bot did not end the call"
            self.hang_up("caller_gave_up")
        except CallOverError:
            return

    def _owed(self, steps: Sequence[Step]) -> int:
        """Return how many deeds would be missed if the call were over now."""
        return 0 if self._script.may_end_early else sum(isinstance(step, _DEEDS) for step in steps)

    async def _perform(self, step: Step) -> bool:
        match step:
            case WaitPrompt():
                return await self.wait_prompt(step.quiet_ms, step.within_ms, step.mark)
            case Say(text, after):
                if after is not None and not await self.wait_speaking(after):
                    return False
                await self.say(text)
            case Press(keys, after, gap):
                if after is not None and not await self.wait_speaking(after):
                    return False
                await self.press(keys, gap)
            case Silent(milliseconds):
                await self.silent(milliseconds)
            case Noise(milliseconds, level):
                await self.noise(milliseconds, level)
            case HangUp():
                self._phone.report.steps_left = 0
                self.hang_up()
                raise CallOverError
            case DropSocket():
                self.drop_socket()
        return True

    async def wait_prompt(self, quiet_ms: int = 600, within_ms: int = 25_000, mark: str = "") -> bool:
        """Wait until the bot has answered and is silent for `quiet_ms`, or `mark` was played.

        False after `within_ms`.
        """
        phone, give_up = self._phone, self._phone.now_ms + within_ms
        while phone.now_ms < give_up:
            await phone.next_frame()
            if phone.stream is None:
                # On hold: what is said there asks nothing.
                self._since_ms = phone.now_ms
                continue
            if mark:
                if any(seen.name == mark and seen.fate == "played" for seen in phone.report.marks):
                    break
                continue
            now, heard = phone.playback.position_ms, phone.playback.last_heard
            if self._has_answered() and not phone.playback.is_playing and now - heard.at_ms >= quiet_ms:
                break
        else:
            return False
        self._since_ms = phone.now_ms
        return True

    def _has_answered(self) -> bool:
        heard = self._phone.playback.last_heard
        return heard.arrived_ms >= self._since_ms or heard.at_ms > self._since_ms + IGNORED_MS

    async def wait_speaking(self, for_ms: int, within_ms: int = 25_000) -> bool:
        """Wait until the bot's next words have been heard for `for_ms`; False after `within_ms`."""
        phone, give_up = self._phone, self._phone.now_ms + within_ms
        began: int | None = None
        while phone.now_ms < give_up:
            await phone.next_frame()
            if began is None and self._has_answered():
                began = phone.playback.last_heard.at_ms
            if began is not None and phone.playback.position_ms - began >= for_ms:
                return True
        return False

    async def say(self, text: str) -> Act:
        """Speak and return when the last of it is sent."""
        clip = await self._clip(text)
        act = self._phone.speak("say", text, clip)
        self._phone.happened("says", text)
        return await self._sent(act)

    async def noise(self, milliseconds: int, level: float = 0.1) -> None:
        """Make noise; what the bot says meanwhile still counts for the next wait."""
        self._phone.happened("noise", f"{milliseconds} ms")
        await self._sent(self._phone.speak("noise", "", white_noise(milliseconds, level, self._script.seed)))

    async def _sent(self, act: Act) -> Act:
        while self._phone.is_speaking:
            await self._phone.next_frame()
        if act.kind == "say":
            self._since_ms = act.ended_ms
        return act

    async def _clip(self, text: str) -> bytes:
        if text not in self._clips:
            voice = self._voice
            self._clips[text] = spoken_tone(text) if voice is None else await voice(text, self._script.locale)
        return self._clips[text]

    async def press(self, keys: str, gap_ms: int = 200) -> Act | None:
        """Press keys, `gap_ms` apart; return when the last one is sent."""
        act: Act | None = None
        self._phone.happened("presses", keys)
        for digit in keys:
            if act is not None:
                await self._pass(gap_ms)
            if self._phone.is_over:
                raise CallOverError
            act = await self._phone.press(digit, act)
            self._since_ms = act.ended_ms
        return act

    async def silent(self, milliseconds: int) -> None:
        """Do nothing; what the bot says meanwhile counts for the next wait."""
        await self._pass(milliseconds)

    async def _pass(self, milliseconds: int) -> None:
        until = self._phone.now_ms + milliseconds
        while self._phone.now_ms < until:
            await self._phone.next_frame()

    def hang_up(self, cause: str = "caller_hung_up") -> None:
        """Put the handset down."""
        self._call.end(cause)

    def drop_socket(self) -> None:
        """Break the media socket off, as a failing network does."""
        self._phone.happened("drops_socket")
        if self._phone.stream is not None:
            self._phone.stream.drop()


async def act_out(caller: Caller, call: Exchange, documents: asyncio.Task[None]) -> None:
    """Run the caller, the line and the documents of one call side by side until all have ended."""
    line = asyncio.create_task(call.phone.run())
    try:
        await caller.act()
        await documents
    finally:
        for task in (line, documents):
            task.cancel()
        await asyncio.gather(line, documents, return_exceptions=True)
