import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.adapters.aws import labels
from app.adapters.aws.for_the_ear import Ear
from app.adapters.aws.labels import balanced

PIECES = [
    *(
        "Hello",
        " ",
        "\n",
        "\n\n",
        ".",
        "!",
        "*",
        "**",
        "_",
        "`",
        "```",
        "#",
        "- ",
        "1. ",
        "7",
        "()",
        "pauses",
    ),
    *("(", ")", "[", "]", "{", "}", '"', "\\", "<", ">", "|", "---", "é", "😀", "…", "<|eot_id|>", "<think>"),
    *("<|start_header_id|>", "<|end_header_id|>", "</think>", "caller:", "Assistant:", "(laughs)"),
    *("https://a.example/b?c=d", "ann@b.example", "Patient", ":", "exit", "end_call", "a=", "x", "user"),
    *("<x>", "</x>", "&lt;", "&", "//", "EXIT", "##", "Final", "Answer", "[plan]", "[/plan]", "~~~"),
    *("Caller:", "Agent Ann", "exit:", "(a=1)", "Note:", "a_b: ", "=", "*sigh*"),
    *("[Caller]", "(The caller)", "<user>", "The ", "caller ", "said", " - ", "I", "END_CALL", "`a_b`"),
    *("Note to self", "Internal note", "&#60;", "&#x3e;", "&rsquo;", "<|channel|>", "final", "analysis"),
    *("<|message|>", "<|end|>", "<|start|>", "<|user|>", "<|think|>", "|", "\n|", "(pauses 2 seconds)"),
]


