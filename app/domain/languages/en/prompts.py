"""English: what the engine and the scripted interviewer say."""

from app.domain.conversation import FieldKind
from app.domain.languages.model import EnginePrompts, Interview

# Word lists fill their lines.
# fmt: off
PROMPTS = EnginePrompts(
    confirm="I heard {answer}. Is that right?",
    no_input=(
        "I didn't hear anything.", "I still can't hear you. You can speak, or press a key.",
        "I'm sorry, I can't hear you. Please use the keys of your phone.",
    ),
    no_match=(
        "I didn't understand that.", "Sorry, I still didn't understand. You can speak, or press a key.",
        "I'm sorry, I'm having trouble understanding. Please use the keys of your phone.",
    ),
    help="You can press keys or speak. To hear the question again, press star.",
    keypad_only="Please use the keypad.",
    goodbye="Thank you for your time. Goodbye.",
    apology="I'm sorry, something went wrong on our side. Please try again later. Goodbye.",
    time_is_up="I'm sorry, our time for this call is up. Thank you. Goodbye.",
    lines_busy="All our lines are busy at the moment. Please call again later. Goodbye.",
    transfer="One moment please, I'm connecting you.",
    transfer_failed="I'm sorry, nobody can take your call right now.",
    welcome_back="Sorry, we were cut off. Let's go on.",
    opted_out="All right, we won't call you again. Goodbye.",
    skipped="All right, let's skip that one.",
    talk_no_input=("I didn't hear anything. Please go on.", "I still can't hear you. Are you there?"),
    talk_no_match=(
        "I didn't understand that. Please say it in your own words.",
        "Sorry, I still didn't understand. Please say it once more.",
    ),
    talk_help="Just answer in your own words. When you are done, stay silent for a moment.",
    talk_over="Let us leave it at that for now.",
    choice="For {choice}, press {key}.",
    call_back="When shall we call you? Say a day and a time, or enter the time with four keys.",
    one_moment="One moment, please.",
    lost_too_often="We are sorry, the connection was lost too often. Goodbye.",
)

INTERVIEW = Interview(
    opening="Thank you for taking the time.",
    acknowledges=("I see.", "Thank you.", "I understand.", "All right."),
    reflection="So {said}.",
    once_more="Let me ask that once more.",
    asks={
        FieldKind.TEXT: "Please tell me this: {about}.",
        FieldKind.NUMBER: "Please give me a number: {about}.",
        FieldKind.BOOLEAN: "Please say yes or no: {about}.",
        FieldKind.CHOICE: "Please tell me this: {about}. Is it {choices}?",
    },
    asks_name={
        FieldKind.TEXT: "Please tell me about the {name}.",
        FieldKind.NUMBER: "Which number should I note for {name}?",
        FieldKind.BOOLEAN: "Please say yes or no: {name}.",
        FieldKind.CHOICE: "What should I note for {name}: {choices}?",
    },
    or_word="or",
    more=(
        "Can you tell me more about that?", "What would have made it better?",
        "Is there anything else you would like to say?",
    ),
    leave="That is all I wanted to know.",
    nothing=("no", "nothing", "nothing else", "nothing more", "no that's all", "that's all", "that is all",
             "that's it", "no thanks", "no thank you", "not really"),
    reflects=frozenset((
        "i", "i'm", "i've", "i'd", "i'll", "my", "we", "we're", "we've", "we'd", "our",
    )),
    turned={
        "i am": "you are", "i was": "you were", "i wasn't": "you weren't", "am i": "are you",
        "was i": "were you", "i": "you", "i'm": "you're", "i've": "you've", "i'd": "you'd",
        "i'll": "you'll", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "we": "you",
        "we're": "you're", "we've": "you've", "we'd": "you'd", "we'll": "you'll", "us": "you",
        "our": "your", "ours": "yours", "ourselves": "yourselves", "you": "us", "your": "our",
        "you are": "we are", "you were": "we were", "you have": "we have", "you had": "we had",
        "you did": "we did", "you didn't": "we didn't", "you said": "we said", "you told": "we told",
        "you never": "we never", "you promised": "we promised", "you sent": "we sent",
        "you can": "we can", "you could": "we could", "you should": "we should",
        "yours": "ours", "you're": "we're", "you've": "we've", "you'd": "we'd", "you'll": "we'll",
    },
    longest_reflection=12,
    idle_in_exits=(
        "the", "a", "an", "caller", "customer", "patient", "person", "he", "she", "they", "their", "his",
        "her", "it", "is", "are", "was", "be", "being", "has", "have", "had", "says", "say", "said", "tells",
        "talks", "speaks", "mentions", "describes", "reports", "asks", "wants", "would", "like", "to", "for",
        "of", "about", "if", "when", "that", "there", "this", "in", "on", "at", "and", "with", "any", "some",
        "needs",
    ),
    or_in_exits=("or",),
)
