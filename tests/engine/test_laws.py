"""The nine laws of the core, over random histories."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.speech import BargeIn
from app.engine.actions import CallEnded, HangUp, Play, Record, StopPlayback
from app.engine.call import Call
from app.engine.events import (
    DeadlinePassed,
    DigitPressed,
    ErrandDone,
    Extracted,
    FinalTranscript,
    Interpreted,
    LegAnswered,
    LegEnded,
    OperatorCommand,
    PartialTranscript,
    PromptCut,
    PromptEnded,
    PromptStarted,
    ProviderReported,
    Recorded,
    RecordFailed,
    ReplyEnded,
    ReplySentence,
    ReplyStarted,
    ResponderFailed,
    SpeechEnded,
    SpeechStarted,
    StreamLost,
    SynthesizerFailed,
    TextTyped,
    TranscriberFailed,
    TransferEnded,
)
from app.engine.states import TRANSITIONS, Ended
from app.flows.expressions import compile_expression
from app.flows.loader import load_flow
from app.flows.model import Quota, WayOut
from tests.engine.stage import (
    bye,
    consent,
    converse,
    digits,
    flow,
    menu,
    message,
    numeric,
    open_question,
    opt_out,
    room,
    transfer,
    webhook,
    yes_no,
)

FLOWS = (
    flow(message(), yes_no(), menu(), digits(sensitive=True), open_question(), max_duration_ms=120_000),
    flow(message(bargein=BargeIn.NONE), consent(covers=frozenset({"recording"})), numeric(on_fail="end")),
    flow(yes_no(confirm="always", required=False), transfer(label="operator", on_fail="bye")),
    flow(menu(), converse(fields=("incident", "want_call"), exits=(WayOut("urgent", "danger", "bye"),))),
    flow(
        converse("first", "", most_turns=2, on_fail="end"),
        converse("second", fields=(), duration_ms=20_000),
        transfer(label="operator"),
        converse("third", ""),
    ),
)
FLOWS += (
    flow(
        numeric(),
        room("bye"),
        webhook(on_fail="stop"),
        yes_no(),
        webhook("tell", "happy", waits=False),
        opt_out(),
        bye(),
        quotas=(Quota("young", compile_expression("age < 40"), 2),),
    ),
    flow(webhook("first"), converse(), webhook("last", sensitive=True), transfer(label="operator")),
)
ROUNDS = """\
flow: rounds
time_zone: America/New_York
steps:
  - select_many: used
    prompt: "Which? ${choices}"
    order: random
    confirm: always
    choices:
      red: {key: "1", text: red}
      blue: {key: "2", text: blue}
      none: {key: "0", text: none, exclusive: true}
  - {repeat: each, over: used, order: rotate, steps: [{rating: score, prompt: "${item}?"}, {run_flow: why}]}
  - {date: day, range: [today - 1y, today + 1y], prompt: When?, confirm: always}
  - {callback: later, when: day >= today, ask_time: true, on_fail: bye}
  - {callback: anyhow}
  - {label: bye, end: completed}
