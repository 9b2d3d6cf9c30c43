"""`dialai talk FLOW`: this machine's own phone: its microphone, its loudspeaker, its keyboard."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, TextIO
from uuid import uuid4

import typer
from rich.console import Console
from rich.live import Live

from app.adapters.device.leg import DeviceLeg
from app.adapters.device.portaudio import find_device
from app.adapters.device.ports import NoSound, SoundDevice
from app.adapters.flow_folder import FlowFolder
from app.adapters.logs import CanonicalLines, configure_logging
from app.adapters.prompts.cache import PromptCache
from app.adapters.store.errors import StoreError
from app.adapters.store.log import SqlCallLog
from app.commands.calls_screen import show_call
from app.commands.talk_keys import Typed, typing
from app.commands.talk_screen import HELP, TalkScreen
from app.commands.talk_vitals import told, vitals
from app.domain.call import CallId, Direction, Disposition, Value
from app.flows.fixed import fixed_utterances
from app.flows.model import Flow
from app.flows.scenarios import value_of
from app.main import Unusable
from app.main.engines import make_engines
from app.main.records import open_log, open_reader
from app.media.endpointing import Endpointer
from app.session.actor import CallSession
from app.session.admission import Ready
from app.session.clock import SystemClock
from app.session.desk import CallDesk
from app.session.ports import LogError
from app.session.recorder import AudioShelf
from app.settings import BadSetting, Settings, read_settings

HERE: Final = "this machine"
"""Both ends of the call, where a telephone call has its numbers."""

_REFRESH_HZ: Final = 10
_UNUSABLE: Final = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """What to talk by, and how."""

    settings: Settings
    flows: FlowFolder
    flow: Flow
    variables: Mapping[str, Value]
    headset: bool = False


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one call is made of. `settings` name the data directory that is really used."""

    settings: Settings
    desk: CallDesk
    clock: SystemClock


def talk(
    flow: Annotated[str, typer.Argument(help="The flow to talk by.")],
    variable: Annotated[
        list[str] | None, typer.Option("--var", "-v", help="NAME=VALUE for the flow's prompts; repeatable.")
    ] = None,
    *,
    headset: Annotated[
        bool, typer.Option("--headset", help="You wear a headset: the bot may be interrupted by voice, too.")
    ] = False,
    microphone: Annotated[str, typer.Option(help="A number, or a part of its name.")] = "",
    loudspeaker: Annotated[str, typer.Option(help="A number, or a part of its name.")] = "",
) -> None:
    """Talk with a flow by this machine's microphone and loudspeaker; Enter interrupts, digits are keys."""
    try:
        wish = _wish(read_settings(), flow, variable or [], headset=headset)
        device = find_device(microphone, loudspeaker)
        disposition = asyncio.run(hold_call(wish, device, Console(), sys.stdin))
    except NoSound as error:
        named = read_settings().flows_dir / f"{flow}.yaml"
        raise _refusal(f"{error}; in text, without sound: dialai flows try {named}") from None
    except (BadSetting, Unusable) as error:
        raise _refusal(str(error)) from None
    if disposition in (None, Disposition.ERROR):
        raise typer.Exit(1)


def _wish(settings: Settings, name: str, pairs: list[str], *, headset: bool) -> Wish:
    """Settle what the command line says. Raises Unusable."""
    flows = FlowFolder(settings.flows_dir)
    found, failures = flows.load_all()
    if name not in found:
        broken = [str(failure) for failure in failures if f"{name}.y" in str(failure)]
        raise Unusable(
            "\n".join(broken) or f"no flow is named {name!r}; there are: {', '.join(found) or 'none'}"
        )
    variables: dict[str, Value] = {}
    for pair in pairs:
        variable, equals, value = pair.partition("=")
        if not equals or not variable.isidentifier():
            raise Unusable(f"--var {pair}: write NAME=VALUE, for example --var name=Ann")
        variables[variable] = value_of(value)
    return Wish(settings, flows, found[name], variables, headset)


def _refusal(line: str) -> typer.Exit:
    Console(stderr=True, highlight=False).print(f"dialai: {line}", style="red", soft_wrap=True, markup=False)
    return typer.Exit(_UNUSABLE)


async def hold_call(wish: Wish, device: SoundDevice, console: Console, stdin: TextIO) -> Disposition | None:
    """Hold one call and print it; return how it ended. Raises NoSound and Unusable, before it began."""
    async with _parts(wish, console) as parts:
        leg = DeviceLeg(device, parts.clock, headset=wish.headset)
        leg.start()
        try:
            session = await _admit(parts.desk, wish, leg)
            disposition = await _converse(parts, leg, session, console, stdin)
        finally:
            await leg.hang_up()
        await _tell(
            parts.settings, session.ledger.info.id, console, is_elsewhere=parts.settings != wish.settings
        )
    return disposition


