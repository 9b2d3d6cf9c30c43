"""A call in writing is understood as a call on the line would be."""

from app.commands.rehearsal import Kind, Rehearsal
from app.domain.call import Disposition
from app.flows.model import Confirm
from tests.flows.clinic import (
    DTMF_ONLY,
    SPEECH_ONLY,
    age,
    clinic,
    color,
    consent,
    converse,
    end,
    flow,
    message,
    text,
    transfer,
    when,
    why,
    yes_no,
)


def texts(lines, kind):
    return [line.text for line in lines if line.kind is kind]


def talk(flow_, *typed, variables=None):
    rehearsal = Rehearsal(flow_, variables)
    lines = rehearsal.begin()
    for line in typed:
        lines += rehearsal.give(line)
    return rehearsal, lines


def understood(flow_, *typed):
    return texts(talk(flow_, *typed)[1], Kind.UNDERSTOOD)


def test_digits_are_keys_words_are_speech_and_an_empty_line_is_silence():
    assert understood(flow(color()), "", "green", "crimson") == [
        "no input",
        "no match",
        'color = r (red), speech "crimson", ask 3',
    ]
    assert understood(flow(color()), "2") == ['color = b (blue), key "2"']


def test_keys_left_over_answer_the_next_question():
    assert understood(flow(color(), age()), "135#") == ['color = r (red), key "1"', 'age = 35, key "35"']
    assert understood(flow(color(), age()), "1#35") == ['color = r (red), key "1"', 'age = 35, key "35"']


def test_a_wrong_entry_drops_the_keys_behind_it():
    rehearsal, lines = talk(flow(color(), age()), "735")
    assert texts(lines, Kind.NOTE) == ["the keys 35 are dropped"]
    assert rehearsal.step == "color"


def test_the_terminator_ends_a_wrong_entry_as_on_the_line():
    rehearsal, lines = talk(flow(color(), age()), "735#135#")
    assert texts(lines, Kind.NOTE) == ["the keys 35# are dropped"]
    assert texts(lines, Kind.UNDERSTOOD) == [
        "no match",
        'color = r (red), key "1", ask 2',
        'age = 35, key "35"',
    ]
    assert rehearsal.is_over


def test_a_wrong_entry_that_ends_its_question_drops_the_keys_behind_it_all_the_same():
    rehearsal, lines = talk(flow(color(max_attempts=1), age()), "735")
    assert texts(lines, Kind.NOTE) == ["the keys 35 are dropped"]
    assert rehearsal.step == "age"


def test_keys_behind_an_entry_that_its_caller_ended_are_a_new_one():
    assert understood(flow(color()), "#1") == ["no match", 'color = r (red), key "1", ask 2']


def test_a_delicate_question_wants_fresh_keys():
    _, lines = talk(flow(color(), consent(on_no="end"), end()), "11")
    assert texts(lines, Kind.NOTE) == ["the keys 1 are dropped"]


def test_keys_after_the_end_mean_nothing():
    assert texts(talk(flow(color()), "12")[1], Kind.END) == ["completed"]


def test_the_stars_requests_work_in_writing_and_in_words():
    heard = understood(flow(color()), "*", "*4", "repeat that please")
    assert heard == ["repeat", "help", "repeat"]


def test_words_heard_so_so_are_read_back():
    _, lines = talk(flow(color()), "red ~0.6", "yes")
    assert texts(lines, Kind.BOT)[1] == "I heard red. Is that right?"
    assert texts(lines, Kind.UNDERSTOOD)[0] == "heard red (0.6)"


def test_a_question_hears_only_what_its_author_allows():
    _, lines = talk(flow(color(policy=DTMF_ONLY)), "red")
    assert texts(lines, Kind.NOTE) == ["this question hears keys only"]
    assert understood(flow(color(policy=SPEECH_ONLY)), "1") == ["no input"]


def test_too_few_keys_are_all_there_is():
    assert understood(flow(age(minimum=100)), "1") == ["no match"]


def test_the_terminator_alone_skips_what_may_be_skipped():
    assert understood(flow(color(required=False)), "#") == ["color: refused"]


def test_words_of_an_open_answer_are_kept_as_they_are():
    assert understood(flow(why()), "Because I said so.") == [
        'why = Because I said so., speech "Because I said so."'
    ]