...
--- # flow: why
steps: [{yes_no: again, prompt: Again?, then: [{goto: out}]}, {label: out, end: completed}]
flow: why
"""
FLOWS += (load_flow(ROUNDS, path="rounds.yaml", audio_exists=lambda _: False),)
NUMBERS = st.integers(0, 8)
WORDS = st.sampled_from(
    [
        "yes",
        "no",
        "red",
        "four two",
        "hello",
        "",
        "help",
        "twelve",
        "red and blue",
        "today",
        "tomorrow at three",
    ]
)
VALUES = st.sampled_from([{}, {"incident": "a fall"}, {"want_call": True, "incident": "x"}, {"other": 1}])
FACTS = st.one_of(
    st.builds(LegAnswered, st.integers(0, 3)),
    st.builds(LegAnswered, st.integers(1, 3), st.just("2026-11-01T05:30:00+00:00")),
    st.builds(DigitPressed, st.sampled_from("0123456789*#")),
    st.builds(DigitPressed, st.sampled_from("12#")),
    st.builds(DigitPressed, st.just("9")),  # at most questions here no answer: what follows is its tail
    st.builds(SpeechStarted, st.integers(60, 160)),
    st.builds(SpeechEnded, st.integers(100, 300)),
    st.builds(PartialTranscript, NUMBERS, WORDS, st.floats(0, 1)),
    st.builds(FinalTranscript, NUMBERS, WORDS, st.floats(0, 1)),
    st.builds(TextTyped, NUMBERS, WORDS),
    st.builds(PromptStarted, NUMBERS, st.booleans()),
    st.builds(PromptEnded, NUMBERS),
    st.builds(PromptCut, NUMBERS, st.integers(0, 3), st.just("Hello."), st.integers(0, 900)),
    st.builds(Recorded, NUMBERS),
    st.builds(RecordFailed, NUMBERS),
    st.builds(TranscriberFailed, NUMBERS, st.just("busy")),
    st.builds(SynthesizerFailed, NUMBERS, st.just("error")),
    st.builds(ReplyStarted, NUMBERS),
    st.builds(ReplySentence, NUMBERS, st.integers(0, 2), st.sampled_from(["I see.", "And then? Go on.", ""])),
    st.builds(ReplyEnded, NUMBERS),
    st.builds(Extracted, NUMBERS, VALUES, st.sampled_from(["", "urgent", "nowhere"])),
    st.builds(Interpreted, NUMBERS, st.sampled_from(["yes", "red", 4, None, "mauve"]), st.floats(0, 1)),
    st.builds(ResponderFailed, NUMBERS, st.just("timeout")),
    st.builds(ProviderReported, st.just("llm"), st.just("used")),
    st.builds(ErrandDone, NUMBERS, st.booleans(), st.sampled_from(["", "full"]), VALUES),
    st.builds(TransferEnded, st.booleans()),
    st.builds(StreamLost),
    st.just(DeadlinePassed()),
)
RARE = st.one_of(
    st.builds(LegEnded, st.sampled_from(["hangup", "busy", "completed", "?"])),
    st.builds(OperatorCommand, st.sampled_from(["hang_up", "interrupt", "interrupt_prompt", "error", "?"])),
    st.just(OperatorCommand("transfer", "+14155550123")),
)
GAPS = st.one_of(st.integers(0, 4_000), st.sampled_from([0, 200, 1_500, 1_501]))
STEPS = st.lists(st.tuples(GAPS, st.one_of(FACTS, FACTS, FACTS, FACTS, RARE)), max_size=60)
BEGUN = STEPS.map(lambda steps: [(0, LegAnswered()), *steps])


def histories(steps):
    at = 0
    for gap, fact in steps:
        at += gap
        yield at, fact


def live_ask(scene, fact):
    if isinstance(fact, Interpreted):
        return scene.inquiry
    if scene.talk is None:
        return scene.asks
    return scene.talk.extraction if isinstance(fact, Extracted) else scene.talk.reply


def live_numbers(call: Call, fact):
    """Point half of the numbered facts at what is really under way, so that histories go far."""
    scene = call._scene
    match fact:
        case PromptStarted() | PromptEnded() | PromptCut() | SynthesizerFailed() if fact.play % 2:
            return type(fact)(scene.plays, *[getattr(fact, n) for n in fact.__slots__[1:]])
        case ReplyStarted() | ReplySentence() | ReplyEnded() | Extracted() | Interpreted() if fact.ask % 2:
            return replace(fact, ask=live_ask(scene, fact))
        case ResponderFailed() if fact.ask % 2:
            return replace(fact, ask=scene.asks)
        case ErrandDone() if fact.errand % 2:
            return replace(fact, errand=scene.errand.number if scene.errand else 0)
        case Recorded() | RecordFailed() if fact.record % 2:
            return type(fact)(scene.records)
        case PartialTranscript() | FinalTranscript() if fact.turn % 2:
            return type(fact)(scene.turns, fact.text, fact.confidence)
        case TextTyped() if fact.turn % 2:
            return TextTyped(scene.turns, fact.text)
        case _:
            return fact


def run(number, steps):
    """Return the facts as they were fed, the orders of each, and the call."""
    call = Call(FLOWS[number], seed="7")
    fed, orders = [], []
    for at, fact in histories(steps):
        real = live_numbers(call, fact)
        fed.append((at, real))
        orders.append(call.handle(real, at))
    return fed, orders, call


def snapshot(call: Call):
    scene = call._scene
    return (
        repr((scene.talk, scene.inquiry, scene.asks))
        + repr(
            (
                scene.state,
                scene.asking,
                scene.breath,
                scene.breaths,
                scene.type_ahead,
                scene.tail,
                scene.key_at,
                scene.plays,
                scene.turns,
            )
        )
        + repr((scene.errand, scene.records, scene.epoch, scene.open_ms, scene.run.answers, scene.unanswered))
    )


FLOW_NUMBERS = st.integers(0, len(FLOWS) - 1)


@given(FLOW_NUMBERS, BEGUN)
@settings(max_examples=300, deadline=None)
def test_no_history_raises_and_the_same_history_gives_the_same_orders(number, steps):
    fed, orders, _ = run(number, steps)
    call = Call(FLOWS[number], seed="7")
    assert [call.handle(fact, at) for at, fact in fed] == orders


@given(FLOW_NUMBERS, BEGUN)
@settings(max_examples=200, deadline=None)
def test_two_prompts_never_play_at_once(number, steps):
    fed, orders, _ = run(number, steps)
    playing = None
    for (_, fact), answer in zip(fed, orders, strict=True):
        if isinstance(fact, PromptEnded | SynthesizerFailed) and fact.play == playing:
            playing = None
        for order in answer:
            if isinstance(order, StopPlayback):
                playing = None
            if isinstance(order, Play):
                assert playing is None, (playing, order.play, fact)
                playing = order.play


@given(FLOW_NUMBERS, BEGUN, st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_an_answer_with_an_old_number_changes_nothing(number, steps, where):
    fed, _, _ = run(number, steps)
    call = Call.restore(FLOWS[number], fed[: where + 1], seed="7")
    scene = call._scene
    at = fed[min(where, len(fed) - 1)][0]
    before = snapshot(call)
    for old in (
        PromptEnded(scene.plays - 1),
        Recorded(scene.records + 1),
        PartialTranscript(scene.turns - 1, "yes", 0.9),
        FinalTranscript(scene.turns + 1, "yes", 0.9),
        TextTyped(scene.turns - 1, "yes"),
        SynthesizerFailed(scene.plays + 1, "error"),
        ReplyStarted(scene.asks + 1),
        ReplySentence(scene.asks + 1, 0, "I see."),
        ReplyEnded(scene.asks + 1),
        Extracted(scene.asks + 1, {"incident": "a fall"}),
        Interpreted(scene.asks + 1, "yes", 1.0),
        ResponderFailed(scene.asks + 1, "timeout"),
        ErrandDone((scene.errand.number if scene.errand else 0) + 1, True),
    ):
        assert call.handle(old, at) == []
    assert snapshot(call) == before


@given(FLOW_NUMBERS, BEGUN)
@settings(max_examples=200, deadline=None)
def test_every_live_state_has_a_deadline_that_is_not_past(number, steps):
    call = Call(FLOWS[number], seed="7")
    for at, fact in histories(steps):
        call.handle(live_numbers(call, fact), at)
        due = call.next_deadline
        assert (due is None) == isinstance(call.state, Ended)
        assert due is None or due > at


@given(FLOW_NUMBERS, BEGUN)
@settings(max_examples=100, deadline=None)
def test_a_call_that_hears_nothing_more_ends_by_its_own_deadlines(number, steps):
    _, _, call = run(number, steps)
    for _ in range(500):
        due = call.next_deadline
        if due is None:
            break
        call.handle(DeadlinePassed(), due)
    assert isinstance(call.state, Ended)


@given(FLOW_NUMBERS, BEGUN)
@settings(max_examples=200, deadline=None)
def test_deadlines_that_are_due_are_settled_before_the_fact(number, steps):
    call, twin = Call(FLOWS[number], seed="7"), Call(FLOWS[number], seed="7")
    for at, fact in histories(steps):
        real = live_numbers(call, fact)
        due = twin.next_deadline
        first = twin.handle(DeadlinePassed(), at) if due is not None and due <= at else []
        assert call.handle(real, at) == first + twin.handle(real, at)


@given(FLOW_NUMBERS, BEGUN)
@settings(max_examples=200, deadline=None)
def test_ended_absorbs_with_one_hang_up_and_one_disposition(number, steps):
    # The end of a stream does not end a call that is handed over; an operator's word ends every call.
    last = [(0, LegEnded("hangup")), (0, OperatorCommand("hang_up"))]
    fed, orders, call = run(number, [*steps, *last, (9, LegAnswered(9)), (9, DeadlinePassed())])
    flat = [order for answer in orders for order in answer]
    assert len([o for o in flat if isinstance(o, HangUp)]) == 1
    assert len([o for o in flat if isinstance(o, Record) and isinstance(o.entry, CallEnded)]) == 1
    assert orders[-1] == []
    assert call.disposition is not None
    assert fed


@given(FLOW_NUMBERS, BEGUN, st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_a_restored_call_equals_the_call_that_wrote_the_journal(number, steps, where):
    fed, _, call = run(number, steps[: where + 1])
    assert snapshot(Call.restore(FLOWS[number], fed, seed="7")) == snapshot(call)


@given(FLOW_NUMBERS, BEGUN, st.text("0123456789*", max_size=8))
@settings(max_examples=200, deadline=None)
def test_keys_typed_on_behind_an_entry_that_was_no_answer_change_nothing(number, steps, keys):
    fed, _, call = run(number, [*steps, (0, DigitPressed("9"))])
    tail, at = call._scene.tail, fed[-1][0]
    if tail is None or not tail.is_typed_on:
        return
    before = (call.state, call.next_deadline, repr(call.question), call._scene.type_ahead)
    for key in keys:
        assert call.handle(DigitPressed(key), at) == []
    assert (call.state, call.next_deadline, repr(call.question), call._scene.type_ahead) == before


@given(FLOW_NUMBERS, BEGUN)
@settings(max_examples=200, deadline=None)
def test_the_call_only_goes_where_the_table_says(number, steps):
    call = Call(FLOWS[number], seed="7")
    for at, fact in histories(steps):
        before = type(call.state)
        call.handle(live_numbers(call, fact), at)
        after = type(call.state)
        assert after is before or after is Ended or after in TRANSITIONS[before], (before, after, fact)


@given(FLOW_NUMBERS, BEGUN)
@settings(max_examples=100, deadline=None)
def test_a_provider_failure_never_ends_a_call_at_once(number, steps):
    _, _, call = run(number, steps)
    if isinstance(call.state, Ended):
        return
    at = 10_000_000
    call.handle(TranscriberFailed(call._scene.turns, "error"), min(at, (call.next_deadline or at) - 1))
    assert not isinstance(call.state, Ended)
