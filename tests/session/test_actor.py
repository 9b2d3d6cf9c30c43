import asyncio

from app.domain.answers import Answer, Source, Status
from app.domain.call import Disposition
from app.domain.speech import Hints, SpeechEdge
from app.engine.actions import (
    AnswerGiven,
    CallEnded,
    HangUp,
    Listen,
    Play,
    Record,
    StopListening,
    StopPlayback,
    Transfer,
    TurnTaken,
)
from app.engine.events import (
    DeadlinePassed,
    DigitPressed,
    LegAnswered,
    LegEnded,
    OperatorCommand,
    PromptEnded,
    ProviderReported,
    Recorded,
    RecordFailed,
    SpeechEnded,
    SpeechStarted,
    StreamLost,
    TranscriberFailed,
    TransferEnded,
)
from tests.fakes.log import FakeLog
from tests.fakes.loop import run_virtual
from tests.session.rig import FRAME, Rig, prompt

HANG_UP = [Record(9, CallEnded(Disposition.COMPLETED, "end"), durable=True), HangUp(Disposition.COMPLETED)]
END = {LegEnded: lambda *_: [HangUp(Disposition.BREAK_OFF)]}
HINTS = Hints("en-US")


def hold(main, rules=None, **rig):
    """Begin a call, live through `main(rig, task)`, and return the rig; the call must be over by then."""

    async def whole(clock):
        made = Rig(
            clock, {**END, **(rules or {})}, **{k: v(clock) if callable(v) else v for k, v in rig.items()}
        )
        task = asyncio.ensure_future(made.session.run())
        await clock.wait(0)
        await main(made, task)
        await task
        return made

    return run_virtual(whole)


def answer(record, *, sensitive=False):
    given = Answer("age", 42, "42", Status.OK, Source.KEY, "42", 1.0, 1, 0, 0, "en", sensitive=sensitive)
    return Record(record, AnswerGiven(1, given, 0, 0, 0, 0), durable=True)


def test_the_first_fact_of_a_leg_is_that_it_was_answered():
    async def main(rig, _):
        rig.session.stopped()

    rig = hold(main)
    assert rig.log.facts("c1") == [LegAnswered(0), LegEnded("hangup")]
    assert rig.log.calls["c1"]["disposition"] is Disposition.BREAK_OFF


def test_a_call_is_hung_up_before_its_end_is_written():
    async def main(rig, task):
        rig.session.digit("1")
        assert await task is Disposition.COMPLETED
        assert rig.carrier.is_hung_up
        row = rig.log.calls["c1"]
        assert (row["disposition"], row["cause"], row["ends"]) == (Disposition.COMPLETED, "end", 1)

    hold(main, {DigitPressed: lambda *_: HANG_UP})


def test_what_happens_after_the_end_changes_nothing():
    async def main(rig, task):
        rig.session.digit("1")
        await task
        count = len(rig.call.facts)
        rig.session.digit("2")
        rig.session.audio(FRAME, 0)
        rig.session.mark("1.0.0")
        rig.session.stopped()
        rig.session.lost()
        assert len(rig.call.facts) == count

    hold(main, {DigitPressed: lambda *_: HANG_UP})


def test_a_fact_that_an_order_causes_waits_until_the_orders_are_performed():
    order = []
    rules = {
        LegAnswered: lambda *_: [Play(1, prompt("One."))],
        DigitPressed: lambda *_: [StopPlayback(1), Listen(1, HINTS)],
    }

    async def main(rig, _):
        await rig.clock.wait(100)
        rig.session.digit("1")
        order.extend(type(fact).__name__ for _, fact in rig.call.facts[2:])
        assert rig.transcriber.turns
        rig.session.stopped()

    hold(main, rules)
    assert order == ["DigitPressed", "PromptCut"]


def test_a_deadline_is_met_on_time_and_only_once():
    async def main(rig, _):
        def passed(_fact, _at):
            rig.call.next_deadline = None
            return []

        rig.call.rules[DeadlinePassed] = passed
        rig.call.next_deadline = 5_000
        rig.session.digit("1")
        await rig.clock.wait(10_000)
        assert rig.call.times(DeadlinePassed) == [5_000]
        rig.session.stopped()

    hold(main)


