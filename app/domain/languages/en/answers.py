"""English: what callers say to any question."""

from app.domain.answers import Status
from app.domain.languages.model import Numerals, Universals

# Word lists fill their lines.
# fmt: off
NUMERALS = Numerals(
    digits=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    small={
        "nought": 0, "naught": 0, "nil": 0, "niner": 9, "ten": 10, "eleven": 11, "twelve": 12,
        "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
        "nineteen": 19,
    },
    tens={
        "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
        "eighty": 80, "ninety": 90,
    },
    hundred=("hundred",),
    scales={"thousand": 1_000, "million": 1_000_000},
    joiners=("and",),
    ones=("a",),
    zeros=("oh", "o"),
    repeats={"double": 2, "triple": 3, "treble": 3},
    alone={"to": 2, "too": 2, "for": 4, "won": 1, "ate": 8, "tree": 3, "sex": 6, "none": 0, "dozen": 12},
)

YES = (
    "yes", "yeah", "yep", "yup", "sure", "correct", "right", "of course", "that's right", "yes please",
    "yeah sure", "that's correct", "absolutely", "definitely", "certainly", "i do", "i did", "i am",
    "i have", "i would", "i will", "it is", "it does", "it was", "we do", "we did", "they did", "it did",
    "he did", "she did", "uh-huh", "mm-hmm", "mhm", "yes sir", "yes ma'am", "sure thing", "for sure",
    "sure no problem", "yes no problem", "yeah no problem", "of course no problem", "go ahead",
    "go for it", "please do", "i think so", "i guess so", "i believe so", "i suppose so", "i hope so",
    "you bet", "sounds good", "sounds fine", "sounds great", "by all means", "gladly", "with pleasure",
    "true", "that's true", "exactly", "precisely", "indeed", "affirmative", "aye", "yea", "ya", "yah",
    "yessir", "fine", "that's fine", "that's okay", "that's ok", "that's good", "that's it", "i agree",
    "agreed", "i don't mind", "i wouldn't mind", "why of course", "totally", "i'd love to",
    "i would love to", "i'd like that", "works for me", "no doubt", "without a doubt", "you got it",
    "you got that right", "you are right", "you're right", "that is right", "that is correct",
    "very much so", "not wrong", "i can", "i could", "i should", "i was", "we are", "we have", "they are",
    "they do", "always", "i would not say no", "i wouldn't say no", "i won't say no", "i can't say no",
    "i'm afraid so", "i am afraid so", "fine by me", "that works", "that works for me",
)

NO = (
    "no", "nope", "nah", "no thank you", "no thanks", "not really", "not at all", "no way",
    "absolutely not", "certainly not", "of course not", "definitely not", "i don't think so", "i don't",
    "i do not", "i didn't", "i did not", "i haven't", "i have not", "i'm not", "i am not", "i wouldn't",
    "i would not", "i can't", "i cannot", "i can not", "i won't", "i will not", "i don't want to",
    "i don't want that", "i do not want to", "i do not think so", "i don't believe so", "i guess not",
    "i think not", "i suppose not", "i hope not", "i'm afraid not", "i am afraid not", "no way jose",
    "never", "not ever", "not yet", "not now", "not today", "not anymore", "not any more", "not a chance",
    "not me", "not once", "negative", "by no means", "no sir", "no ma'am", "uh-uh", "nuh-uh", "naw",
    "it isn't", "it's not", "it is not", "it doesn't", "it does not", "it wasn't", "it was not",
    "it didn't", "it did not", "they didn't", "they did not", "we didn't", "we did not", "we don't",
    "we do not", "we haven't", "he didn't", "she didn't", "that's not right", "that is not right",
    "that's not correct", "that is not correct", "that isn't right", "that's not true", "not right",
    "not correct", "not true", "wrong", "that's wrong", "that is wrong", "incorrect", "false",
    "that's incorrect", "that's false", "i disagree", "don't", "please don't", "not in the least",
    "not that i know of", "not that i recall", "not interested", "i'm not interested",
    "i am not interested", "that's not it", "nay", "no good", "it's wrong",
    "not at the moment", "not right now", "not this time", "unfortunately not", "sadly not", "it's not true",
    "it isn't true", "it is not true", "of course i didn't", "of course i haven't", "of course i'm not",
)