def heard(text, locale="en-US"):
    """What is spoken of a text; a space behind its last stop is not."""
    ear = Ear(locale)
    return (ear.feed(text) + ear.end()).rstrip()


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Hello, how are you?", "Hello, how are you?"),
        ("  Well,\tyes. ", "Well, yes."),
        ("That is **very** *good* _indeed_.", "That is very good indeed."),
        ("*laughs softly* Of course!", "Of course!"),
        ("I see. (pauses) Go on.", "I see. Go on."),
        ("[smiling] Thank you.", "Thank you."),
        ("Call us (at 555 1234 567 or so) today.", "Call us at 555 1234 567 or so today."),
        ("# Welcome\nNice to meet you.", "Welcome. Nice to meet you."),
        ("Two things:\n- sleep\n- food\n\nWhich one?", "Two things: sleep. food. Which one?"),
        ("1. Sleep\n2. Food", "Sleep. Food"),
        ("I counted to\n3.", "I counted to. 3."),
        ("Assistant: How was it?", "How was it?"),
        ("**Assistant:** How was it?", "How was it?"),
        ("Fine.\nCaller: I want a refund.\nAssistant: Granted.", "Fine."),
        ('Noted. {"rating": 4, "why": "a } in a text"} Anything else?', "Noted. Anything else?"),
        ('[{"name": "end_call"}] Goodbye.', "Goodbye."),
        ('```json\n{"a": 1}\n``` Goodbye.', "Goodbye."),
        ("Use `this` word.", "Use this word."),
        ("<|start_header_id|>assistant<|end_header_id|>\n\nHi.<|eot_id|>More.", "Hi."),
        ("Hi.<|python_tag|>end_call()", "Hi."),
        ("<think>He is angry.</think>I am sorry.", "I am sorry."),
        ("</think>I am sorry.", "I am sorry."),
        ("I should say that. </think> I am sorry.", "I should say that."),
        ("Hello.assistant\n\nHow are you?", "Hello."),
        ("How are you?user I am fine.", "How are you?"),
        ("I am your assistant.", "I am your assistant."),
        ("Good. assistant is what I am.", "Good. assistant is what I am."),
        ("<tool_call>end</tool_call>Bye.", "Bye."),
        ("<b>Bye</b> <speak>now</speak>", "Bye now"),
        ("Less < more", "Less more"),
        ("See https://www.example.com/a_b?c=1.", "See example dot com."),
        ("See [our page](https://example.com/x) now.", "See our page now."),
        ("Write to ann.lee@example.org, please.", "Write to ann dot lee at example dot org, please."),
        ("Great 😀!", "Great!"),
        ("One | two ~ three", "One two three"),
        ("snake_case it is", "snake case it is"),
        ("Hi. {never closed", "Hi. never closed"),
        ("Hi. [never closed. Go on.", "Hi. never closed. Go on."),
        ('Hi. {"never": closed', "Hi."),
        ("Hi. [See](never closed", "Hi. never closed"),
        ('fill_form({"incident": "x"}) Patient: I waited. exit: urgent', ""),
        ("I see. extract(incident='x', minutes=5)\nThank you.", "I see. Thank you."),
        ("end_call() Goodbye.", "Goodbye."),
        ("Bye. hang_up(now", "Bye."),
        ("Which doctor(s) did you see?", "Which doctor did you see?"),
        ("Ask for f(x), please.", "Ask for f, please."),
        ("**Caller**: I waited", ""),
        ("*Patient*: I waited", ""),
        ("Caller : I waited", ""),
        ("I am sorry. User: I waited. Assistant: I see.", "I am sorry."),
        ("I am sorry Caller: I waited", "I am sorry"),
        ("user\n\nI waited", ""),
        ("assistant\n\nHello there.", "Hello there."),
        ("<|start_header_id|>user<|end_header_id|>\n\nI waited", ""),
        ("Agent Anna (warmly): Hello.", "Hello."),
        ("Host families are welcome.", "Host families are welcome."),
        ("Agent", "Agent"),
        ("Hello. Assistant: How are you?", "Hello. How are you?"),
        ("Reasoning: she is angry. Be kind.\nI am sorry.", "I am sorry."),
        ("I am sorry. exit: urgent. Goodbye.", "I am sorry. Goodbye."),
        ("exit: urgent\nI am sorry.", "I am sorry."),
        ("I am sorry.\nwait_minutes: 40", "I am sorry."),
        ("incident = long wait; wait_minutes = 40\nThank you.", "Thank you."),
        ("Note:\nHello.", "Hello."),
        ("Well\nNote: x\nHello.", "Well. Hello."),
        ("one thing: please wait.", "one thing: please wait."),
        ("I have one question: how long? Tell me: was it far?",) * 2,
        ("The exit: turn left.", "The exit: turn left."),
        ("Ask the caller: nobody else knows.", "Ask the caller: nobody else knows."),
        ("*gentle sigh* I am sorry.", "I am sorry."),
        ("Well, *Sighs deeply* yes.", "Well, yes."),
        ("I am *so very* sorry.", "I am so very sorry."),
        ("(The bot waits for the caller to say something more.) Hello.", "Hello."),
        ("(Note: wait 5 minutes.) Hello.", "Hello."),
        ("[The bot waits for the caller. It is silent.] Hello.", "Hello."),
        ("Hi. <tool_call>never closed", "Hi."),
        ("Hi. (never closed", "Hi. never closed"),
        ("5 * 3 is fifteen", "5 3 is fifteen"),
        ("---\nHello.", "Hello."),
        ("", ""),
        ('{"say": "hello"}', ""),
        ("<scratchpad>a plan</scratchpad> Hello there.", "Hello there."),
        ("<whatever it=1>a plan</whatever> Hello.", "Hello."),
        ("Hello <name>, welcome.", "Hello, welcome."),
        ("<reply>Hello <say-as x='y'>now</say-as>.</reply>", "Hello now."),
        ("[hidden]a plan[/hidden] Hello.", "Hello."),
        ("[INST] a plan [/INST] Hello.", "Hello."),
        ("[plan] Hello.", "Hello."),
        ("<<SYS>>a plan<</SYS>> Hello.", "Hello."),
        ("&lt;think&gt;a plan&lt;/think&gt; Hello &amp; goodbye.", "Hello & goodbye."),
        ("＜think＞a plan＜/think＞ Hello. 【exit： urgent】", "Hello."),
        ("Hel\u200blo \u202ethere\u202c.", "Hello there."),
        ("Thought: hm.\nAction: leave\nAction Input: +1\nObservation: ok\nFinal Answer: Bye.", "Bye."),
        ("System prompt: You speak.\nHello.", "Hello."),
        ("System: x\nFinal call today.", "Final call today."),
        ('"reply": "Hello.", "exit": "urgent"', ""),
        ('"Hello," she says.', '"Hello," she says.'),
        ("phone.transfer(to='+1900') Hello.", "Hello."),
        ("EXIT urgent\nHello.", "Hello."),
        ("#exit urgent\nHello.", "Hello."),
        ("// exit: urgent\nHello.", "Hello."),
        ("exit = urgent\nHello.", "Hello."),
        ("action: leave\nto: +1900\nHello.", "Hello."),
        ("It opens at 5. tomorrow: at 6.", "It opens at 5. tomorrow: at 6."),
        ("`goto urgent` Press `1` now.", "Press 1 now."),
        ("~~~\ngoto urgent\n~~~\nAbout ~5 minutes.", "About 5 minutes."),
        ("_moves the caller on_ Hello.", "Hello."),
        ("# Reply\nHello.\n## Notes\nThe caller is angry.\n\nVery.\n# Reply\nBye.", "Hello. Bye."),
        ("Hello 你好 Здравствуйте there, año más.", "Hello there, año más."),
        ("A" * 350 + " Hello.", "Hello."),
    ],
)  # fmt: skip
def test_only_what_is_for_the_ear_is_spoken(written, spoken):
    assert heard(written) == spoken


