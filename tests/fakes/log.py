"""A call log in memory that keeps the port's promises: order, fencing, one end; and fails on demand."""

from app.session.ports import LogError, StaleEpoch, StoredCall


class FakeLog:
    def __init__(self, clock=None, *, commit_ms=0) -> None:
        self.clock = clock
        self.commit_ms = commit_ms
        self.calls: dict[str, dict] = {}
        self.by_sid: dict[str, str] = {}
        self.failing = False
        self.commits: list[int] = []
        self.recordings: list[tuple] = []
        self.last_epoch: dict[str, int] = {}

    async def open(self, info, flow) -> None:
        if self.failing:
            raise LogError("the disk is full")
        assert info.id not in self.calls, "a call is created once"
        self.calls[info.id] = {
            "info": info, "flow": flow, "epoch": 0, "resumes": 0,
            "disposition": None, "cause": "", "lines": [], "ends": 0,
        }  # fmt: skip
        self.by_sid[info.carrier_sid] = info.id

    def append(self, call, *, epoch, seq, at, fact, orders, sensitive) -> None:
        row = self.calls.get(call)
        self.last_epoch[call] = epoch
        if row is None or row["epoch"] != epoch:
            return
        lines = row["lines"]
        assert seq == len(lines) + 1, f"journal numbers have no gaps: {seq} after {len(lines)}"
        assert not lines or at >= lines[-1][0], "time never goes back"
        lines.append((at, fact, tuple(orders), sensitive, epoch))

    async def commit(self, call) -> None:
        # As in the real log: who appended last is whose lines are meant.
        written = self.last_epoch[call]
        if self.clock and self.commit_ms:
            await self.clock.wait(self.commit_ms)
        if self.failing:
            raise LogError("the disk is full")
        if self.calls[call].get("stale") or written != self.calls[call]["epoch"]:
            raise StaleEpoch("owned by another")
        self.commits.append(self.clock.now() if self.clock else 0)

    async def claim(self, carrier_sid, epoch) -> bool:
        row = self.calls[self.by_sid[carrier_sid]]
        if row["epoch"] != epoch:
            return False
        row["epoch"] += 1
        row["resumes"] += 1
        return True

    async def load(self, carrier_sid):
        if carrier_sid not in self.by_sid:
            return None
        row = self.calls[self.by_sid[carrier_sid]]
        return StoredCall(
            row["info"], row["epoch"], row["resumes"], row["disposition"],
            row["flow"].source, row["flow"].sha256, tuple((at, fact) for at, fact, *_ in row["lines"]),
        )  # fmt: skip

    async def unfinished(self):
        return [row["info"].carrier_sid for row in self.calls.values() if row["disposition"] is None]

    async def add_recording(self, call, path, *, kind="call", slot=""):
        self.recordings.append((call, path, kind, slot))

    async def finish(self, call, epoch, disposition, cause) -> None:
        if self.failing:
            raise LogError("the disk is full")
        row = self.calls[call]
        if row["epoch"] != epoch:
            raise StaleEpoch("owned by another")
        row["ends"] += 1
        if row["disposition"] is None:
            row["disposition"], row["cause"] = disposition, cause

    def facts(self, call):
        return [fact for _, fact, *_ in self.calls[call]["lines"]]
