import asyncio
import io
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from fake_bot import SID, TOKEN, FakeBot
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from app.simulator.network import TelephoneNetwork
from app.simulator.report import CallReport
from app.simulator.script import Script, parse
from app.simulator.sounds import tone
from app.simulator.webhooks import FetchError, Webhooks

SPEED = 5
"""The fake bot keeps no time of its own, so its line may run faster than real time."""


def call(bot: FakeBot, steps: str, *, patience_ms: int = 8_000, **options) -> CallReport:
    async def run() -> CallReport:
        async with bot, TelephoneNetwork(bot.url, SID, TOKEN, speed=SPEED, **options) as network:
            bot.api_url = network.api_url
            return await network.call_in(parse(f"patience_ms: {patience_ms}\nsteps: {steps}"))

    return asyncio.run(run())


def with_client(use: Callable[[TelephoneNetwork, Client, FakeBot], Awaitable[None]], **options) -> None:
    async def run() -> None:
        async with FakeBot() as bot, TelephoneNetwork(bot.url, SID, TOKEN, speed=SPEED, **options) as network:
            bot.api_url = network.api_url
            client = Client(SID, TOKEN)
            client.api.base_url = network.api_url
            await use(network, client, bot)

    asyncio.run(run())


def test_a_caller_with_keys_is_asked_and_answered_and_hung_up_on():
    bot = FakeBot(questions=2)
    report = call(bot, '[wait_prompt, press: "1", wait_prompt, press: "2"]')
    assert report.ok
    assert report.end == "server_hung_up"
    assert [act.text for act in report.acts] == ["1", "2"]
    assert all(act.response_latency_ms is not None for act in report.acts)
    assert [mark.fate for mark in report.marks] == ["played"] * 3
    keys = [message["dtmf"]["digit"] for message in bot.received if message["event"] == "dtmf"]
    assert keys == ["1", "2"]


def test_the_wire_is_numbered_without_a_hole():
    bot = FakeBot(questions=1)
    call(bot, '[wait_prompt, press: "1"]')
    numbered = [message for message in bot.received if message["event"] != "connected"]
    assert [int(message["sequenceNumber"]) for message in numbered] == list(range(1, len(numbered) + 1))
    media = [message["media"] for message in numbered if message["event"] == "media"]
    assert [int(one["timestamp"]) for one in media] == [20 * n for n in range(len(media))]
    assert [int(one["chunk"]) for one in media] == list(range(1, len(media) + 1))
    assert bot.received[0]["event"] == "connected"
    assert bot.received[-1]["event"] == "stop"
    assert bot.received[1]["start"]["customParameters"] == {"token": "t1"}


def test_webhooks_and_handshakes_are_signed_for_the_public_url():
    bot = FakeBot(questions=0, twiml='<Response><Connect><Stream url="/voice/stream"/></Connect></Response>')
    report = call(bot, "[]", public_url="https://bot.example")
    assert report.ok
    validator = RequestValidator(TOKEN)
    path, form, signature = bot.webhooks[0]
    assert validator.validate(f"https://bot.example{path}", form, signature)
    handshake = bot.handshakes[0]["x-twilio-signature"]
    assert validator.validate("wss://bot.example/voice/stream", {}, handshake)


def test_a_spoken_answer_is_measured_from_the_end_of_the_voice():
    report = call(FakeBot(questions=1), '[wait_prompt, say: "yes please"]')
    assert report.ok
    (act,) = report.acts
    assert act.ended_ms - act.began_ms == 60 * len("yes please")
    assert act.response_latency_ms is not None
    assert act.response_latency_ms >= 280


def test_an_interruption_by_key_is_cleared_and_its_marks_come_back_flushed():
    report = call(FakeBot(questions=1, prompt_ms=2000), '[{press: "1", interrupt_after_ms: 300}]')
    assert report.ok
    (act,) = report.acts
    assert act.interrupted
    assert act.barge_in_ms is not None
    assert [mark.fate for mark in report.marks] == ["flushed", "played"]


