"""Builds the house: reads the settings, makes the adapters and hands them down; decides nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog

from app.adapters.flow_folder import Changes, FlowFolder
from app.adapters.logs import CanonicalLines, configure_logging
from app.adapters.prompts.cache import PromptCache
from app.adapters.store.access import AsyncAccess
from app.adapters.store.analytics import Analyst
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.log import SqlCallLog
from app.adapters.twilio.rest import TwilioCalls
from app.domain.call import CallId, CallInfo
from app.domain.rates import groups_with
from app.flows.fixed import fixed_utterances
from app.flows.model import Flow
from app.main import Unusable
from app.main.carrier import make_carrier, make_dialer
from app.main.collector import Collector
from app.main.engines import Engines, make_engines
from app.main.gauges import call_gauges, process_gauges, work_gauges
from app.main.misspelt import misspelt
from app.main.outside import Outside, make_outside
from app.main.records import open_access, open_analyst, open_log, open_reader
from app.main.telemetry import Telemetry, open_telemetry
from app.main.vitals import Observer
from app.media.endpointing import Endpointer
from app.session.clock import SystemClock
from app.session.desk import CallDesk
from app.session.pools import Pool
from app.session.ports import Clock
from app.session.pulse import LoopPulse
from app.session.recorder import AudioShelf
from app.settings import Settings
from app.web.app import Asgi, build_app
from app.web.doors import Doors
from app.web.live import LiveCalls

SWEEP_S = 5.0
"""How often calls that nobody will end are looked for: dispositions are due within 60 s of the end."""

LOOK_S = 2.0
"""How often the folder of flows is looked at for files that were saved."""

_log = structlog.get_logger("dialai")


@dataclass(slots=True)
class House:
    """Everything one server process is made of. `open` it, serve `app`, and leave by `drain`."""

    settings: Settings
    app: Asgi
    desk: CallDesk
    flows: FlowFolder
    prompts: PromptCache
    log: SqlCallLog
    reader: AsyncCallReader
    access: AsyncAccess
    analyst: Analyst
    telemetry: Telemetry
    live: LiveCalls
    audio: AudioShelf
    outside: Outside
    engines: Engines
    carrier: TwilioCalls | None
    public_url: str
    is_dev: bool
    problems: tuple[str, ...] = ()
    pools: tuple[Pool, ...] = ()
    is_warm: bool = False
    pulse: LoopPulse | None = None
    collector: Collector = field(default_factory=Collector)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Run what the server needs beside its calls; at the end make everything durable and let go."""
        tasks = [asyncio.ensure_future(work()) for work in (self._warm, self._sweep, self._look_at_flows)]
        tasks += [asyncio.ensure_future(work()) for work in (self.outside.send_again, self.outside.prune)]
        self.pulse = LoopPulse()
        self.collector.watch()
        try:
            yield
        finally:
            self.pulse.stop()
            self.collector.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._close()

    async def drain(self, *, hand_over: bool, grace_ms: int) -> None:
        """Take no more calls and let those in progress end; see CallDesk.drain."""
        await self.desk.drain(grace_ms=grace_ms, hand_over=hand_over)
        self.live.close()  # else whoever looks on would keep the server from leaving

    @property
    def live_calls(self) -> int:
        """How many calls are in progress."""
        return len(self.desk.live())

    def gauges(self) -> dict[str, float]:
        """Return what /metrics shows of this moment."""
        engines = self.engines
        pools = [*engines.pools, *self.pools]
        return {
            **call_gauges(self.live_calls, self.log, self.pulse),
            **work_gauges(pools, engines.health, self.prompts),
            **engines.gauges(),
            **self.collector.gauges(),
            **process_gauges(),
        }

    def greeting(self, address: str) -> Sequence[str]:
        """Return what an operator wants to read at start-up."""
        settings = self.settings
        lines = [
            f"DialAI on {address} · flows: {', '.join(self.flows.names()) or 'none'}",
            f"call log: {settings.data_dir}",
        ]
        for does, engine in (("hearing", "stt"), ("thinking", "llm"), ("speaking", "tts")):
            lines.append(f"{does}: {getattr(settings, engine).value} ({settings.why(engine)})")
        if self.carrier is None:
            lines.append("no Twilio account set: `make call` simulates a call; see the README for real ones")
        if self.is_dev:
            lines.append(
                "DIALAI_DEV=1: this machine alone may call in unsigned and use the API without a key"
            )
        return (*lines, *self.problems)

    def unready(self) -> str:
        """Why no call can be taken now; empty when ready."""
        if not self.flows.names():
            return f"no usable flow in {self.flows.root}"
        if self.log.is_stuck:
            return "the call log cannot be written: the server's own log says why"
        return "" if self.is_warm else "the prompts are being synthesised"

    async def _warm(self) -> None:
        await self.engines.warm()
        await self._speak(filter(None, map(self.flows.get, self.flows.names())))
        self.collector.settle()
        self.is_warm = True
        _log.info("ready", flows=len(self.flows.names()))
        await self.engines.warm_stand_in()
        if self.carrier is not None:
            await self.carrier.warm()
        self.collector.settle()

    async def _speak(self, flows: Iterable[Flow]) -> None:
        """Have what these flows always say ready before anybody calls."""
        chosen = tuple(flows)
        utterances = await asyncio.get_running_loop().run_in_executor(
            self.prompts.pool, lambda: [spoken for flow in chosen for spoken in fixed_utterances(flow)]
        )
        failed = await self.prompts.warm(utterances)
        if failed:
            _log.warning("prompts_not_spoken", count=failed, of=len(utterances))

    async def _look_at_flows(self) -> None:
        """Take over flows that are saved while the server runs; calls in progress keep theirs."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.take_over(await self.outside.do(self.flows.refresh))

    async def take_over(self, changes: Changes) -> None:
        """Say what changed in the folder of flows, a log line each, and prepare what was read."""
        for line in changes.complaints:
            _log.warning("flow_not_taken_over", problem=line)
        for name in changes.gone:
            _log.warning("flow_gone", flow=name)
        for flow in changes.read:
            _log.info("flow_read", flow=flow.name, version=flow.version)
        await self._speak(changes.read)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await self.desk.sweep()
            self.collector.look(self.live_calls)

    async def _close(self) -> None:
        await self.outside.aclose()
        await self.prompts.aclose()
        await self.engines.aclose()
        if self.carrier is not None:
            self.carrier.close()
        await self.outside.do(self.audio.close)
        self.reader.close()
        self.access.close()
        self.analyst.close()
        await self.outside.do(self.telemetry.close)
        self.outside.pool.shutdown(wait=False)
        await self.log.close()


def build_house(settings: Settings, address: str) -> House:
    """Make everything from the settings, in a running loop. Raises Unusable; `address` is ours."""
    secrets = [settings.twilio_auth_token.get_secret_value(), _key(settings)]
    configure_logging(
        settings.log_json, personal=settings.log_personal, secrets=[secret for secret in secrets if secret]
    )
    is_dev = settings.dev and _is_loopback(address)
    problems = _check(settings, is_dev=is_dev)
    flows = FlowFolder(settings.flows_dir)
    problems += [*misspelt(), *flows.complaints(settings.default_flow)]
    clock = SystemClock()
    engines = make_engines(settings, clock)
    log = open_log(settings)
    outside = make_outside(settings, log)
    carrier = make_carrier(settings)
    public_url = settings.public_url.rstrip("/") or address
    prompts = PromptCache(
        engines.synthesizer,
        settings.data_dir / "prompts",
        stand_in=engines.stand_in,
        ahead=engines.ahead,
        recordings=flows.audio_file,
    )
    audio = AudioShelf(settings.audio_dir)
    desk = CallDesk(
        flows,
        log,
        engines.ear,
        prompts,
        clock,
        detector=Endpointer,
        responder=engines.mind,
        dialer=make_dialer(settings, carrier, public_url),
        errands=outside.runner,
        is_barred=outside.store.is_barred,
        audio=audio,
        record=settings.record,
        max_calls=settings.max_calls,
        default_flow=settings.default_flow,
        from_number=settings.twilio_from_number,
    )
    desk.watch(CanonicalLines(settings.prices, lambda call: _info(desk, call)))
    reader, access, analyst = open_reader(settings), open_access(settings), open_analyst(settings)
    house = House(
        settings, _nothing, desk, flows, prompts, log, reader, access, analyst,
        open_telemetry(settings, desk), LiveCalls(desk, clock), audio, outside, engines, carrier, public_url,
        is_dev, tuple(problems),
        (
            *_pools(
                prompts, audio, carrier, log, reader, access, engines.stand_in, engines.synthesizer, outside
            ),
            *analyst.pools,
        ),
    )  # fmt: skip
    house.app = build_app(_doors(house, clock))
    return house


def _pools(*owners: object) -> tuple[Pool, ...]:
    """Return the threads of those that have some."""
    pools = (getattr(owner, "pool", None) for owner in owners)
    return tuple(pool for pool in pools if isinstance(pool, Pool))


def _info(desk: CallDesk, call: CallId) -> CallInfo | None:
    return next((info for info in desk.live() if info.id == call), None)


def _doors(house: House, clock: Clock) -> Doors:
    settings = house.settings
    return Doors(
        desk=house.desk,
        calls=house.reader,
        shelf=house.reader,
        flows=house.flows,
        clock=clock,
        public_url=house.public_url,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        api_key=_key(settings),
        dev=house.is_dev,
        default_flow=settings.default_flow,
        allowed_prefixes=tuple(prefix.strip() for prefix in settings.allowed_prefixes.split(",")),
        control=house.carrier,
        access=house.access,
        analyst=house.analyst,
        rate_groups=groups_with(settings.rate_groups),
        live=house.live,
        gauges=house.gauges,
        histograms=house.telemetry.render,
        broken_flows=house.flows.broken,
        flow_files=house.flows.files,
        chores=house.outside.pool,
        unready=house.unready,
        vitals=Observer(settings, house.problems, house.gauges, house.engines.health).look,
    )


def _check(settings: Settings, *, is_dev: bool) -> list[str]:
    """Refuse what would answer everybody's phone; return what would answer no real one."""
    if not is_dev and not settings.twilio_auth_token.get_secret_value():
        way = "listen on 127.0.0.1, where DIALAI_DEV counts" if settings.dev else "DIALAI_DEV=1"
        raise Unusable(
            "no TWILIO_AUTH_TOKEN: no webhook could be told from a forged one; set it, or "
            f"{way} for trials on this machine"
        )
    found = [] if is_dev == settings.dev else ["DIALAI_DEV counts on a loopback address only: ignored"]
    if not is_dev and not settings.public_url:
        found.append("no DIALAI_PUBLIC_URL: real calls are refused, signatures are checked against it")
    return found


def _key(settings: Settings) -> str:
    return settings.api_key.get_secret_value() if settings.api_key else ""


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


async def _nothing(*_: object) -> None:
    """Answer nothing: the house has no doors yet."""
