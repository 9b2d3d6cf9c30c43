"""`dialai call FLOW`: a whole phone call in this terminal: server, line and caller."""

import asyncio
import json
import signal
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app.adapters.flow_folder import FlowFolder
from app.adapters.offline.espeak import EspeakSynthesizer
from app.commands.call_screen import Screen
from app.commands.call_server import (
    ACCOUNT_SID,
    PUBLIC_URL,
    ChildServer,
    NotStartedError,
    ServerError,
    free_port,
)
from app.domain.answers import Status
from app.domain.speech import Utterance
from app.flows.expressions import written
from app.session.ports import SynthesisError
from app.settings import BadSetting, read_settings
from app.simulator.network import TelephoneNetwork
from app.simulator.report import CallReport
from app.simulator.script import Press, Script, ScriptError, WaitPrompt, load

NUMBER = "+12025550100"
ANYONE = Script(
    (WaitPrompt(), Press("1")) * 60,
    "anyone",
    "A caller for any flow, who presses 1 whenever the bot waits",
    may_end_early=True,
)
"""The caller of a flow that has none of its own."""
POLL_S = 0.2
SETTLE_S = 10
"""How long the server may take to write a call's end."""
BESIDE = ("simulated", "simulated-2", "simulated-3")
"""Folders of the data directory that serve calls beside a running server, and beside one another."""
BROKEN = frozenset({"", "error", "failed", "interrupted"})
"""Dispositions of a call that did not go as a call should."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One simulated call: who calls which flow, and where everything is kept."""

    flow: str
    script: Script
    data_dir: Path
    flows_dir: Path
    audio_dir: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the line's report, the server's record of the call, the files.

    `surprises` are the script's expectations that were not met, a line each.
    """

    report: CallReport
    call: Mapping[str, Any] | None
    files: Mapping[str, str]
    surprises: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the call went as a call should, for both sides."""
        disposition = str((self.call or {}).get("disposition") or "")
        return self.report.ok and not self.surprises and disposition not in BROKEN


