"""A conversation with a model, on the virtual clock: turns, interruptions, slowness and what it brings."""

from dataclasses import replace

from app.domain.answers import Status
from app.domain.conversation import Line, Role
from app.domain.speech import BargeIn
from app.engine.actions import AnswerGiven, Ask, Extend, Extract, Listen, StopPlayback
from app.engine.call import Call
from app.engine.events import (
    Extracted,
    LegAnswered,
    OperatorCommand,
    ReplyEnded,
    ReplySentence,
    ReplyStarted,
    ResponderFailed,
    SpeechEnded,
    SpeechStarted,
    StreamLost,
    SynthesizerFailed,
)
from app.engine.states import Deciding, Ended, Hearing, Listening, Prompting, Thinking
from app.flows.model import LanguageSpec, WayOut
from tests.engine.stage import Stage, bye, converse, yes_no
from tests.engine.stage import flow as make_flow

BOT, CALLER = Role.BOT, Role.CALLER


def talking(*steps, model="llama", **more) -> Stage:
    """A call in which the caller has just answered the conversation's opening."""
    stage = Stage(*(steps or (converse(**more),)))
    stage.model = model
    stage.answer().prompt_ends()
    stage.say("I fell on the stairs")
    return stage


def until(stage: Stage, ms: int) -> None:
    """Let time pass until so long after the model was asked."""
    stage.wait(stage.call._scene.talk.asked_at + ms - stage.now)


def nothing_found(stage):
    stage.post(Extracted(stage.order_of(Extract).ask, {}))


def test_the_callers_words_go_to_the_model_at_once_with_what_was_heard_before():
    stage = talking()
    assert isinstance(stage.call.state, Thinking)
    conversation = stage.order_of(Ask).conversation
    assert conversation.lines == (Line(BOT, "What happened?"), Line(CALLER, "I fell on the stairs"))
    assert conversation.turns_left == 5
    assert stage.order_of(Extract).conversation == conversation


def test_a_model_without_an_opening_of_the_authors_speaks_first():
    stage = Stage(converse(opening=""))
    stage.model = "llama"
    stage.answer()
    assert stage.order_of(Ask).conversation.lines == ()
    stage.reply("Hello, what happened?")
    assert stage.said == "Hello, what happened?"


def test_the_first_sentence_is_spoken_while_the_rest_is_still_to_come():
    stage = talking()
    ask = stage.order_of(Ask).ask
    stage.post(ReplyStarted(ask))
    stage.post(ReplySentence(ask, 0, "I am sorry."))
    assert stage.playing is not None
    assert stage.playing.is_open
    assert stage.said == "I am sorry."
    orders = stage.post(ReplySentence(ask, 1, "Were you hurt?"))
    assert [type(order) for order in orders] == [Extend]
    assert stage.said == "I am sorry. Were you hurt?"
    stage.post(ReplyEnded(ask))
    assert not stage.playing.is_open


def test_after_the_reply_the_floor_is_the_callers():
    stage = talking()
    stage.reply("Were you hurt?")
    stage.prompt_ends()
    assert isinstance(stage.call.state, Listening)
    stage.say("my knee")
    assert stage.order_of(Ask).conversation.lines[-2:] == (
        Line(BOT, "Were you hurt?"),
        Line(CALLER, "my knee"),
    )


def test_only_what_was_heard_of_a_reply_enters_the_conversation():
    stage = talking()
    stage.reply("I am sorry.", "Were you hurt?")
    stage.heard_utterances = 1
    stage.say("the rail was loose")
    assert stage.order_of(Ask).conversation.lines[-2:] == (
        Line(BOT, "I am sorry."),
        Line(CALLER, "the rail was loose"),
    )


def test_talking_over_a_reply_stops_the_tokens_with_the_sound():
    stage = talking()
    ask = stage.order_of(Ask).ask
    stage.post(ReplyStarted(ask))
    stage.post(ReplySentence(ask, 0, "I am sorry to hear that."))
    stage.now += 100
    stage.post(SpeechStarted(100))
    before = stage.now
    stage.wait(100)
    assert stage.stopped == [ask]
    assert stage.last(StopPlayback)[0] == before + 100
    assert isinstance(stage.call.state, Hearing)
    assert stage.post(ReplySentence(ask, 1, "Too late.")) == []