async def _admit(desk: CallDesk, wish: Wish, leg: DeviceLeg) -> CallSession:
    sid = f"talk-{uuid4().hex}"
    try:
        admission = await desk.admit(
            carrier_sid=sid,
            flow_name=wish.flow.name,
            direction=Direction.INBOUND,
            from_number=HERE,
            to_number=HERE,
            variables=wish.variables,
        )
    except LogError as error:
        raise Unusable(str(error)) from None
    session = await desk.connect(admission.token, sid, leg) if isinstance(admission, Ready) else None
    if session is None:
        raise Unusable("the call was not admitted")  # a new desk has a line free for its one call
    return session


async def _converse(
    parts: _Parts, leg: DeviceLeg, session: CallSession, console: Console, stdin: TextIO
) -> Disposition | None:
    """Carry the call, drawing it and listening to the keyboard."""
    screen = TalkScreen(console, lambda: (leg.caller_dbfs, leg.bot_dbfs), lambda: session.ledger.call.state)
    typed = Typed(
        interrupt=lambda: session.command("interrupt_prompt"), key=session.digit, hang_up=session.stopped
    )
    before = vitals(parts.clock.now())
    unwatch = parts.desk.watch(screen.watch)
    live = Live(screen, console=console, refresh_per_second=_REFRESH_HZ, transient=True)
    if not console.is_terminal:
        screen.note(HELP)
    drawn = live if console.is_terminal else contextlib.nullcontext()
    with typing(stdin, typed), _stopped_by_signals(session.stopped), drawn:
        leg.connect(session)
        disposition = await session.run()
        after = vitals(parts.clock.now())
    unwatch()
    if leg.is_lost:
        screen.note("The sound device went away in the middle of the call.")
    if leg.transfer_refused:
        screen.note(f"Nobody can be reached from here at {leg.transfer_refused}: the flow went on without.")
    for line in told(before, after, leg.hand_over):
        screen.note(line)
    return disposition


@contextlib.contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Hang up on Ctrl-C, and when the terminal or the system wants us gone; the end is written then, too."""
    loop = asyncio.get_running_loop()
    signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    taken = []
    for number in signals:
        # Windows' loops take no signals; there Ctrl-C cancels the call instead.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop)
            taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)


@contextlib.asynccontextmanager
async def _parts(wish: Wish, console: Console) -> AsyncIterator[_Parts]:
    """Build what a call needs, its prompts ready; let go of all of it at the end. Raises Unusable."""
    clock = SystemClock()
    engines = make_engines(wish.settings, clock)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(engines.aclose)
        log, settings = _log_of(wish.settings, console)
        stack.push_async_callback(log.close)
        stack.enter_context(_lines_in(settings.data_dir / "talk.log"))
        # Prompts are found by their content: those the server made are as good here.
        prompts = PromptCache(
            engines.synthesizer,
            wish.settings.data_dir / "prompts",
            stand_in=engines.stand_in,
            recordings=wish.flows.audio_file,
        )
        audio = AudioShelf(settings.audio_dir)
        stack.callback(audio.close)
        desk = CallDesk(
            wish.flows, log, engines.ear, prompts, clock,
            detector=Endpointer, responder=engines.mind, audio=audio, record=settings.record,
        )  # fmt: skip
        desk.watch(CanonicalLines())
        await prompts.warm(fixed_utterances(wish.flow))
        yield _Parts(settings, desk, clock)


def _log_of(settings: Settings, console: Console) -> tuple[SqlCallLog, Settings]:
    """Open the call log; while another process writes it, one beside it. Raises Unusable."""
    try:
        return open_log(settings), settings
    except Unusable as error:
        beside = settings.model_copy(update={"data_dir": settings.data_dir / "talk", "database_url": ""})
        log = open_log(beside)
        line = f"{error}. This call is logged in {beside.data_dir}"
        console.print(line, style="yellow", soft_wrap=True, markup=False, highlight=False)
        return log, beside


@contextlib.contextmanager
def _lines_in(path: Path) -> Iterator[None]:
    """Send log lines to a file: the terminal shows the call."""
    with path.open("a", encoding="utf-8") as file:
        configure_logging(stream=file)
        try:
            yield
        finally:
            configure_logging()


async def _tell(settings: Settings, call_id: CallId, console: Console, *, is_elsewhere: bool) -> None:
    """Print the answers and the turns as the log has them, and how to see them again."""
    try:
        with contextlib.closing(open_reader(settings)) as reader:
            call = await reader.call(call_id)
    except StoreError as error:
        console.print(str(error), style="yellow", soft_wrap=True, markup=False)
        return
    if call is not None:
        show_call(console, call)
    where = f"DIALAI_DATA_DIR={settings.data_dir} " if is_elsewhere else ""
    console.print(f"again: {where}dialai calls show {call_id}", soft_wrap=True, markup=False, highlight=False)