def test_the_end_lists_the_answers():
    rehearsal, lines = talk(flow(yes_no(confirm=Confirm.NEVER), end()), "yes")
    assert rehearsal.is_over
    assert texts(lines, Kind.END) == ["completed"]
    assert texts(lines, Kind.ANSWER) == ['ready = true (yes), speech "yes"']
    assert rehearsal.give("1") == []
    assert rehearsal.give("yes") == []


def test_a_hang_up_ends_the_call_once():
    rehearsal, _ = talk(flow(color()))
    assert texts(rehearsal.hang_up(), Kind.END) == ["break_off"]
    assert rehearsal.hang_up() == []


def test_a_transfer_is_taken_or_not():
    steps = flow(transfer(on_fail="sorry"), end(), end("sorry", prompt=text("Nobody.")))
    rehearsal, lines = talk(steps, "")
    assert texts(lines, Kind.NOTE) == ["transfer to +15550100", "somebody takes the call"]
    assert texts(lines, Kind.END) == ["transferred"]
    assert not rehearsal.waits_for_transfer
    _, lines = talk(steps, "n")
    assert texts(lines, Kind.BOT) == ["Nobody."]


def test_recording_is_told_when_it_is_decided():
    _, lines = talk(clinic(), "1", "yes")
    assert texts(lines, Kind.NOTE) == ["recording allowed"]
    _, lines = talk(clinic(), "1", "no")
    assert texts(lines, Kind.NOTE) == ["recording forbidden"]


def test_before_it_begins_it_waits_for_nothing():
    rehearsal = Rehearsal(flow(color()))
    assert (rehearsal.step, rehearsal.waits_for_transfer, rehearsal.give("1")) == ("", False, [])


FOLLOWUP = flow(
    converse(prompt=None, then=(when("want_call", "called"),)),
    end("bye"),
    end("called", Disposition.CALLBACK),
    message("rescue", "Help is on its way."),
)


def test_a_conversation_is_held_by_the_scripted_interviewer():
    rehearsal, lines = talk(FOLLOWUP, "The lift broke", "yes", "sad")
    assert texts(lines, Kind.BOT) == [
        "Thank you for taking the time. What happened?",
        "Thank you. Please say yes or no: want call.",
        "I understand. What should I note for mood: happy or sad?",
    ]
    assert rehearsal.is_over
    assert texts(lines, Kind.END) == ["callback"]
    assert texts(lines, Kind.UNDERSTOOD) == [
        'incident = The lift broke, model "The lift broke"',
        'want_call = true (yes), model "yes"',
        'mood = sad, model "sad"',
        "the conversation is over",
    ]


def test_a_conversation_ends_with_its_last_turn():
    steps = (converse(most_turns=1, prompt=None), end("bye"), message("rescue", "Help."))
    rehearsal, lines = talk(flow(*steps), "The lift broke")
    assert rehearsal.is_over
    assert "want_call: no input" in texts(lines, Kind.UNDERSTOOD)


def test_a_callers_words_can_take_an_exit_of_a_conversation():
    _, lines = talk(FOLLOWUP, "It is an emergency")
    assert texts(lines, Kind.NOTE) == ["the exit urgent is taken"]
    assert texts(lines, Kind.STEPS)[-1] == "rescue"


def test_silence_keys_and_requests_leave_the_conversation_where_it_is():
    _, lines = talk(FOLLOWUP, "", "7", "help", "*", "The lift broke")
    assert texts(lines, Kind.UNDERSTOOD)[:4] == ["no input", "no match", "help", "repeat"]
    opening, _, _, _, repeated, last = texts(lines, Kind.BOT)
    assert repeated == opening
    assert last.endswith("want call.")


def test_a_conversation_without_values_or_exits_goes_on_until_its_turns_are_over():
    steps = (converse(wanted=(), exits=(), most_turns=2), end("bye"))
    rehearsal, lines = talk(flow(*steps), "It was loud", "The street")
    assert rehearsal.is_over
    assert texts(lines, Kind.BOT) == ["What happened?", "Thank you. Can you tell me more about that?"]


def test_a_conversation_that_is_begun_anew_opens_anew():
    again = converse(wanted=(), exits=(), most_turns=1, then=(when("true", "followup"),))
    _, lines = talk(flow(again), "a", "b")
    assert texts(lines, Kind.BOT) == ["What happened?"] * 3
