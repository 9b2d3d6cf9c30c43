"""A flow built by hand, with every kind of step, for the interpreter's tests."""

from app.domain.answers import Source, Status, Understood
from app.domain.call import Disposition, Value
from app.domain.conversation import FieldKind
from app.domain.speech import BargeIn
from app.flows.expressions import compile_expression, parse_piped
from app.flows.model import (
    AskDigits,
    AskYesNo,
    Branch,
    Choice,
    ChooseLanguage,
    Confirm,
    Consent,
    ConverseStep,
    EndStep,
    Flow,
    Goto,
    LanguageSpec,
    Message,
    Numeric,
    Open,
    Place,
    Say,
    SelectOne,
    Step,
    Text,
    TransferStep,
    Wanted,
    WayOut,
)
from app.flows.sprint import Heard, Policy, Universal

HERE = Place(1, 1)
ENGLISH = LanguageSpec("en", "en-US", "Joanna")
SPANISH = LanguageSpec("es", "es-US", "Lupe")
UNIVERSALS = {
    Universal.REPEAT: "*",
    Universal.HELP: "*4",
    Universal.OPERATOR: "*0",
    Universal.OPT_OUT: "*9",
}


def text(en: str, es: str | None = None) -> Text:
    return {"en": Say(parse_piped(en)), "es": Say(parse_piped(es or f"{en} (es)"))}


def when(source: str, goto: str) -> Branch:
    return Branch(goto, compile_expression(source))


def yes_no(name: str = "ready", **keys) -> AskYesNo:
    return AskYesNo(name=name, place=HERE, **{"prompt": text("Are you ready?")} | keys)


def color(name: str = "color", **keys) -> SelectOne:
    choices = (
        Choice("r", "1", {"en": "red", "es": "rojo"}, {"en": ("Crimson",)}),
        Choice("b", "2", {"en": "blue", "es": "azul"}),
    )
    return SelectOne(
        name=name, place=HERE, **{"prompt": text("Red or blue?", "¿Rojo o azul?"), "choices": choices} | keys
    )


def age(name: str = "age", **keys) -> Numeric:
    return Numeric(
        name=name, place=HERE, **{"prompt": text("How old are you?"), "minimum": 0, "maximum": 110} | keys
    )


def card(name: str = "card", **keys) -> AskDigits:
    return AskDigits(
        name=name,
        place=HERE,
        **{"prompt": text("Your card, please."), "min_length": 4, "max_length": 4} | keys,
    )


def why(name: str = "why", **keys) -> Open:
    return Open(name=name, place=HERE, **{"prompt": text("Why is that?")} | keys)


def which_language(**keys) -> ChooseLanguage:
    prompt = text("For English, press 1.", "Para español, oprima el 2.")
    return ChooseLanguage(
        name="lang", place=HERE, **{"prompt": prompt, "keys": {"1": "en", "2": "es"}} | keys
    )


def consent(**keys) -> Consent:
    defaults = {
        "prompt": text("May we ask and record?"),
        "covers": frozenset({"survey", "recording"}),
        "on_no": "refusing",
    }
    return Consent(name="agreed", place=HERE, **defaults | keys)


def message(name: str, said: str, **keys) -> Message:
    return Message(name=name, place=HERE, prompt=text(said), **keys)


def goto(target: str, name: str = "jump", **keys) -> Goto:
    return Goto(name=name, place=HERE, target=target, **keys)


def end(name: str = "end", disposition: Disposition = Disposition.COMPLETED, **keys) -> EndStep:
    return EndStep(name=name, place=HERE, disposition=disposition, **keys)


def transfer(name: str = "person", number: str = "+15550100", **keys) -> TransferStep:
    return TransferStep(name=name, place=HERE, number=parse_piped(number), **keys)


def flow(*steps: Step, partial_if: tuple[str, ...] = (), universals=None) -> Flow:
    return Flow(
        name="clinic",
        version="1",
        title="Clinic",
        languages={"en": ENGLISH, "es": SPANISH},
        steps=steps,
        universals=UNIVERSALS if universals is None else universals,
        max_duration_ms=600_000,
        partial_if=partial_if,
    )


def clinic() -> Flow:
    """A whole survey: every step, every branch, two languages."""
    return flow(
        which_language(),
        message("hello", "Hello. This is the clinic.", bargein=BargeIn.NONE),
        consent(),
        color(special={Status.DONT_KNOW: "8", Status.REFUSED: "9"}),
        age(then=(when("age < 18", "minor"),), special={Status.REFUSED: "999"}),
        card(sensitive=True, confirm=Confirm.ALWAYS),
        yes_no(confirm=Confirm.NEVER, on_fail="end", required=False),
        why(when=compile_expression("ready == false"), required=False),
        message("thanks", "You chose ${color} at ${age}, card ${card}."),
        end(prompt=text("Goodbye.")),
        transfer(label="operator", prompt=text("One moment."), on_fail="nobody"),
        message("nobody", "Nobody is there.", then=(Branch("end"),)),
        end("refusing", Disposition.REFUSED),
        end("minor", Disposition.INELIGIBLE, prompt=text("This is for adults.")),
        partial_if=("color", "age"),
    )


def key(value: Value, raw: str = "1", status: Status = Status.OK, label: str | None = None) -> Heard:
    return Heard(Understood(value, str(value) if label is None else label, 1.0, status), Source.KEY, raw)


def spoken(value: Value, confidence: float, label: str | None = None, status: Status = Status.OK) -> Heard:
    said = str(value) if label is None else label
    return Heard(Understood(value, said, confidence, status), Source.SPEECH, said)


DTMF_ONLY = Policy(speech=False)
SPEECH_ONLY = Policy(dtmf=False)


def converse(name: str = "followup", **keys) -> ConverseStep:
    """Open by the author, three values, one way out."""
    defaults = {
        "goal": parse_piped("Learn what happened at ${ready}."),
        "style": "warm",
        "wanted": (
            Wanted("incident", FieldKind.TEXT, {"en": "What happened?", "es": "¿Qué pasó?"}),
            Wanted("want_call", FieldKind.BOOLEAN),
            Wanted("mood", FieldKind.CHOICE, choices=("happy", "sad")),
        ),
        "exits": (WayOut("urgent", "an emergency", "rescue"),),
        "forbid": ("medicine",),
        "prompt": text("What happened?", "¿Qué pasó?"),
    }
    return ConverseStep(name=name, place=HERE, **defaults | keys)