def test_an_interruption_by_voice_is_measured_from_the_voices_onset():
    report = call(FakeBot(questions=1, prompt_ms=2500), '[{say: "hello there", interrupt_after_ms: 300}]')
    (act,) = report.acts
    assert act.barge_in_ms is not None
    assert act.barge_in_ms >= 180


def test_a_bot_that_does_not_stop_is_heard_to_the_end_before_the_caller_goes_on():
    bot = FakeBot(questions=2, prompt_ms=1500, bargein=False)
    report = call(bot, '[{press: "1", interrupt_after_ms: 100}, wait_prompt, press: "2"]')
    assert report.ok
    first, second = report.acts
    assert first.cleared_ms is None
    assert second.began_ms - first.began_ms > 1500


def test_a_silent_caller_makes_no_sound_and_a_noisy_one_does():
    report = call(FakeBot(questions=0), "[]")
    assert set(report.said) <= {0xFF}
    report = call(FakeBot(questions=1), "[wait_prompt, {noise_ms: 200}]")
    assert set(report.said) > {0xFF}


def test_a_caller_can_hang_up_in_the_middle_of_a_prompt():
    bot = FakeBot(prompt_ms=5000)
    report = call(bot, "[silent_ms: 300, hang_up]")
    assert report.ok
    assert report.end == "caller_hung_up"
    assert bot.received[-1]["event"] == "stop"
    assert bot.webhooks[-1][1]["CallStatus"] == "completed"


def test_a_dropped_socket_leads_to_the_next_verbs():
    bot = FakeBot(prompt_ms=5000)
    report = call(bot, "[silent_ms: 200, drop_socket, silent_ms: 100]")
    assert report.end == "twiml_hung_up"
    assert not report.violations
    assert [path for path, _, _ in bot.webhooks] == ["/voice/incoming", "/voice/resume", "/voice/status"]
    assert [h.text for h in report.happenings if h.kind == "twiml_says"] == ["One moment please"]


def test_a_server_that_is_gone_is_asked_as_often_as_the_url_says_and_not_longer():
    async def attempts(url: str) -> int:
        asked = []

        def refuse(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            raise httpx.ConnectError("refused")

        async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as http:
            with pytest.raises(FetchError, match="nobody answers"):
                await Webhooks(http, "secret", "http://x", "https://x").send(url, [])
        return len(asked)

    assert asyncio.run(attempts("https://x/voice/resume")) == 2
    assert asyncio.run(attempts("https://x/voice/resume#rc=4")) == 5


def test_a_socket_that_the_server_closes_on_a_live_call_is_an_error_of_twilio():
    report = call(FakeBot(closes_after_start=True), "[silent_ms: 5000]")
    assert [violation.code for violation in report.violations] == [31921]
    assert report.end == "twiml_hung_up"
    assert not report.ok


def test_every_wrong_message_is_counted_and_ignored():
    wrong = ["nonsense", b"\x00", {"event": "media", "media": {"payload": "////", "track": "x"}}]
    report = call(FakeBot(questions=0, first_messages=wrong), "[]")
    assert [violation.code for violation in report.violations] == [31951] * 3
    assert report.end == "server_hung_up"
    assert report.violations[0].text.startswith("not JSON")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("<Response><Nonsense/></Response>", 12100),
        ('<Response><Connect><Stream url="ftp://x/y"/></Connect></Response>', 31922),
        ('<Response><Connect><Stream url="/nowhere"/></Connect></Response>', 31920),
        ("<Response><Redirect>/voice/nowhere</Redirect></Response>", 11200),
        ("<Response><Redirect>/voice/incoming</Redirect></Response>", 12100),
    ],
)
def test_what_twilio_could_not_run_is_reported_by_its_code(document, code):
    report = call(FakeBot(twiml=document), "[]", patience_ms=600_000)
    assert [violation.code for violation in report.violations] == [code]


def test_a_rejected_call_is_never_answered():
    bot = FakeBot(twiml='<Response><Reject reason="busy"/></Response>')
    report = call(bot, "[wait_prompt]")
    assert (report.answered, report.end) == (False, "rejected")
    assert bot.webhooks[-1][1]["CallStatus"] == "busy"


