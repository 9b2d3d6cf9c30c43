"""What the examination looks at in this house: engines, flows, call log, addresses, the carrier's account."""

import asyncio
import errno
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from app.adapters.flow_folder import FlowFolder
from app.adapters.offline.espeak import EspeakSynthesizer
from app.adapters.offline.sphinx import SphinxTranscriber
from app.adapters.offline.workers import WorkersError
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.adapters.twilio.leg import CarrierError
from app.adapters.twilio.rest import TwilioCalls
from app.commands.doctor_findings import Check, Finding, Stopwatch, failed, idle, note, ok
from app.domain.speech import Hints, Utterance
from app.session.ports import SynthesisError
from app.settings import EngineKind, Settings

_SECOND_OF_SILENCE = bytes(16_000)


def house_checks(settings: Settings, flows: FlowFolder, *, port: int) -> Sequence[Check]:
    """Return the checks, in the order a person would want to read them."""
    return (
        Check("flows", lambda: _flows(settings, flows)),
        Check("call log", lambda: asyncio.to_thread(_call_log, settings), 15),
        Check("offline voice", lambda: _voice(settings), 15),
        Check("offline hearing", lambda: _hearing(settings), 30),
        Check("Twilio account", lambda: _twilio(settings), 12),
        Check("public address", lambda: _public_url(settings)),
        Check("port", lambda: _port(port)),
    )


async def _flows(settings: Settings, flows: FlowFolder) -> Finding:
    complaints = flows.complaints(settings.default_flow)
    names = flows.names()
    if not names:
        return failed(complaints[-1], "put a flow there, or set DIALAI_FLOWS_DIR")
    if complaints:
        return failed(complaints[0], "see them all by `dialai flows check`")
    return ok(f"{len(names)} in {flows.root}: {', '.join(names)}")


def _call_log(settings: Settings) -> Finding:
    where = settings.database_url.partition("://")[0] or str(settings.data_dir)
    try:
        Database.serve(settings.resolved_database_url).close()
    except StoreError as error:
        if "another server" not in str(error):
            return failed(str(error), "make the data directory writable, or set DIALAI_DATA_DIR")
    else:
        return ok(f"{where}: writable and up to date")
    try:
        Database.read(settings.resolved_database_url).close()
    except StoreError as error:
        return failed(str(error), "stop the server that holds it and start this version")
    return ok(f"{where}: a running server has it open, and it is up to date")


async def _voice(settings: Settings) -> Finding:
    if settings.tts is EngineKind.TIMED:
        return idle("DIALAI_TTS is timed")
    voice = EspeakSynthesizer()
    watch = Stopwatch()
    try:
        sound = b"".join([chunk async for chunk in voice.synthesize(Utterance("a", "en-US"))])
    except SynthesisError as error:
        return failed(str(error), "install espeak-ng (Debian: apt install espeak-ng)")
    finally:
        await voice.aclose()
    stand_in = " and stands in when Polly fails" if settings.tts is EngineKind.AWS else ""
    return ok(f"espeak-ng speaks{stand_in}, {len(sound) // 8} ms of sound", watch.ms)


async def _hearing(settings: Settings) -> Finding:
    if settings.stt is not EngineKind.OFFLINE:
        return idle(f"DIALAI_STT is {settings.stt.value}")
    ears = SphinxTranscriber(size=1)
    watch = Stopwatch()
    try:
        await ears.hear(Hints("en-US", ("yes", "no")), _SECOND_OF_SILENCE)
    except WorkersError as error:
        return failed(f"pocketsphinx does not answer: {error}", "run `make setup` again")
    finally:
        await ears.aclose()
    return ok("pocketsphinx hears", watch.ms)


async def _twilio(settings: Settings) -> Finding:
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
    if not sid and not token:
        return idle("no TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: calls can only be simulated")
    if not sid or not token:
        missing = "TWILIO_AUTH_TOKEN" if sid else "TWILIO_ACCOUNT_SID"
        return failed(f"{missing} is missing", f"set {missing}: Twilio's console shows it on its first page")
    carrier = TwilioCalls(sid, token, api_url=settings.twilio_api_url)
    watch = Stopwatch()
    try:
        status = await carrier.account()
    except CarrierError as error:
        return failed(str(error), "compare both values with those in Twilio's console")
    finally:
        carrier.close()
    if status != "active":
        return failed(f"the account is {status}", "see Twilio's console why")
    if not settings.twilio_from_number:
        return note("the account is active; no TWILIO_FROM_NUMBER", "set it to place calls by `dialai dial`")
    return ok("the account is active", watch.ms)


async def _public_url(settings: Settings) -> Finding:
    url = settings.public_url
    if not url:
        if settings.twilio_account_sid:
            return failed(
                "no DIALAI_PUBLIC_URL: real calls are refused", "set it to the https:// address Twilio uses"
            )
        return idle("no DIALAI_PUBLIC_URL: real calls need the https:// address that Twilio reaches us at")
    parts = urlsplit(url)
    if parts.scheme != "https":
        return failed(
            f"{url} is not https://", "Twilio's media streams need TLS: put a proxy or a tunnel before"
        )
    if _is_private(parts.hostname or ""):
        return failed(f"{url} is an address of this network only", "name one that the Internet reaches")
    return ok(f"{url} has the right form; call the number to see that it leads here")


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal"))


async def _port(port: int) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = error.strerror or str(error)
            if error.errno == errno.EADDRINUSE:
                return note(
                    f"{port} is taken, perhaps by a running DialAI", "or stop what runs there, or use --port"
                )
            return failed(f"{port} cannot be used: {why}", "use a --port above 1023")
    return ok(f"{port} is free")
