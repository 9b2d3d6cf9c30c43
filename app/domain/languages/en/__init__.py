"""English as it is heard and spoken on the telephone."""

from app.domain.answers import Status
from app.domain.languages.en.answers import NO, NUMERALS, SPECIALS, UNIVERSALS, YES
from app.domain.languages.en.prompts import INTERVIEW, PROMPTS
from app.domain.languages.en.times import CALENDAR, GROUPS, READINGS
from app.domain.languages.model import Language, Sounds

# Word lists fill their lines.
# fmt: off
SOUNDS = Sounds(
    voice="en-us",
    regional={"en-gb": "en-gb"},
    phones={},
    weights=(6.83, 1.27, -4.48),
    is_the_models_own=True,
    carrier_locale="en-US",
    dot="dot",
    at="at",
)

LANGUAGE = Language(
    key="en",
    name="English",
    locale="en-US",
    yes_label="yes",
    no_label="no",
    yes=YES,
    sure_yes=(
        "yes", "yeah", "yep", "yup", "sure", "absolutely", "definitely", "certainly", "correct",
        "affirmative",
    ),
    weak_yes=("i suppose", "i guess", "ok", "okay", "alright", "all right", "okey dokey"),
    loose_yes=(
        "why not", "i don't see why not", "it doesn't bother me", "i have no objection", "no objection",
        "i have nothing against it", "perfect", "go on",
    ),
    no=NO,
    sure_no=("no", "nope", "nah"),
    specials=SPECIALS,
    special_labels={Status.REFUSED: "no answer", Status.DONT_KNOW: "don't know"},
    idle=(
        "well", "so", "oh", "please", "thanks", "thank you", "thank you very much", "the", "a", "an",
        "and", "i", "i'm", "i am", "i was", "it's", "it is", "it was", "that's", "that is",
        "that would be", "that'd be", "it would be", "it'd be", "i think", "i think it's", "i think it is",
        "i guess", "i guess it's", "i'd say", "i would say", "i say", "i said", "i believe", "i suppose",
        "let me see", "let's see", "let me think", "you know", "i want", "i'd like", "i would like",
        "i'll take", "i will take", "i'll say", "i'd go with", "i would go with", "i'll go with",
        "i choose", "i chose", "i pick", "i'd choose", "my answer is", "the answer is", "answer", "my",
        "is", "would be", "hello", "hi", "hey", "sir", "ma'am", "madam", "just", "really", "probably",
        "then", "like", "years", "years old", "year old", "old", "stars", "star rating", "points", "times",
        "my number is", "the number is", "my age is", "it's the", "honestly", "frankly", "to be honest",
        "give it", "i give it", "i'd give it", "i would give it", "give you", "i'd give you",
        "i'll give it", "i'd rate it", "rating", "a rating of", "for me", "definitely", "certainly",
        "absolutely", "totally", "of course", "sure", "yeah", "yes", "right", "okay", "ok", "alright",
        "all right", "mm-hmm", "mhm", "uh-huh", "i am a", "i'm a", "in the",
    ),
    hesitations=("um", "uh", "er", "erm", "hmm", "hm", "mm", "ah", "eh", "umm", "uhm", "uhh"),
    joined={"uh huh": "uhhuh", "mm hmm": "mhm", "mm hm": "mhm", "uh uh": "uhuh", "nuh uh": "nuhuh"},
    negations=(
        "not", "no", "never", "don't", "do not", "doesn't", "didn't", "isn't", "aren't", "ain't", "wasn't",
        "weren't", "can't", "cannot", "won't", "wouldn't", "couldn't", "shouldn't", "haven't", "hasn't",
        "hadn't", "without", "neither", "nor", "hardly", "nothing", "nobody", "no one", "none", "nowhere",
    ),
    doubts=(
        "something", "every", "by", "dozen", "couple", "odd", "ish", "or so", "a few", "few", "maybe",
        "perhaps", "or", "unless",
        "depends", "it depends", "either", "if", "sort of", "kind of",
        "sometimes", "half", "point", "minus", "than", "almost", "nearly", "between", "except", "but",
        "over", "under", "below", "above", "only if", "why not", "no problem", "not a problem",
        "no worries", "yes and no", "this one", "that one", "which one", "one of", "any one", "the one",
        "another one", "everyone", "possibly", "before", "after", "until", "quarter", "percent",
        "per cent", "plus", "no kidding",
        "i don't speak english", "i do not speak english", "no english", "rather than", "instead of",
        "not only", "not just", "not simply",
    ),
    corrections=(
        "i mean", "no i mean", "i meant", "no i meant", "sorry i mean", "sorry i meant", "make that",
        "no make that", "scratch that", "correction", "let me correct that", "wait", "no wait", "oh wait",
        "or rather", "change that to", "no no i mean", "i made a mistake", "my mistake", "oops",
    ),
    soft_corrections=(
        "sorry", "make it", "i'm sorry", "actually", "pardon", "excuse me", "well actually", "forgive me",
    ),
    denials=("not",),
    buts=("but",),
    no_denies=False,
    other_amounts=(
        "negative", "k", "grand", "at least", "at most", "up to", "twice", "thrice", "times as", "give me",
        "question", "questions",
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
        "century", "centuries", "decade", "decades", "three score", "four score", "score and", "fourscore",
    ),
    vague_amounts=("a good",),
    adverse=(
        "far from", "barely", "scarcely", "hardly", "less", "least", "anything but", "nowhere near",
        "short of", "used to be", "question", "questions", "goodbye", "good bye", "bye",
    ),
    holds=(
        "one moment", "one second", "one sec", "one minute", "just a moment", "just a second",
        "just a minute", "hold on", "hang on", "give me a second", "give me a moment", "a moment",
        "a second", "a minute", "wait a moment", "wait a minute", "wait a second", "let me check",
        "let me look", "hold on a second",
    ),
    key_prefixes=(
        "press", "pressing", "i press", "i pressed", "push", "number", "option", "key", "choice", "answer",
        "button", "digit", "press number", "option number", "choice number", "answer number", "key number",
        "i choose option", "dial", "hit", "type", "enter", "select",
    ),
    key_names={
        "star": "*", "asterisk": "*", "pound": "#", "hash": "#", "hash key": "#", "pound key": "#",
        "star key": "*", "pound sign": "#",
    },
    ordinals=(
        ("first", "1st"), ("second", "2nd"), ("third", "3rd"), ("fourth", "4th"), ("fifth", "5th"),
        ("sixth", "6th"), ("seventh", "7th"), ("eighth", "8th"), ("ninth", "9th"), ("tenth", "10th"),
    ),
    last=("last",),
    ordinal_nouns=("one", "option", "choice", "answer", "1"),
    out_of=("out of", "of", "on a scale of"),
    decimal_marks=".:/",
    numerals=NUMERALS,
    universals=UNIVERSALS,
    backchannels=(
        "mhm", "mm-hmm", "uh-huh", "mm", "hmm", "okay", "ok", "right", "i see", "yeah", "sure", "got it",
        "aha", "oh", "really", "alright",
    ),
    prompts=PROMPTS,
    readings=READINGS,
    calendar=CALENDAR,
    groups=GROUPS,
    interview=INTERVIEW,
    sounds=SOUNDS,
)