def test_the_exchange_speaks_waits_and_dials_as_the_document_says():
    bot = FakeBot(
        twiml='<Response><Say>Hold on</Say><Pause length="1"/><Play digits="1"/>'
        '<Dial action="/voice/action">+12025550101</Dial></Response>'
    )
    report = call(bot, "[]\ndialled: no_answer")
    assert report.transferred_to == "+12025550101"
    assert outcomes(bot) == [("no-answer", "in-progress")]
    bot = FakeBot(twiml="<Response><Dial>+12025550101</Dial></Response>")
    assert call(bot, "[]").end == "transferred"


def outcomes(bot: FakeBot) -> list[tuple[str, str]]:
    forms = [form for path, form, _ in bot.webhooks if path == "/voice/action"]
    return [(form["DialCallStatus"], form["CallStatus"]) for form in forms]


@pytest.mark.parametrize(
    ("dialled", "steps", "outcome"),
    [
        ("answers", "[]", ("completed", "in-progress")),
        ("busy", "[]", ("busy", "in-progress")),
        ("failed", "[]", ("failed", "in-progress")),
        ("answers", "[{silent_ms: 600}, hang_up]", ("canceled", "completed")),
        ("answers", "[{silent_ms: 2800}, hang_up]", ("completed", "completed")),
    ],
)
def test_whatever_becomes_of_a_dialled_number_the_server_is_asked_what_follows(dialled, steps, outcome):
    bot = FakeBot(twiml='<Response><Dial action="/voice/action">+12025550101</Dial></Response>')
    call(bot, f"{steps}\ndialled: {dialled}")
    assert outcomes(bot) == [outcome]


def test_a_bot_that_never_speaks_fails_the_script_and_the_caller_gives_up():
    bot = FakeBot(prompt_ms=0)
    report = call(bot, '[{wait_prompt: {within_ms: 500}}, press: "1"]')
    assert report.failure.startswith("step 1: the bot said nothing")
    assert (report.end, report.steps_left) == ("caller_gave_up", 1)
    report = call(FakeBot(questions=5), '[wait_prompt, {press: "1"}]')
    assert report.failure == "the bot did not end the call"


def test_a_caller_can_wait_for_a_mark():
    report = call(FakeBot(questions=1), '[{wait_prompt: {mark: q1}}, press: "1"]')
    assert report.ok


def test_the_caller_speaks_with_the_voice_that_is_given():
    asked: list[tuple[str, str]] = []

    async def voice(text: str, locale: str) -> bytes:
        asked.append((text, locale))
        return tone(300)

    call(FakeBot(questions=1), '[wait_prompt, say: "sí"]', voice=voice)
    assert asked == [("sí", "en-US")]


def test_the_recordings_are_as_long_as_the_call(tmp_path: Path):
    report = call(FakeBot(questions=0), "[]")
    files = report.save_audio(tmp_path)
    for name, channels in (("heard", 1), ("both", 2)):
        with wave.open(io.BytesIO(Path(files[name]).read_bytes())) as file:
            assert file.getnchannels() == channels
            assert file.getnframes() == len(report.heard)
    assert '"ok": true' in report.as_json()
    assert report.table().row_count == len(report.acts)
    assert any(line.startswith("Marks: 1 played") for line in report.summary())


def test_an_outbound_call_rings_is_answered_and_reports_each_step():
    async def use(network: TelephoneNetwork, client: Client, bot: FakeBot) -> None:
        network.expect_call(parse('steps: [wait_prompt, press: "1", wait_prompt, press: "2"]'))
        made = await asyncio.to_thread(
            client.calls.create,
            to="+12025550143",
            from_="+12025550100",
            url=f"{bot.url}/voice/incoming",
            status_callback=f"{bot.url}/voice/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=f"{bot.url}/voice/action",
            time_limit=60,
        )
        assert made.sid.startswith("CA")
        report = await network.outbound_report()
        assert report.ok
        assert report.call_sid == made.sid
        statuses = {f["SequenceNumber"]: f["CallStatus"] for p, f, _ in bot.webhooks if "SequenceNumber" in f}
        assert statuses == {"0": "initiated", "1": "ringing", "2": "in-progress", "3": "completed"}
        assert [f["AnsweredBy"] for p, f, _ in bot.webhooks if p == "/voice/action"] == ["human"]
        assert next(f["Direction"] for p, f, _ in bot.webhooks if p == "/voice/incoming") == "outbound-api"

    with_client(use, shuffle_callbacks=True)