def test_noise_over_a_reply_resumes_it_from_the_sentence_that_was_cut():
    stage = talking()
    stage.reply("I am sorry.", "Were you hurt?")
    stage.heard_utterances = 1
    stage.voice(400)
    stage.wait(1_000)
    assert stage.said == "Were you hurt?"


def test_an_mhm_over_the_bot_does_not_take_the_turn():
    stage = talking()
    stage.reply("I am sorry.", "Were you hurt?")
    stage.heard_utterances = 1
    stage.say("mhm")
    assert stage.said == "Were you hurt?"
    assert len([order for order in stage.asked if isinstance(order, Ask)]) == 1


def test_the_same_mhm_is_an_answer_when_the_caller_has_the_floor():
    stage = talking()
    stage.reply("Were you hurt?")
    stage.prompt_ends()
    stage.say("mhm")
    assert stage.order_of(Ask).conversation.lines[-1] == Line(CALLER, "mhm")


def test_a_caller_who_goes_on_while_the_model_thinks_is_heard_out():
    stage = talking()
    ask = stage.order_of(Ask).ask
    stage.now += 100
    stage.post(SpeechStarted(100))
    stage.wait(300)
    stage.post(ReplySentence(ask, 0, "I see."))
    assert stage.playing is None
    assert stage.stopped == [ask]
    stage.partial("and then I")
    stage.post(SpeechEnded(200))
    stage.final("and then I waited")
    stage.wait(1_600)
    assert stage.order_of(Ask).conversation.lines[-2:] == (
        Line(CALLER, "I fell on the stairs"),
        Line(CALLER, "and then I waited"),
    )


def test_a_caller_who_goes_on_before_the_bot_answered_spends_no_further_turn():
    stage = talking(most_turns=2)
    stage.say("and then I waited")
    assert stage.order_of(Ask).conversation.turns_left == 1
    stage.reply("Were you hurt?")
    stage.prompt_ends()
    stage.say("my knee")
    assert stage.order_of(Ask).conversation.turns_left == 1
    assert isinstance(stage.call.state, Thinking)
    nothing_found(stage)
    assert stage.said == "Goodbye."


def test_words_over_an_answer_that_was_begun_are_a_turn():
    stage = talking()
    stage.reply("I am sorry.", "Were you hurt?")
    stage.say("the rail was loose")
    assert stage.order_of(Ask).conversation.turns_left == 4


def test_words_without_a_voice_edge_stop_the_thought_too():
    stage = talking()
    stage.partial("and another thing")
    assert isinstance(stage.call.state, Hearing)
    assert stage.stopped == [stage.order_of(Ask).ask]


def test_mere_noise_while_the_model_thought_has_it_think_again():
    stage = talking()
    first = stage.order_of(Ask).ask
    stage.now += 100
    stage.post(SpeechStarted(100))
    stage.post(ReplySentence(first, 0, "I see."))
    stage.post(SpeechEnded(200))
    stage.wait(1_100)
    assert isinstance(stage.call.state, Thinking)
    assert stage.order_of(Ask).ask > first


def test_values_that_were_found_are_recorded_and_the_known_is_told_to_the_model():
    stage = talking(fields=("incident", "want_call"))
    stage.reply("Shall somebody call you?")
    stage.post(Extracted(stage.order_of(Extract).ask, {"incident": "fell on the stairs", "nonsense": 1}))
    assert stage.answers == {"incident": "fell on the stairs"}
    stage.prompt_ends()
    stage.say("yes please")
    assert stage.order_of(Ask).conversation.known == {"incident": "fell on the stairs"}


def test_a_conversation_that_brought_all_ends_without_another_question():
    stage = talking()
    ask = stage.order_of(Ask).ask
    stage.post(Extracted(stage.order_of(Extract).ask, {"incident": "fell"}))
    assert ask in stage.stopped
    assert stage.said == "Goodbye."
    assert stage.answers == {"incident": "fell"}