def call(
    flow: Annotated[str, typer.Argument(help="The flow to call.")],
    caller: Annotated[str, typer.Option(help="A script in callers/, or a file.")] = "",
    save_audio: Annotated[Path | None, typer.Option(help="Folder for what was heard, as WAV.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON only.")] = False,
) -> None:
    """Make a simulated phone call and show it: the dialogue live, then answers, latencies and files."""
    screen = Screen(Console(), quiet=as_json)
    try:
        plan = plan_call(flow, caller, save_audio)
        outcome = asyncio.run(_until_told_to_stop(make_call(plan, screen)))
    except (BadSetting, ScriptError, ServerError, SynthesisError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo("Interrupted: the call was ended and its server stopped.", err=True)
        raise typer.Exit(130) from None
    if as_json:
        plain = {
            "ok": outcome.ok,
            "surprises": outcome.surprises,
            "call": outcome.call,
            "line": outcome.report.as_dict(),
        }
        typer.echo(json.dumps(plain | {"files": dict(outcome.files)}, indent=2))
    screen.result(outcome.call, outcome.report, outcome.files)
    for line in outcome.surprises:
        typer.echo(line, err=True)
    if not outcome.ok:
        raise typer.Exit(1)


async def _until_told_to_stop(call: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Await the call; SIGTERM ends it as Ctrl-C does, so that its server does not outlive it."""
    task = asyncio.ensure_future(call)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def plan_call(flow: str, caller: str, save_audio: Path | None) -> Plan:
    """Settle what the command line leaves open. Raises ScriptError and BadSetting."""
    settings = read_settings()
    script = find_script(settings.flows_dir / "callers", flow, caller)
    known, _ = FlowFolder(settings.flows_dir).load_all()
    if known and flow not in known:
        # The server would say so too, seconds later.
        raise _no_flow(flow, known)
    audio = save_audio or settings.data_dir / "simulated"
    return Plan(flow, script, settings.data_dir, settings.flows_dir, audio)


def _no_flow(name: str, known: Iterable[str]) -> ScriptError:
    return ScriptError(f"no flow is named {name!r}; there are: {', '.join(known) or 'none'}")


def find_script(folder: Path, flow: str, caller: str) -> Script:
    """The script named (a file, or in `folder`), else the flow's own, else anyone's. Raises ScriptError."""
    for path in (Path(caller), folder / f"{caller}.yaml") if caller else (folder / f"{flow}.yaml",):
        if path.is_file():
            return load(path)
    if caller in {"", ANYONE.name}:
        return ANYONE
    known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml"))) or "none"
    raise ScriptError(f"no caller script {caller!r} in {folder}; there are: {known}. Choose by --caller")


async def make_call(plan: Plan, screen: Screen) -> Outcome:
    """Make the call. When the data directory is taken by a running server, use one beside it, and say so."""
    tried = plan
    for beside in BESIDE:
        try:
            return await _make_call(tried, screen)
        except NotStartedError as error:
            tried = replace(plan, data_dir=plan.data_dir / beside)
            screen.note(f"{error}")
            screen.note(f"Trying again with a data directory of its own: {tried.data_dir}")
    return await _make_call(tried, screen)


async def _make_call(plan: Plan, screen: Screen) -> Outcome:
    server = ChildServer(
        plan.data_dir,
        plan.flows_dir,
        plan.audio_dir / "server.log",
        rest_port=free_port(),
        from_number=NUMBER,
    )
    synthesizer = EspeakSynthesizer()

    async def voice(text: str, locale: str) -> bytes:
        return b"".join([piece async for piece in synthesizer.synthesize(Utterance(text, locale))])

    screen.note(f"Starting a server on {server.url} (its log: {server.log}) ...")
    network = TelephoneNetwork(
        server.url,
        ACCOUNT_SID,
        server.auth_token,
        public_url=PUBLIC_URL,
        number=NUMBER,
        voice=voice,
        rest_port=server.rest_port,
        on_happening=screen.happened,
    )
    try:
        async with network, server:
            return await _talk(plan, server, network, screen)
    finally:
        await synthesizer.aclose()


async def _talk(plan: Plan, server: ChildServer, network: TelephoneNetwork, screen: Screen) -> Outcome:
    names = await server.flows()
    if plan.flow not in names:
        raise _no_flow(plan.flow, names)
    talking = asyncio.create_task(_hold(plan, server, network))
    call_id: str | None = None
    while not talking.done():
        await asyncio.wait((talking,), timeout=POLL_S)
        for sid in network.call_sids:
            call_id = call_id or await server.call_id(sid)
        if call_id is not None:
            screen.journal(await server.events(call_id))
    report = await talking
    call_id = call_id or await server.call_id(report.call_sid)
    record = await _settled(server, call_id) if call_id else None
    if call_id is not None:
        screen.journal(await server.events(call_id))
    files = await _keep(plan, server, report, call_id)
    return Outcome(report, record, files, surprises(plan.script.expects, record or {}))


def surprises(expects: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[str, ...]:
    """How the server's record differs from what a script expects of it, a line for each difference."""
    found = []
    wanted, got = expects.get("disposition"), record.get("disposition")
    if wanted is not None and wanted != got:
        found.append(f"The caller's script expects the disposition {wanted}; it is {got}")
    answers = record.get("answers") or {}
    for name, value in (expects.get("answers") or {}).items():
        came = _written(answers[name]) if name in answers else None
        if came != value:
            found.append(f"The caller's script expects {name} = {value}; it is {came}")
    return tuple(found)


def _written(answer: Mapping[str, Any]) -> str:
    """Return an answer of the server's record as scenarios write it: its value, or why there is none."""
    value = answer.get("value")
    if answer.get("status") != Status.OK.value:
        return str(answer.get("status"))
    return written(tuple(map(str, value)) if isinstance(value, list) else value)


async def _hold(plan: Plan, server: ChildServer, network: TelephoneNetwork) -> CallReport:
    if not plan.script.outbound:
        return await network.call_in(plan.script, flow=plan.flow)
    network.expect_call(plan.script)
    await server.dial(plan.script.number, plan.flow, plan.script.variables)
    return await network.outbound_report()


async def _settled(server: ChildServer, call_id: str) -> Mapping[str, Any] | None:
    give_up = asyncio.get_running_loop().time() + SETTLE_S
    while True:
        record = await server.call(call_id)
        if record is None or record.get("disposition") or asyncio.get_running_loop().time() > give_up:
            return record
        await asyncio.sleep(POLL_S)


async def _keep(plan: Plan, server: ChildServer, report: CallReport, call_id: str | None) -> dict[str, str]:
    kept = report.save_audio(plan.audio_dir)
    files = {"What the caller heard": kept["heard"], "Both sides": kept["both"]}
    recording = await server.recording(call_id) if call_id else None
    if recording is not None:
        path = plan.audio_dir / f"{report.call_sid}-recording.wav"
        path.write_bytes(recording)
        files["The server's recording"] = str(path)
    files["Call log"] = f"DIALAI_DATA_DIR={server.data_dir} dialai calls show {call_id}"
    files["Server's log"] = str(server.log)
    return files
