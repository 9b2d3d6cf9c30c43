"""One session on fakes, and the words its tests are told in."""

from app.domain.call import CallInfo, Direction
from app.domain.speech import Prompt, Utterance
from app.session.actor import CallSession
from app.session.ledger import Ledger
from tests.fakes.call import ScriptedCall
from tests.fakes.carrier import FakeCarrier
from tests.fakes.engines import FakeDetector, FakePrompts, FakeTranscriber
from tests.fakes.log import FakeLog

FRAME = b"\xff" * 160


def prompt(*texts, sensitive=False):
    return Prompt(tuple(Utterance(text, "en-US", sensitive=sensitive) for text in texts))


def info(call_id="c1", sid="CA1"):
    return CallInfo(call_id, sid, "welcome", "1", Direction.INBOUND, "+15550001", "+15550002")


class Rig:
    """`call`, `carrier`, `prompts`, `log`, `transcriber`, `detector` and the `session` between them."""

    def __init__(
        self, clock, rules=None, *, call_id="c1", prompts=None, log=None, carrier=None, ledger=None, **session
    ):
        self.clock = clock
        self.call = ScriptedCall(rules)
        self.carrier = carrier or FakeCarrier(clock)
        self.prompts = prompts or FakePrompts(clock)
        self.log = log or FakeLog(clock)
        self.transcriber = FakeTranscriber()
        self.detector = FakeDetector()
        self.info = info(call_id, f"CA-{call_id}")
        self.log.calls[call_id] = {
            "info": self.info, "flow": None, "epoch": 0, "resumes": 0,
            "disposition": None, "cause": "", "lines": [], "ends": 0,
        }  # fmt: skip
        self.log.by_sid[self.info.carrier_sid] = call_id
        self.ledger = Ledger(self.call, self.info, self.log, clock, **(ledger or {}))
        self.session = CallSession(
            self.ledger,
            self.carrier,
            self.transcriber,
            self.prompts,
            clock,
            detector=self.detector,
            **session,
        )
        self.carrier.on_mark = self.session.mark

    def frames(self, count, start=0):
        """Send so many 20 ms frames at once, as after a stall."""
        for n in range(count):
            self.session.audio(FRAME, start + 20 * n)

    async def line(self, ms, start=0):
        """Send 20 ms frames in real time for so long; return the next frame's timestamp."""
        for stamp in range(start, start + ms, 20):
            await self.clock.wait(20)
            self.session.audio(FRAME, stamp)
        return start + ms