def test_a_reply_that_sounds_already_is_finished_before_the_flow_goes_on():
    stage = talking()
    stage.reply("Oh dear.")
    stage.post(Extracted(stage.order_of(Extract).ask, {"incident": "fell"}))
    assert stage.said == "Oh dear."
    stage.prompt_ends()
    assert stage.said == "Goodbye."


def test_values_found_while_the_caller_has_the_floor_end_the_conversation():
    stage = talking()
    stage.reply("Oh dear.")
    stage.prompt_ends()
    stage.post(Extracted(stage.order_of(Extract).ask, {"incident": "fell"}))
    assert stage.said == "Goodbye."


def test_what_was_found_is_committed_before_the_next_prompt():
    stage = talking()
    stage.holds_commits = True
    stage.post(Extracted(stage.order_of(Extract).ask, {"incident": "fell"}))
    assert isinstance(stage.call.state, Deciding)
    assert stage.playing is None
    stage.commit()
    assert stage.said == "Goodbye."


def test_a_way_out_leads_where_the_author_said():
    steps = (
        converse(exits=(WayOut("urgent", "an emergency", "rescue"),)),
        bye(),
        yes_no("rescue", prompt="Shall we send help?"),
    )
    stage = talking(*steps)
    stage.post(Extracted(stage.order_of(Extract).ask, {}, "urgent"))
    assert stage.said == "Shall we send help?"


def test_a_way_out_that_nobody_named_leads_nowhere():
    stage = talking()
    stage.post(Extracted(stage.order_of(Extract).ask, {}, "transfer the money"))
    assert isinstance(stage.call.state, Thinking)


def test_after_the_last_turn_only_what_it_brought_is_waited_for():
    stage = talking(most_turns=1)
    assert not [order for order in stage.asked if isinstance(order, Ask)]
    assert isinstance(stage.call.state, Thinking)
    stage.post(Extracted(stage.order_of(Extract).ask, {"incident": "fell"}))
    assert stage.said == "Goodbye."


def test_an_extraction_that_does_not_come_ends_the_conversation_all_the_same():
    stage = talking(most_turns=1)
    stage.wait(3_000)
    assert stage.said == "Goodbye."
    assert stage.stopped == [stage.order_of(Extract).ask]
    assert [line.answer.status for line in stage.entries(AnswerGiven)] == [Status.NO_INPUT]


def test_an_extraction_that_failed_at_the_end_ends_the_conversation():
    stage = talking(most_turns=1)
    stage.post(ResponderFailed(stage.order_of(Extract).ask, "error"))
    assert stage.said == "Goodbye."


def test_an_extraction_that_failed_on_the_way_is_made_up_for_by_the_next():
    stage = talking()
    stage.post(ResponderFailed(stage.order_of(Extract).ask, "throttled"))
    stage.reply("Were you hurt?")
    stage.prompt_ends()
    stage.say("yes my knee")
    assert len(stage.order_of(Extract).conversation.lines) == 4


def test_a_conversation_that_looks_for_nothing_ends_with_its_last_turn():
    stage = talking(fields=(), most_turns=1)
    assert stage.said == "Goodbye."


def test_after_its_time_no_further_turn_begins():
    stage = talking(duration_ms=10_000)
    stage.reply("Were you hurt?")
    stage.wait(8_000)
    nothing_found(stage)
    stage.prompt_ends()
    assert stage.said == "Goodbye."


def test_a_model_that_has_no_first_word_after_three_seconds_is_gone_without():
    stage = talking()
    ask = stage.order_of(Ask).ask
    until(stage, 2_999)
    assert isinstance(stage.call.state, Thinking)
    stage.wait(1)
    assert ask in stage.stopped
    assert stage.playing is not None


def test_a_model_without_a_sentence_after_four_and_a_half_seconds_is_gone_without():
    stage = talking()
    stage.post(ReplyStarted(stage.order_of(Ask).ask))
    until(stage, 4_499)
    assert isinstance(stage.call.state, Thinking)
    stage.wait(1)
    assert stage.playing is not None


def test_a_reply_that_does_not_sound_in_time_is_not_waited_for():
    stage = talking()
    ask = stage.order_of(Ask).ask
    asked_at = stage.call._scene.talk.asked_at
    until(stage, 2_000)
    stage._carry_out = lambda order: None  # the voice is silent: nothing starts, nothing is cut
    stage.post(ReplySentence(ask, 0, "I see."))
    assert stage.call.next_deadline is not None
    assert stage.call.next_deadline <= asked_at + 5_500


