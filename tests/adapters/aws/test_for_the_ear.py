import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.adapters.aws.for_the_ear import Ear

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
    *("https://a.example/b?c=d", "ann@b.example"),
]


def heard(text, locale="en-US"):
    ear = Ear(locale)
    return ear.feed(text) + ear.end()


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
        ("<tool_call>end</tool_call>Bye.", "Bye."),
        ("<b>Bye</b> <speak>now</speak>", "Bye now"),
        ("Less < more", "Less more"),
        ("See https://www.example.com/a_b?c=1.", "See example dot com."),
        ("See [our page](https://example.com/x) now.", "See our page now."),
        ("Write to ann.lee@example.org, please.", "Write to ann dot lee at example dot org, please."),
        ("Great 😀!", "Great!"),
        ("One | two ~ three", "One two three"),
        ("snake_case it is", "snake case it is"),
        ("Hi. {never closed", "Hi."),
        ("Hi. <tool_call>never closed", "Hi."),
        ("Hi. (never closed", "Hi. never closed"),
        ("5 * 3 is fifteen", "5 3 is fifteen"),
        ("---\nHello.", "Hello."),
        ("", ""),
        ('{"say": "hello"}', ""),
    ],
)  # fmt: skip
def test_only_what_is_for_the_ear_is_spoken(written, spoken):
    assert heard(written) == spoken


def test_an_address_is_read_in_the_caller_s_language():
    assert heard("Vea www.example.com hoy.", "es-US") == "Vea example punto com hoy."


@given(st.lists(st.sampled_from(PIECES), max_size=30))
@example(["Hello", " ", "<", "Hello"])
@example(["1. ", "\n"])
def test_how_the_text_was_cut_changes_nothing(pieces):
    whole = heard("".join(pieces))
    ear = Ear("en-US")
    assert "".join(map(ear.feed, pieces)) + ear.end() == whole
    ear = Ear("en-US")
    assert "".join(map(ear.feed, "".join(pieces))) + ear.end() == whole


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_bracket_tag_or_mark_is_ever_spoken(pieces):
    assert not set(heard("".join(pieces))) & set("{}[]<>*`|#_~^=\n")


def test_a_long_unclosed_sign_does_not_silence_the_rest():
    rest = "words that go on " * 40
    for sign in ("<b ", "(", "*so "):
        assert "words that go on words" in heard(sign + rest)


def test_words_come_as_soon_as_they_are_whole():
    ear = Ear()
    assert [ear.feed(piece) for piece in ("Good", " mor", "ning", " to", " you")] == [
        "", "Good", "", " morning", " to",
    ]  # fmt: skip
    assert ear.end() == " you"
