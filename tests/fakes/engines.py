"""Engines by script: prompts that are ready or slow or broken, and a recogniser that writes down its food."""

from app.session.ports import SynthesisError


class FakePrompts:
    """`ready_ms[text]` is how long a cached utterance lasts; slow ones stream [(after_ms, ms)]."""

    def __init__(self, clock, *, ready_ms=None, slow=None, broken=(), default_ms=1_000) -> None:
        self.clock = clock
        self.ready_ms = ready_ms or {}
        self.slow = slow or {}
        self.broken = set(broken)
        self.default_ms = default_ms
        self.streamed: list[tuple[int, str]] = []

    def ready(self, utterance):
        if utterance.text in self.slow or utterance.text in self.broken:
            return None
        return b"\x20" * (8 * self.ready_ms.get(utterance.text, self.default_ms))

    async def stream(self, utterance, report):
        self.streamed.append((self.clock.now(), utterance.text))
        for after_ms, ms in self.slow.get(utterance.text, ()):
            await self.clock.wait(after_ms)
            yield b"\x20" * (8 * ms)
        if utterance.text in self.broken:
            raise SynthesisError("the engine is gone")

    async def warm(self, utterances):
        return 0


class FakeTurn:
    def __init__(self, turn, hints, post) -> None:
        self.turn = turn
        self.hints = hints
        self.post = post
        self.fed: list[bytes] = []
        self.ends = 0
        self.is_closed = False

    def feed(self, pcm16: bytes) -> None:
        self.fed.append(pcm16)

    def speech_ended(self) -> None:
        self.ends += 1

    def close(self) -> None:
        self.is_closed = True


class FakeTranscriber:
    def __init__(self) -> None:
        self.turns: list[FakeTurn] = []
        self.error: Exception | None = None
        self.is_continuous = False
        self.post = None
        self.is_closed = False

    def join(self, expecting, post):
        self.post = post
        return self

    def open(self, turn, hints):
        if self.error:
            raise self.error
        self.turns.append(FakeTurn(turn, hints, self.post))
        return self.turns[-1]

    def close(self):
        self.is_closed = True


class FakeDetector:
    """Gives the edges that the test puts into `edges`, one for each frame that ends at such a time."""

    def __init__(self) -> None:
        self.edges: dict[int, object] = {}
        self.echo = None
        self.muted_until = -1
        self.heard_at: list[int] = []

    def feed(self, pcm16, at):
        self.heard_at.append(at)
        return self.edges.pop(at, None)

    def set_echo(self, level):
        self.echo = level

    def mute(self, until):
        self.muted_until = until