def test_a_deadline_that_moved_away_does_not_fire_at_its_old_time():
    async def main(rig, _):
        rig.call.next_deadline = 3_000
        rig.session.digit("1")
        await rig.clock.wait(2_000)
        rig.call.next_deadline = 8_000
        rig.session.digit("2")
        await rig.clock.wait(2_000)
        assert not rig.call.seen(DeadlinePassed)
        rig.call.rules[DeadlinePassed] = lambda *_: HANG_UP
        await rig.clock.wait(5_000)
        assert rig.call.times(DeadlinePassed) == [8_000]

    hold(main)


def test_an_answer_is_committed_before_the_next_prompt_is_spoken():
    rules = {DigitPressed: lambda *_: [answer(1)], Recorded: lambda *_: [Play(1, prompt("Next."))]}

    async def main(rig, _):
        rig.session.digit("1")
        await rig.clock.wait(69)
        assert not rig.carrier.sent
        await rig.clock.wait(10)
        assert rig.carrier.times_of("audio")[0] == rig.log.commits[0] == 70
        rig.session.stopped()

    hold(main, rules, log=lambda clock: FakeLog(clock, commit_ms=70))


def test_a_failed_commit_is_a_fact():
    async def main(rig, _):
        rig.log.failing = True
        rig.session.digit("1")
        await rig.clock.wait(10)
        assert rig.call.seen(RecordFailed) == [RecordFailed(1)]
        rig.log.failing = False
        rig.session.stopped()

    hold(main, {DigitPressed: lambda *_: [answer(1)]})


def test_a_stale_owner_falls_silent_and_leaves_the_caller_on_the_line():
    async def main(rig, task):
        rig.log.calls["c1"]["stale"] = True
        rig.session.digit("1")
        assert await task is None
        assert rig.carrier.is_closed
        assert not rig.carrier.is_hung_up
        assert rig.log.calls["c1"]["ends"] == 0

    hold(main, {DigitPressed: lambda *_: [answer(1)]})


def test_a_lost_socket_ends_the_leg_but_not_the_call():
    async def main(rig, task):
        rig.session.lost()
        assert await task is None
        assert rig.log.facts("c1")[-1] == StreamLost()
        assert rig.log.calls["c1"]["disposition"] is None
        assert not rig.carrier.is_hung_up

    hold(main)


def test_a_cancelled_session_leaves_a_call_that_can_be_resumed():
    async def whole(clock):
        rig = Rig(clock, END)
        task = asyncio.ensure_future(rig.session.run())
        await clock.wait(100)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert rig.log.facts("c1")[-1] == StreamLost()

    run_virtual(whole)


def test_a_fault_in_one_call_ends_that_call_only():
    def fault(*_):
        raise RuntimeError("a bug")

    async def whole(clock):
        log = FakeLog(clock)
        bad = Rig(clock, {DigitPressed: fault}, call_id="bad", log=log)
        good = Rig(
            clock, {**END, DigitPressed: lambda *_: [Play(1, prompt("Yes."))]}, call_id="good", log=log
        )
        tasks = [asyncio.ensure_future(rig.session.run()) for rig in (bad, good)]
        await clock.wait(10)
        for rig in (bad, good):
            rig.session.digit("1")
        assert await tasks[0] is Disposition.ERROR
        assert bad.carrier.is_hung_up
        assert bad.call.seen(OperatorCommand)[0].command == "error"
        await clock.wait(2_000)
        assert good.call.seen(PromptEnded)
        good.session.stopped()
        assert await tasks[1] is Disposition.BREAK_OFF
        assert log.calls["bad"]["disposition"] is Disposition.ERROR

    run_virtual(whole)


def test_a_fault_while_audio_is_heard_ends_that_call_only():
    async def main(rig, task):
        rig.detector.feed = None
        rig.session.audio(FRAME, 0)
        assert await task is Disposition.ERROR

    hold(main)


def test_a_refused_transfer_is_a_fact():
    async def main(rig, _):
        rig.carrier.transfers = False
        rig.session.digit("0")
        await rig.clock.wait(1)
        assert rig.call.seen(TransferEnded) == [TransferEnded(completed=False)]
        rig.session.stopped()

    hold(main, {DigitPressed: lambda *_: [Transfer("+15550009")]})