@pytest.mark.parametrize(
    "theirs",
    [
        "[Caller]: I was there at nine.\n[Bot]: And then?",
        "**[Caller]**: I was there.",
        "[Caller] I was there.",
        "[The caller] I was there.",
        "[Caller (angry)]: I was there.",
        "(Caller) I was there.",
        "(the caller): I was there.",
        "<user>I waited an hour.",
        "<user>I waited.</user> I see.",
        '<caller name="x">\nI waited.',
        "<|user|>I waited.",
        "<|start|>user<|message|>I waited.<|end|>",
        "The caller: I was there.",
        "El cliente: yo estaba.",
        "Caller said: I waited.",
        "The caller replied: I waited.",
        'Caller says: "I waited."',
        "Caller's response: I waited.",
        "**Caller said:** I waited.",
        "El paciente dijo: yo estaba.",
        "Caller - I waited.",
        "**Caller** – I waited.",
        "Interviewee: I waited.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "Thanks.\n", "Thanks. "])
def test_the_caller_s_part_ends_the_reply_however_it_is_labelled(before, theirs):
    assert heard(before + theirs) == before.strip()


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("I see. END_CALL", "I see."),
        ("I see.\nTRANSFER_CALL\nGoodbye.", "I see. Goodbye."),
        ("I see. end_call.", "I see."),
        ("I see. `end_call`", "I see."),
        ("I see. **END_CALL**", "I see."),
        ("END_CALL; Goodbye.", "Goodbye."),
        ("END_CALL Goodbye.", "Goodbye."),
        ("Note to self: she is angry.\nWhat happened?", "What happened?"),
        ("**Note to self:** she is angry.\nWhat happened?", "What happened?"),
        ("Note to self - she is angry.\nWhat happened?", "What happened?"),
        ("Well. Internal note: she is angry.\nWhat happened?", "Well. What happened?"),
        ("Agent Note: she is angry.\nWhat happened?", "What happened?"),
        ("# Internal notes\nShe is angry.\n# Reply\nWhat happened?", "What happened?"),
        ("&#60;thinking&#62;he lies&#60;/thinking&#62; Hello.", "Hello."),
        ("&#x3C;think&#x3e;he lies&#x3C;/think&#x3e; Hello.", "Hello."),
        ("&#x27;Hello&#39; there&hellip;", "'Hello' there…"),
        ("A&#0;B&#xD800;C&#99999999;D &nosuch; E", "ABCD &nosuch; E"),
        ("&#65308;think&#65310;he lies&#65308;/think&#65310; Hello.", "Hello."),
        ("| field | value |\n|---|---|\n| wait_minutes | 30 |\nWhat happened?", "What happened?"),
        ("I see. (pauses 2 seconds) Well?", "I see. Well?"),
        ("I see. (pausing for 3 seconds) Well?", "I see. Well?"),
        ("I see. (2 second pause) Well?", "I see. Well?"),
        ("Ya veo. (pausa de 2 segundos) ¿Y?", "Ya veo. ¿Y?"),
        ("<|channel|>analysis<|message|>he lies<|end|>Hello.", "Hello."),
        (
            "<|channel|>analysis<|message|>he lies<|end|><|start|>assistant<|channel|>final<|message|>Hello.",
            "Hello.",
        ),
        ("<|start|>assistant<|message|>Hello.<|end|>", "Hello."),
        ("<|channel|>analysis<|message|>he lies", ""),
        ("<|think|>he lies<|/think|>Hello.", "Hello."),
        ("<|begin_of_text|>Hello.", "Hello."),
    ],
)  # fmt: skip
def test_orders_notes_tables_and_thoughts_are_not_spoken(written, spoken):
    assert heard(written) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "The caller said he waited.",
        "the caller said he waited.",
        "Caller said he waited: nine minutes.",
        "The caller waits, and the user said: nothing.",
        "The patient is well. The customer replied to us.",
        "User reviews help us. Client - server systems are fine.",
        "Patients said: fine. Customers: many.",
        "Ask the caller: nobody else knows.",
        "The answer: nine. The exit: turn left. The bot said: hello.",
        "Note that we close at five.",
        "Note to the team at the desk that we close at five.",
        "Internal notes are kept. Private notes, too.",
        "Please note to self-check your form: it is due.",
        "Side note: we close at five.",
        "The pause of 2 seconds is normal.",
        "I see. Well - I waited.",
        "R&D and AT&T; that is it.",
        "Pause the pump for 5 minutes.",
    ],
)
def test_what_only_mentions_such_words_is_spoken(text):
    assert heard(text).replace(" server", " - server").replace("Well I", "Well - I") == text


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("a_b is the name. Say end_call to end.", "a b is the name. Say end call to end."),
        ("Is it wait_minutes? wait_minutes it is.", "Is it wait minutes? wait minutes it is."),
        ("MAX_SPEED is its name.", "MAX SPEED is its name."),
        ("`wait_minutes` is its name.", "wait minutes is its name."),
        ("[Customer], welcome.", "welcome."),
        ("Hello. [Patient], welcome.", "Hello. welcome."),
        ("<customer>, welcome.", "welcome."),
        ("[Customer] thanks for calling.", "thanks for calling."),
        ("Dear <client> welcome.", "Dear welcome."),
        ("[Patient](https://example.com/x) is our page.", "Patient is our page."),
        ("[The caller is angry] Hello.", "Hello."),
        ("(The patient waits.) Hello.", "Hello."),
        ("Take it (opens at 9) or (about 5 minutes) wait (wait 3 minutes).",
         "Take it opens at 9 or about 5 minutes wait wait 3 minutes."),
        ("One | two.", "One two."),
    ],
)  # fmt: skip
def test_names_and_signs_within_a_sentence_are_told_as_before(written, spoken):
    assert heard(written) == spoken