def test_a_failed_reply_is_asked_for_once_more():
    stage = talking()
    first = stage.order_of(Ask)
    stage.post(ResponderFailed(first.ask, "throttled"))
    again = stage.order_of(Ask)
    assert again.ask > first.ask
    assert again.conversation == first.conversation
    stage.reply("I am sorry.")
    assert stage.said == "I am sorry."


def test_a_model_that_fails_twice_leaves_the_flow_to_go_on_kindly():
    stage = talking()
    for _ in range(2):
        stage.post(ResponderFailed(stage.order_of(Ask).ask, "throttled"))
    assert not isinstance(stage.call.state, Thinking)
    first = stage.playing.prompt.utterances[0].text
    assert first not in {"Goodbye.", ""}
    assert stage.entries(AnswerGiven)[-1].answer.status is Status.NO_INPUT


def test_two_tries_take_no_longer_than_one_slow_one():
    stage = talking()
    until(stage, 2_900)
    asked_at = stage.call._scene.talk.asked_at
    stage.post(ResponderFailed(stage.order_of(Ask).ask, "timeout"))
    assert stage.call.next_deadline == asked_at + 4_500
    stage.wait(1_600)
    assert stage.playing is not None


def test_a_reply_that_is_no_words_counts_as_a_failure():
    stage = talking()
    first = stage.order_of(Ask).ask
    stage.post(ReplyStarted(first))
    stage.post(ReplySentence(first, 0, "  "))
    stage.post(ReplyEnded(first))
    assert stage.order_of(Ask).ask > first


def test_a_reply_that_breaks_off_is_heard_as_far_as_it_came():
    stage = talking()
    ask = stage.order_of(Ask).ask
    stage.post(ReplySentence(ask, 0, "I am sorry."))
    stage.post(ResponderFailed(ask, "error"))
    assert not stage.playing.is_open
    stage.prompt_ends()
    assert isinstance(stage.call.state, Listening)


def test_a_reply_that_cannot_be_spoken_gives_way_to_the_flow():
    stage = talking()
    stage.post(ReplySentence(stage.order_of(Ask).ask, 0, "I am sorry."))
    broken, stage.playing = stage.playing, None
    stage.post(SynthesizerFailed(broken.play, "error"))
    assert stage.playing is not None
    assert stage.said != "I am sorry."


def test_silence_is_asked_after_and_given_up_like_at_a_question():
    stage = talking(on_fail="end")
    stage.reply("Were you hurt?")
    stage.prompt_ends()
    asked = len(stage.asked)
    for _ in range(2):
        stage.wait(5_000)
        assert isinstance(stage.call.state, Prompting)
        stage.prompt_ends()
        assert isinstance(stage.call.state, Listening)
    stage.wait(5_000)
    stage.prompt_ends()
    stage.prompt_ends()
    assert isinstance(stage.call.state, Ended)
    assert len(stage.asked) == asked


def test_a_key_silences_the_bot_and_gives_the_caller_the_floor():
    stage = talking()
    stage.reply("I am sorry.", "Were you hurt?")
    stage.press("5")
    assert stage.playing is None
    assert isinstance(stage.call.state, Listening)


def test_a_key_that_means_nothing_here_does_not_disturb_the_thought():
    stage = talking()
    stage.press("5")
    assert isinstance(stage.call.state, Thinking)
    assert stage.stopped == []


def test_repeat_says_the_bots_last_line_again_without_the_model():
    stage = talking()
    stage.reply("Were you hurt?")
    stage.prompt_ends()
    asked = len(stage.asked)
    stage.press("*")
    stage.wait(3_000)
    assert stage.said == "Were you hurt?"
    assert len(stage.asked) == asked
    stage.prompt_ends()
    assert isinstance(stage.call.state, Listening)


def test_repeat_before_the_bot_said_anything_has_it_speak():
    stage = Stage(converse(opening=""))
    stage.model = "llama"
    stage.answer()
    first = stage.order_of(Ask).ask
    stage.press("*")
    stage.wait(3_000)
    assert stage.order_of(Ask).ask > first


