import pytest

from app.adapters.offline.likeness import Stretch, confidence, distance, has_rival
from app.adapters.offline.pronunciation import phones_of_ipa
from app.adapters.offline.spoken import jsgf, spoken_answers
from app.domain.speech import Hints


def test_a_number_has_all_its_usual_forms():
    phrases = {" ".join(p) for p in spoken_answers(Hints("en-US", number_range=(99, 121))).phrases}
    assert {"one hundred and five", "one hundred five", "hundred and five", "ninety nine"} <= phrases


def test_a_long_range_is_spoken_from_its_words():
    spoken = spoken_answers(Hints("en-US", number_range=(0, 100_000)))
    assert not spoken.phrases
    assert {"thousand", "hundred", "forty"} <= set(spoken.free_words)
    assert spoken.is_whole(("forty", "thousand"))


def test_spanish_numbers_are_spanish():
    assert ("veintiuno",) in spoken_answers(Hints("es-US", number_range=(18, 30))).phrases


def test_digits_have_their_count():
    spoken = spoken_answers(Hints("en-US", digit_count=(2, 3)))
    assert "<digit> <digit> [<digit>]" in jsgf(spoken)
    assert spoken.is_whole(("oh", "five"))
    assert not spoken.is_whole(("five",))


def test_half_an_answer_is_not_whole():
    spoken = spoken_answers(Hints("en-US", ("make an appointment",)))
    assert spoken.is_whole(("make", "an", "appointment"))
    assert not spoken.is_whole(("make", "an"))
    assert not spoken.is_whole(())


def test_the_flow_s_spelling_never_enters_the_grammar():
    assert "evil" not in jsgf(spoken_answers(Hints("en-US", ("yes; <evil> | no",))))


@pytest.mark.parametrize(
    ("ipa", "language", "phones"),
    [
        ("s ˈi", "es", "S IY"),
        ("ˌe s p a ɲ ˈo l", "es", "EH S P AA N Y OW L"),
        ("k ˈoːɹ", "en", "K AO R"),
        ("tʃ ˈa", "es", "CH AA"),
    ],
)
def test_ipa_becomes_the_model_s_phones(ipa, language, phones):
    assert phones in phones_of_ipa(ipa, language)


def test_signs_that_nobody_knows_are_no_pronunciation():
    assert phones_of_ipa("☃ ☂", "en") == ()


def test_like_phones_are_nearer_than_unlike_ones():
    assert (
        distance(["B"], ["B"])
        == 0
        < distance(["B"], ["P"])
        < distance(["B"], ["S"])
        < distance(["B"], ["IY"])
    )


def test_a_number_has_its_value_whatever_its_form():
    numbers = dict(spoken_answers(Hints("en-US", ("yes",), number_range=(99, 121))).numbers)
    assert numbers["one", "hundred", "five"] == numbers["one", "hundred", "and", "five"] == 105
    assert ("yes",) not in numbers


def test_an_answer_has_a_rival_where_another_sounds_like_it_and_fits_as_well():
    said, heard = ["F", "IH", "F", "T", "IY", "N"], "F IH F T IY"
    phones = [Stretch(name, 0, 1, 0.0) for name in heard.split()]
    assert has_rival(said, [["F", "IH", "F", "T", "IY"]], phones)
    assert not has_rival(said, [["S", "IH", "K", "S", "T", "IY", "N"]], phones), "it fits less well"
    assert not has_rival(said, [["T", "UW"]], phones)
    assert not has_rival(said, [], phones)


def test_no_words_are_no_confidence():
    assert confidence([], [], [], "en") == 0


def test_the_same_phones_are_sure_and_others_are_not():
    words = [Stretch("w0", 10, 40, -60.0)]
    said = [
        Stretch("SIL", 0, 9, -5.0),
        Stretch("Y", 10, 20, -20.0),
        Stretch("EH", 21, 30, -20.0),
        Stretch("S", 31, 40, -20.0),
    ]
    assert confidence(words, ["Y EH S"], said, "en") > 0.7
    assert confidence([Stretch("w0", 10, 40, -150.0)], ["B AA T OW L"], said, "en") < 0.5
