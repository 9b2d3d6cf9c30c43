"""Where a prompt is cut into sentences, and where it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.flows.sentences import split_sentences, take_sentences


@pytest.mark.parametrize(
    "text",
    [
        "Hello. Press 1.",
        "Are you ready? Yes! Go on.",
        "¿Cuántos años tiene? ¡Gracias!",
        'He said "Go." Then he went.',
        "Well… Go on.",
        "Wait... What?",
        "You scored 3. Thank you.",
        "No. We are closed.",
    ],
)
def test_sentences_are_cut_at_their_stops(text):
    assert len(split_sentences(text)) >= 2


@pytest.mark.parametrize(
    "text",
    [
        "You gave 3.5 points",
        "Dr. Smith and Mr. Jones will see you",
        "La Dra. Ruiz le espera",
        "Come at 10 a.m. on Monday",
        "Your appointment is at 10 a.m. Monday",
        "Room no. 5 please",
        "This is J. Smith of the U.S. Mint",
        "Write to example.com today",
        "Well... then go on",
        "Call ext. 12 now",
    ],
)
def test_a_dot_inside_a_sentence_does_not_cut_it(text):
    assert split_sentences(text) == (text,)


def test_a_piped_abbreviation_before_a_full_stop_ends_the_sentence_with_one_dot():
    assert split_sentences("It is at 10 a.m.. Goodbye.") == ("It is at 10 a.m.", "Goodbye.")
    assert split_sentences("It is at 10 a.m..") == ("It is at 10 a.m.",)
    assert split_sentences("Well...") == ("Well...",)


def test_scripts_without_spaces_are_cut_too():
    assert split_sentences("你好。请按1。") == ("你好。", "请按1。")


def test_spaces_are_made_single_and_nothing_says_nothing():
    assert split_sentences("  One\n two.  ") == ("One two.",)
    assert split_sentences(" \n ") == ()


@given(st.text(alphabet="aB1.!?… \"')¿\n", max_size=40))
def test_no_word_is_lost_or_doubled(text):
    def words(said: str) -> list[str]:
        return said.replace(".", "").split()

    assert words(" ".join(split_sentences(text))) == words(text)


@pytest.mark.parametrize(
    "text",
    [
        "How long did you wait?",
        "Thank you.",
        "Is it 12?",
        "You waited 12. ",
        "I see. That was a long day.",
        "Muy bien, hasta hoy.",
    ],
)
def test_a_sentence_that_is_surely_over_waits_for_no_further_word(text):
    whole, rest = take_sentences(text)
    assert " ".join(whole) == text.strip()
    assert not rest.strip()


@pytest.mark.parametrize(
    "text",
    [
        "You waited 12.",
        "1. ",
        "Ask Acme Inc.",
        "Ask Dr.",
        "Ask Prof.",
        "Come at 10 a.m.",
        "Well...",
        "Vea a la Dra. ",
    ],
)
def test_a_stop_that_may_be_none_waits_for_what_follows(text):
    assert take_sentences(text) == ((), text)


def test_a_fraction_that_comes_in_pieces_is_not_cut():
    said, rest = [], ""
    for piece in ("It", " is", " 3", ".", "5", " kilometres", " from", " here", ".", " Turn", " left", "."):
        whole, rest = take_sentences(rest + piece)
        said += whole
    assert said == ["It is 3.5 kilometres from here.", "Turn left."]


def test_a_sentence_that_never_ends_is_cut_between_words():
    whole, rest = take_sentences("and so on " * 150)
    assert all(500 < len(sentence) <= 600 for sentence in whole)
    assert " ".join((*whole, rest)).split() == ("and so on " * 150).split()
    assert take_sentences("x" * 700)[0] == ("x" * 600,)