SPECIALS = {
    Status.REFUSED: (
        "i'd rather not say", "prefer not to say", "i prefer not to answer", "i'd rather not answer",
        "i don't want to answer", "i don't want to say", "i won't answer", "no comment", "pass",
        "i refuse", "i refuse to answer", "rather not say", "prefer not to answer",
        "i'd prefer not to say", "i'd prefer not to answer", "i would rather not say",
        "i would rather not answer", "i would prefer not to say", "i do not want to answer",
        "i do not want to say", "i don't want to answer that", "i won't say", "i'm not going to answer",
        "i'm not going to answer that", "i'm not telling", "none of your business",
        "that's none of your business", "that's private", "that's personal", "it's private",
        "it's personal", "no answer", "i decline", "i decline to answer", "refused", "refuse",
        "i'd rather not", "i would rather not", "i prefer not to", "i'd prefer not to", "prefer not",
        "rather not", "skip that", "skip it", "skip", "skip this question", "next question", "i'll pass",
        "i prefer not to say",
    ),
    Status.DONT_KNOW: (
        "i don't know", "don't know", "not sure", "i'm not sure", "no idea", "i have no idea",
        "i can't remember", "i don't remember", "hard to say", "i couldn't say", "can't say",
        "i do not know", "do not know", "dunno", "i dunno", "i've no idea", "i haven't a clue", "no clue",
        "i have no clue", "i haven't got a clue", "i am not sure", "unsure", "i'm unsure", "i can't say",
        "i cannot say", "i couldn't tell you", "can't tell", "i can't tell", "i don't recall",
        "i can't recall", "i do not remember", "i do not recall", "don't remember", "can't remember",
        "i really don't know", "i honestly don't know", "who knows", "no opinion", "i have no opinion",
        "i don't have an opinion", "beats me", "i forgot", "i forget", "unknown", "i wouldn't know",
        "i would not know", "not certain", "i'm not certain", "don't really know", "i don't really know",
        "not really sure", "i'm not really sure", "not quite sure", "i'm not quite sure",
    ),
}

UNIVERSALS = Universals(
    repeat=(
        "repeat", "repeat that", "say that again", "again", "say it again", "what", "pardon", "pardon me",
        "sorry what", "come again", "what did you say", "what was that", "what was the question",
        "i didn't hear you", "i didn't hear that", "i didn't catch that", "i couldn't hear you",
        "i can't hear you", "i cannot hear you", "i can't hear", "one more time", "once more",
        "can you repeat that", "could you repeat that", "can you say that again",
        "could you say that again", "repeat the question", "can you repeat the question",
        "could you repeat the question", "could you repeat", "can you repeat", "repeat it", "say again",
        "excuse me", "huh", "please repeat", "please repeat that",
        "what sorry", "what please", "again please",
    ),
    help=(
        "help", "help me", "i need help", "what can i say", "what are my options", "what are the options",
        "what are the choices", "what should i say", "what do i do", "what should i do",
        "how does this work", "i don't understand", "i do not understand", "i don't get it",
        "what does that mean", "what do you mean", "options", "can you help me", "could you help me",
        "i'm confused", "explain", "explain that",
    ),
    operator=(
        "operator", "agent", "representative", "a person", "talk to a person", "speak to a person",
        "talk to someone", "speak to someone", "speak with someone", "talk with someone", "real person",
        "a real person", "talk to a human", "speak to a human", "human", "a human", "speak to an agent",
        "talk to an agent", "speak to a representative", "talk to a representative",
        "speak to an operator", "talk to an operator", "customer service", "transfer me",
        "connect me to an operator", "i want to talk to a person", "i want to speak to a person",
        "i want to talk to someone", "i want to speak to someone", "i want to talk to a human",
        "let me talk to someone", "live agent", "live person", "i'd like to talk to someone",
        "i'd like to speak to someone", "can i talk to someone", "can i speak to someone",
        "can i talk to a person", "can i speak to a person", "get me a person",
    ),
    opt_out=(
        "stop calling me", "do not call me", "don't call me", "don't call me again",
        "do not call me again", "never call me again", "take me off your list", "take me off the list",
        "remove me from your list", "remove me from the list", "remove me", "remove my number",
        "take my number off your list", "unsubscribe", "opt out", "opt me out", "i want to opt out",
        "do not call", "stop calling", "please stop calling me", "no more calls",
        "don't ever call me again", "don't call again", "do not call again", "quit calling me",
        "put me on your do not call list", "put me on the do not call list", "delete my number",
    ),
    alone=("what", "huh", "again"),
)