def test_a_call_that_nobody_answers_ends_with_its_status():
    async def use(network: TelephoneNetwork, client: Client, bot: FakeBot) -> None:
        network.expect_call(Script((), answers="busy"))
        await asyncio.to_thread(
            client.calls.create,
            to="+12025550143",
            from_="+12025550100",
            twiml="<Response/>",
            status_callback=f"{bot.url}/voice/status",
            status_callback_event=["initiated ringing"],
        )
        report = await network.outbound_report()
        assert (report.answered, report.end) == (False, "busy")
        assert [violation.code for violation in report.violations] == [21626]

    with_client(use)


def test_a_live_call_is_redirected_and_the_cancelled_tail_is_asked_first():
    async def use(network: TelephoneNetwork, client: Client, bot: FakeBot) -> None:
        bot.prompt_ms = 20_000
        calling = asyncio.create_task(network.call_in(parse("steps: [wait_prompt]")))
        await bot.media_came.wait()
        (sid,) = network.call_sids
        await asyncio.to_thread(client.calls(sid).update, twiml="<Response><Say>Bye</Say></Response>")
        report = await calling
        assert report.end == "document_ended"
        assert bot.received[-1]["event"] == "stop"
        assert [path for path, _, _ in bot.webhooks] == ["/voice/incoming", "/voice/resume", "/voice/status"]
        assert [h.text for h in report.happenings if h.kind == "twiml_says"] == ["Bye"]
        with pytest.raises(TwilioRestException) as error:
            await asyncio.to_thread(client.calls(sid).update, status="completed")
        assert (error.value.status, error.value.code) == (404, 20404)

    with_client(use)


def test_the_api_refuses_what_twilio_refuses():
    async def refused(act: Callable[[], object]) -> int:
        with pytest.raises(TwilioRestException) as error:
            await asyncio.to_thread(act)
        assert error.value.code is not None
        return error.value.code

    async def use(network: TelephoneNetwork, client: Client, bot: FakeBot) -> None:
        stranger = Client(SID, "wrong")
        stranger.api.base_url = network.api_url
        other = Client("AC" + "1" * 32, TOKEN)
        other.api.base_url = network.api_url
        create = client.calls.create
        to, url = "+12025550143", f"{bot.url}/voice/incoming"
        assert await refused(lambda: stranger.calls.create(to=to, from_=to, url=url)) == 20003
        assert await refused(lambda: other.calls.create(to=to, from_=to, url=url)) == 20003
        assert await refused(lambda: create(to="", from_=to, url=url)) == 21201
        assert await refused(lambda: create(to=to, from_="", url=url)) == 21213
        assert await refused(lambda: create(to=to, from_=to)) == 21205
        assert await refused(lambda: create(to=to, from_=to, twiml="x" * 4001)) == 20001
        assert await refused(lambda: client.calls("CA" + "0" * 32).fetch()) == 20404
        network.expect_call(parse("patience_ms: 60000\nsteps: []"))
        bot.prompt_ms = 20_000
        made = await asyncio.to_thread(lambda: create(to=to, from_=to, url=url))
        assert await refused(lambda: client.calls(made.sid).update(status="ringing")) == 20001
        assert await refused(lambda: client.calls(made.sid).update(url=url, status="completed")) == 20001
        shown = await asyncio.to_thread(client.calls(made.sid).fetch)
        assert shown.direction == "outbound-api"
        await asyncio.to_thread(lambda: client.calls(made.sid).update(status="completed"))
        assert (await network.outbound_report()).end == "server_hung_up"

    with_client(use)
