"""A line that plays mu-law in real time on the virtual clock and echoes marks as Twilio does."""

from collections import deque


class FakeCarrier:
    """`log` holds (at, what) of everything that was ordered; marks come back to `on_mark` when played."""

    def __init__(self, clock, *, latency_ms=0, echoes_marks=True, transfers=True) -> None:
        self.clock = clock
        self.latency_ms = latency_ms
        self.echoes_marks = echoes_marks
        self.transfers = transfers
        self.on_mark = lambda name: None
        self.log: list[tuple[int, str]] = []
        self.sent = bytearray()
        self.messages: list[int] = []
        self.is_hung_up = False
        self.is_closed = False
        self._ends_at = 0
        self._timers: deque = deque()

    def send_audio(self, mulaw: bytes) -> None:
        assert mulaw
        now = self.clock.now()
        self.log.append((now, "audio"))
        self.messages.append(len(mulaw))
        self.sent += mulaw
        self._ends_at = max(now + self.latency_ms, self._ends_at) + len(mulaw) // 8

    def send_mark(self, name: str) -> None:
        self.log.append((self.clock.now(), f"mark {name}"))
        if self.echoes_marks:
            at = max(self.clock.now(), self._ends_at) + self.latency_ms
            self._timers.append((name, self.clock.call_at(at, lambda: self._echo(name))))

    def _echo(self, name: str) -> None:
        while self._timers and self._timers[0][0] != name:
            self._timers.popleft()
        if self._timers:
            self._timers.popleft()
            self.on_mark(name)

    def clear(self) -> None:
        now = self.clock.now()
        self.log.append((now, "clear"))
        self._ends_at = now
        flushed, self._timers = self._timers, deque()
        for name, timer in flushed:
            timer.cancel()
            self.clock.call_at(now + self.latency_ms, lambda name=name: self.on_mark(name))

    async def hang_up(self) -> None:
        self.log.append((self.clock.now(), "hang_up"))
        self.is_hung_up = self.is_closed = True

    async def close(self) -> None:
        self.log.append((self.clock.now(), "close"))
        self.is_closed = True

    async def transfer(self, to: str) -> bool:
        self.log.append((self.clock.now(), f"transfer {to}"))
        return self.transfers

    @property
    def ahead_ms(self) -> int:
        return max(0, self._ends_at - self.clock.now())

    def times_of(self, what: str) -> list[int]:
        return [at for at, entry in self.log if entry == what]