def test_a_caller_who_was_handed_over_is_not_hung_up():
    rules = {
        DigitPressed: lambda *_: [Transfer("+15550009")],
        LegEnded: lambda *_: [HangUp(Disposition.TRANSFERRED)],
    }

    async def main(rig, task):
        rig.session.digit("0")
        await rig.clock.wait(100)
        rig.session.stopped()
        assert await task is Disposition.TRANSFERRED
        assert not rig.carrier.is_hung_up

    hold(main, rules)


def test_a_resumed_call_goes_on_where_its_journal_ended():
    async def whole(clock):
        await clock.wait(7_777)
        rig = Rig(clock, END, ledger={"epoch": 1, "first_seq": 5, "begins_at": 60_000})
        rig.log.calls["c1"].update(epoch=1, lines=[(60_000, None, (), False, 0)] * 4)
        task = asyncio.ensure_future(rig.session.run())
        await clock.wait(500)
        rig.session.stopped()
        await task
        assert rig.call.facts == [(60_000, LegAnswered(1)), (60_500, LegEnded("hangup"))]

    run_virtual(whole)


def test_jitter_and_holes_in_the_media_do_not_bend_the_calls_time():
    async def main(rig, _):
        rig.detector.edges[220] = SpeechEdge(started=True, at=220, evidence_ms=100)
        rig.session.digit("1")
        await rig.line(100)
        await rig.clock.wait(120)
        rig.frames(1, start=200)  # a hole of 100 ms, then a frame in time
        assert rig.detector.heard_at[-1] == 220
        assert rig.call.times(SpeechStarted) == [220]
        await rig.clock.wait(180)
        rig.frames(6, start=220)  # six frames that were held up
        assert rig.detector.heard_at[-6:] == [240, 260, 280, 300, 320, 340]
        rig.session.stopped()

    hold(main)


def test_times_in_the_journal_never_go_back():
    async def main(rig, _):
        await rig.line(100)
        rig.detector.edges[120] = SpeechEdge(started=True, at=120, evidence_ms=100)
        await rig.clock.wait(300)
        rig.session.digit("1")
        rig.frames(1, start=100)
        assert rig.call.times(DigitPressed) == [400]
        assert rig.call.times(SpeechStarted)
        rig.session.stopped()

    rig = hold(main)
    times = [at for at, *_ in rig.log.calls["c1"]["lines"]]
    assert times == sorted(times)


def test_watchers_see_each_line_but_no_sensitive_value():
    seen = []

    async def main(rig, _):
        rig.call.is_sensitive = True
        rig.session.digit("7")
        rig.session.stopped()

    def broken(*_):
        raise RuntimeError("a bug in a page")

    watchers = [broken, lambda call, at, fact, orders: seen.append((call, fact, orders))]
    rig = hold(main, {DigitPressed: lambda *_: [answer(1, sensitive=True)]}, ledger={"watchers": watchers})
    assert seen[1][:2] == ("c1", DigitPressed("?"))
    assert seen[1][2][0].entry.answer.value == "[sensitive]"
    assert [line[3] for line in rig.log.calls["c1"]["lines"]] == [False, True, True]
    assert rig.log.facts("c1")[1] == DigitPressed("7")


def test_watchers_never_see_a_sensitive_value_read_back():
    seen = []
    read_back = Play(2, prompt("You entered 4 7 1 1.", sensitive=True))
    taken = TurnTaken(
        1, "pin", "digits", "Your pin?", "You entered 4 7 1 1.", "4711", "key", "4711", "ok",
        barged_in=False, false_alarms=0, asked_at=0, prompt_ended_at=None, answered_at=0,
    )  # fmt: skip

    async def main(rig, _):
        rig.session.digit("7")  # the read-back comes when the question is no longer open
        rig.call.is_sensitive = True
        rig.session.digit("#")
        rig.session.stopped()

    def orders(fact, *_):
        return [read_back] if fact.digit == "7" else [Record(1, taken)]

    rig = hold(main, {DigitPressed: orders}, ledger={"watchers": [lambda *told: seen.append(told)]})
    assert "4 7 1 1" not in repr(seen)
    assert "4711" not in repr(seen)
    assert "Your pin?" in repr(seen)
    assert [line[2] for line in rig.log.calls["c1"]["lines"]][1] == (read_back,)