def test_opting_out_is_possible_while_the_model_thinks():
    stage = talking()
    stage.press("*9")
    stage.errand_succeeds()
    stage.prompt_ends()
    assert stage.disposition == "opted_out"


def test_the_operators_interruption_stops_a_thought():
    stage = talking()
    stage.post(OperatorCommand("interrupt_prompt"))
    assert stage.stopped == [stage.order_of(Ask).ask]
    assert isinstance(stage.call.state, Listening)


def test_a_lost_line_stops_the_model_and_the_model_is_asked_anew_when_the_caller_is_back():
    stage = talking()
    ask, extraction = stage.order_of(Ask).ask, stage.order_of(Extract).ask
    stage.post(StreamLost())
    assert set(stage.stopped) == {ask, extraction}
    stage.post(LegAnswered(1))
    stage.prompt_ends()
    assert stage.order_of(Ask).ask > ask
    assert stage.order_of(Ask).conversation.lines[-1] == Line(CALLER, "I fell on the stairs")


def test_a_caller_who_is_back_hears_again_what_they_were_to_answer():
    stage = talking()
    stage.reply("Were you hurt?")
    stage.prompt_ends()
    stage.post(StreamLost())
    stage.post(LegAnswered(1))
    stage.prompt_ends()
    assert stage.said == "Were you hurt?"


def test_a_hang_up_in_a_conversation_keeps_what_it_brought():
    stage = talking(fields=("incident", "want_call"))
    stage.post(Extracted(stage.order_of(Extract).ask, {"incident": "fell"}))
    stage.post(OperatorCommand("hang_up"))
    assert stage.answers == {"incident": "fell"}
    assert stage.order_of(Ask).ask in stage.stopped


def test_numbers_of_papers_do_not_reach_the_model():
    stage = talking()
    stage.reply("Your card?")
    stage.prompt_ends()
    stage.say("my card is 4111 1111 1111 1111")
    assert "4111" not in stage.order_of(Ask).conversation.lines[-1].text


def test_the_turns_line_says_how_long_the_model_took():
    stage = talking()
    ask = stage.order_of(Ask).ask
    until(stage, 900)
    stage.post(ReplyStarted(ask))
    stage.wait(250)
    stage.post(ReplySentence(ask, 0, "I am sorry."))
    latency = stage.turns[-1].latency_ms
    assert latency["first_token"] == 900
    assert latency["first_sentence"] == 1_150


def test_the_turns_line_tells_the_first_word_of_the_model_that_is_heard():
    stage = talking()
    ask = stage.order_of(Ask).ask
    for ms in (300, 900):
        until(stage, ms)
        stage.post(ReplyStarted(ask))
    stage.post(ReplySentence(ask, 0, "I am sorry."))
    assert stage.turns[-1].latency_ms["first_token"] == 900


def test_a_conversation_that_may_not_be_talked_over_is_not():
    stage = talking(bargein=BargeIn.NONE)
    stage.reply("I am sorry.")
    stage.voice(900)
    assert stage.said == "I am sorry."


def test_every_sentence_is_heard_by_one_listening():
    stage = talking()
    stage.reply("I am sorry.", "Were you hurt?")
    stage.prompt_ends()
    turn = stage.last(Listen)[1].turn
    assert [o.turn for _, o in stage.orders if isinstance(o, Listen)].count(turn) == 1


def test_the_recogniser_is_told_the_flows_vocabulary():
    flow = replace(make_flow(yes_no()), languages={"en": LanguageSpec("en", "en-US", vocabulary="clinic")})
    call = Call(flow)
    assert call.expecting.vocabulary == "clinic"
    (listen,) = [order for order in call.handle(LegAnswered(), 0) if isinstance(order, Listen)]
    assert listen.hints.vocabulary == "clinic"


def test_the_recogniser_expects_the_short_answers_that_are_wanted_next():
    stage = talking(fields=("incident", "want_call"))
    listens = [order for _, order in stage.orders if isinstance(order, Listen)]
    opened, asked = [order.hints.phrases for order in listens][-2:]
    assert "yes" not in opened, "text was asked for"
    assert "yes" in asked, "the text was given, and is still being looked through"