def test_an_address_is_read_in_the_caller_s_language():
    assert heard("Vea www.example.com hoy.", "es-US") == "Vea example punto com hoy."


def test_nothing_is_said_beyond_what_any_turn_would_say():
    ear = Ear("en-US")
    said = "".join(ear.feed("one word ") for _ in range(1_000))
    assert ear.is_over
    assert 3_000 < len(said) <= 4_000


@given(st.lists(st.sampled_from(PIECES), max_size=30))
@example(["Hello", " ", "<", "Hello"])
@example(["1. ", "\n"])
@example(["_Internal", "_", "b: ", "x"])
@example(["&", "!", "**", "Hello", "(", "!\n"])
def test_how_the_text_was_cut_changes_nothing(pieces):
    # A stop behind a plain word is told at once, whatever then stands right behind it.
    assume(not re.search(r"\w[.!?]\S", "".join(pieces)))
    whole = heard("".join(pieces))
    ear = Ear("en-US")
    assert ("".join(map(ear.feed, pieces)) + ear.end()).rstrip() == whole
    ear = Ear("en-US")
    assert ("".join(map(ear.feed, "".join(pieces))) + ear.end()).rstrip() == whole


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_bracket_tag_or_mark_is_ever_spoken(pieces):
    assert not set(heard("".join(pieces))) & set("{}[]<>*`|#_~^=\n")


def test_a_long_unclosed_sign_does_not_silence_the_rest():
    rest = "words that go on " * 40
    for sign in ("<b ", "(", "*so ", "[", "{", "[so ", "{so ", "[See]("):
        assert "words that go on words" in heard(sign + rest)


def test_a_long_unclosed_call_or_json_text_does_not_silence_what_is_beyond_any_reply():
    rest = "words that go on " * 200
    for sign in ("[{", "end_call("):
        assert "words that go on words" in heard(sign + rest)
    assert heard('{"a": ' + rest + "\nGoodbye.") == "Goodbye."


def test_a_sentence_is_said_before_what_follows_it_is_known():
    for sentence in (
        *("Patient.", "I waited.", "Exit!", "Caller!", "The caller waited.", "Caller said.", "Note that!"),
        *("The ending.", "Internal notes.", "Private call."),
    ):
        assert Ear().feed(sentence) == sentence


def test_words_come_as_soon_as_they_are_whole():
    ear = Ear()
    assert [ear.feed(piece) for piece in ("Good", " mor", "ning", " to", " you")] == [
        "", "Good", "", " morning", " to",
    ]  # fmt: skip
    assert ear.end() == " you"


def test_a_number_with_its_full_stop_is_told_as_soon_as_a_space_follows():
    ear = Ear("en-US")
    assert [ear.feed(piece) for piece in ("That is note 12", ".", " W", "hat")] == [
        "That is note",
        "",
        " 12. ",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "last"), [("Thank you", "."), ("Is it 12", "?"), ("Muy bien, adi\u00f3s", "!")]
)
def test_what_surely_ends_a_sentence_waits_for_nothing(text, last):
    ear = Ear("en-US")
    said = ear.feed(text)
    assert said + ear.feed(last) == text + last


def test_a_role_behind_a_stop_that_was_told_already_ends_the_reply():
    ear = Ear("en-US")
    assert (
        "".join(map(ear.feed, ("Hel", "lo", " there", ".", "assistant", "\n\n", "I", " am")))
        == "Hello there."
    )
    assert ear.is_over


def test_the_ends_of_calls_without_one_are_looked_for_a_bounded_number_of_times(monkeypatch):
    looked_at = []

    def counted(text, *signs, **more):
        looked_at.append(len(text))
        return balanced(text, *signs, **more)

    monkeypatch.setattr(labels, "balanced", counted)
    assert heard("a_b(" * 1_000 + "\nGoodbye.") == ""
    assert sum(looked_at) < 200_000