def test_an_end_that_the_log_did_not_take_may_be_tried_again():
    async def main(rig, task):
        rig.log.failing = True
        rig.session.stopped()
        assert await task is Disposition.BREAK_OFF
        assert not rig.session.ledger.is_finished
        rig.log.failing = False
        await rig.session.ledger.finish(Disposition.BREAK_OFF)
        assert rig.session.ledger.is_finished
        assert rig.log.calls["c1"]["disposition"] is Disposition.BREAK_OFF

    hold(main)


def test_a_turn_gets_300_ms_from_before_the_voice_and_all_of_it_after():
    async def main(rig, _):
        stamp = await rig.line(1_000)
        rig.detector.edges[1_400] = SpeechEdge(started=True, at=1_400, evidence_ms=100)
        rig.detector.edges[2_000] = SpeechEdge(started=False, at=2_000, evidence_ms=160)
        rig.call.rules[DigitPressed] = lambda *_: [Listen(1, HINTS)]
        rig.session.digit("1")
        stamp = await rig.line(1_500, start=stamp)
        turn = rig.transcriber.turns[0]
        assert sum(map(len, turn.fed)) // 16 == 400 + 600
        assert all(len(piece) // 16 >= 80 for piece in turn.fed[:-1])
        assert turn.ends == 1
        assert rig.call.seen(SpeechStarted) == [SpeechStarted(100)]
        assert rig.call.seen(SpeechEnded) == [SpeechEnded(160)]
        rig.call.rules[DigitPressed] = lambda *_: [StopListening(1)]
        rig.session.digit("1")
        assert turn.is_closed
        rig.session.stopped()

    hold(main)


def test_voice_that_began_before_the_turn_was_opened_is_not_lost():
    async def main(rig, _):
        rig.detector.edges[400] = SpeechEdge(started=True, at=400, evidence_ms=100)
        stamp = await rig.line(800)
        rig.call.rules[DigitPressed] = lambda *_: [Listen(1, HINTS)]
        rig.session.digit("1")
        await rig.line(200, start=stamp)
        rig.detector.edges[1_020] = SpeechEdge(started=False, at=1_020, evidence_ms=160)
        await rig.line(20, start=1_000)
        assert sum(map(len, rig.transcriber.turns[0].fed)) // 16 == 600 + 220
        rig.session.stopped()

    hold(main)


def test_an_engine_that_breaks_is_a_fact_of_the_turn():
    async def main(rig, _):
        rig.transcriber.error = RuntimeError("no more lines")
        rig.session.digit("1")
        assert rig.call.seen(TranscriberFailed) == [TranscriberFailed(3, "error")]
        rig.transcriber.error = None
        rig.session.digit("1")
        turn = rig.transcriber.turns[0]
        turn.feed = None
        rig.detector.edges[20] = SpeechEdge(started=True, at=20, evidence_ms=0)
        rig.detector.edges[200] = SpeechEdge(started=False, at=200, evidence_ms=0)
        await rig.line(400)
        assert len(rig.call.seen(TranscriberFailed)) == 2
        rig.session.stopped()

    hold(main, {DigitPressed: lambda *_: [Listen(3, HINTS)]})


def test_a_keys_tone_is_no_voice():
    async def main(rig, _):
        await rig.clock.wait(1_000)
        rig.session.digit("1")
        assert rig.detector.muted_until == 1_400
        rig.session.stopped()

    hold(main)


def test_an_operators_wish_is_a_fact():
    async def main(rig, _):
        rig.session.command("hang_up")
        assert rig.call.seen(OperatorCommand) == [OperatorCommand("hang_up")]

    hold(main, {OperatorCommand: lambda *_: HANG_UP})


def test_what_the_recogniser_used_is_in_the_journal_though_it_is_told_at_the_end():
    used = ProviderReported("stt", "used", amount=900, unit="ms")

    async def main(clock):
        rig = Rig(clock, rules={LegEnded: lambda *_: [HangUp(Disposition.BREAK_OFF)]})
        rig.transcriber.close = lambda: rig.transcriber.post(used)
        task = asyncio.ensure_future(rig.session.run())
        await clock.wait(0)
        rig.session.stopped()
        await task
        return rig

    assert run_virtual(main).call.seen(ProviderReported) == [used]
