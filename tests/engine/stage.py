"""A call on a virtual clock: the test plays the caller and the line, the stage plays the shell."""

from collections.abc import Callable
from dataclasses import replace

from app.domain.call import Disposition, Millis
from app.domain.conversation import FieldKind
from app.domain.speech import BargeIn
from app.engine.actions import (
    AnswerGiven,
    Ask,
    Entry,
    Extend,
    Extract,
    HangUp,
    Interpret,
    Listen,
    Order,
    Play,
    Record,
    Run,
    StopAsking,
    StopListening,
    StopPlayback,
    Transfer,
    TurnTaken,
)
from app.engine.call import Call
from app.engine.events import (
    DeadlinePassed,
    DigitPressed,
    ErrandDone,
    Fact,
    FinalTranscript,
    Interpreted,
    LegAnswered,
    PartialTranscript,
    PromptCut,
    PromptEnded,
    PromptStarted,
    Recorded,
    ReplyEnded,
    ReplySentence,
    ReplyStarted,
    SpeechEnded,
    SpeechStarted,
)
from app.flows.expressions import compile_expression
from app.flows.model import (
    AskDigits,
    AskYesNo,
    Choice,
    Confirm,
    Consent,
    ConverseStep,
    EndStep,
    Flow,
    LanguageSpec,
    Message,
    Numeric,
    Open,
    OptOutStep,
    Piped,
    Place,
    Quota,
    QuotaStep,
    Say,
    SelectOne,
    Step,
    TransferStep,
    Wanted,
    WebhookStep,
)
from app.flows.sprint import Universal

HERE = Place(1, 1)
UNIVERSALS = {
    Universal.REPEAT: "*",
    Universal.HELP: "*4",
    Universal.OPERATOR: "*0",
    Universal.OPT_OUT: "*9",
}


def text(words: str) -> dict[str, Say]:
    return {"en": Say(Piped((words,)))}


def yes_no(name: str = "happy", **more) -> AskYesNo:
    return AskYesNo(name=name, place=HERE, prompt=text(more.pop("prompt", "Are you happy?")), **more)


def digits(name: str = "pin", length: int = 4, **more) -> AskDigits:
    return AskDigits(
        name=name, place=HERE, prompt=text("Your number?"), min_length=length, max_length=length, **more
    )


def numeric(name: str = "age", maximum: int = 110, **more) -> Numeric:
    return Numeric(name=name, place=HERE, prompt=text("How old are you?"), minimum=0, maximum=maximum, **more)


def menu(name: str = "color", **more) -> SelectOne:
    choices = (
        Choice("red", "1", {"en": "red"}),
        Choice("green", "2", {"en": "green"}),
        Choice("blue", "3", {"en": "blue"}),
    )
    return SelectOne(name=name, place=HERE, prompt=text("Which color?"), choices=choices, **more)


def open_question(name: str = "why", **more) -> Open:
    return Open(name=name, place=HERE, prompt=text("Tell me why."), **more)


def consent(name: str = "agreed", **more) -> Consent:
    return Consent(name=name, place=HERE, prompt=text("May we ask?"), on_no="bye", **more)


def message(
    words: str = "Hello there. Welcome.", name: str = "hello", bargein: BargeIn = BargeIn.ANY
) -> Message:
    return Message(name=name, place=HERE, prompt=text(words), bargein=bargein)


def bye(name: str = "bye") -> EndStep:
    return EndStep(name=name, place=HERE, disposition=Disposition.COMPLETED, prompt=text("Goodbye."))


def converse(
    name: str = "talk", opening: str = "What happened?", fields=("incident",), **more
) -> ConverseStep:
    wanted = tuple(
        Wanted(name=field, kind=FieldKind.BOOLEAN if field.startswith("want_") else FieldKind.TEXT)
        for field in fields
    )
    prompt = text(opening) if opening else None
    return ConverseStep(
        name=name, place=HERE, goal=Piped(("Learn what happened.",)), prompt=prompt, wanted=wanted, **more
    )


def transfer(name: str = "operator", **more) -> TransferStep:
    return TransferStep(name=name, place=HERE, number=Piped(("+15550100",)), **more)


def flow(
    *steps: Step,
    max_duration_ms: Millis = 900_000,
    partial_if: tuple[str, ...] = (),
    quotas: tuple[Quota, ...] = (),
) -> Flow:
    if not any(isinstance(step, EndStep) for step in steps):
        steps = (*steps, bye())
    return Flow(
        name="test",
        version="1",
        title="Test",
        languages={"en": LanguageSpec("en", "en-US")},
        steps=steps,
        universals=UNIVERSALS,
        max_duration_ms=max_duration_ms,
        partial_if=partial_if,
        quotas=quotas,
    )


def webhook(name: str = "crm", sends: str = "age", **more) -> WebhookStep:
    body = {sends: compile_expression(sends)}
    wanted = (Wanted("tier", FieldKind.TEXT),)
    return WebhookStep(name=name, place=HERE, url="https://x.example.com/", body=body, wanted=wanted, **more)


def room(full: str = "full") -> QuotaStep:
    return QuotaStep(name="room", place=HERE, full=full)


def opt_out(name: str = "stop", **more) -> OptOutStep:
    return OptOutStep(name=name, place=HERE, **more)


class Stage:
    """Feeds facts and carries orders out at once; the log commits at once unless `holds_commits`."""

    def __init__(self, *steps: Step, **more) -> None:
        self.flow = flow(*steps, **more)
        self.call = Call(self.flow, seed="s")
        self.now: Millis = 0
        self.facts: list[tuple[Millis, Fact]] = []
        self.orders: list[tuple[Millis, Order]] = []
        self.playing: Play | None = None
        self.listening: Listen | None = None
        self.holds_commits = False
        self.uncommitted: list[int] = []
        self.heard_utterances = 0
        self.asked: list[Ask | Extract | Interpret] = []
        self.stopped: list[int] = []
        self.model: str | None = None
        """What a model would mean: without one, words that no grammar settles mean nothing."""

    # -- the shell -----------------------------------------------------------------------------------

    def post(self, fact: Fact) -> list[Order]:
        self.facts.append((self.now, fact))
        orders = self.call.handle(fact, self.now)
        self.orders.extend((self.now, order) for order in orders)
        for order in orders:
            self._carry_out(order)
        return orders

    def _carry_out(self, order: Order) -> None:
        match order:
            case Extend():
                assert self.playing is not None
                assert self.playing.play == order.play
                words = self.playing.prompt.utterances + order.utterances
                prompt = replace(self.playing.prompt, utterances=words)
                self.playing = replace(self.playing, prompt=prompt, is_open=not order.is_last)
            case Ask() | Extract() | Interpret() if self.model is not None:
                self.asked.append(order)
            case StopAsking():
                self.stopped.append(order.ask)
            case Play():
                assert self.playing is None, "two prompts at once"
                self.playing = order
                self.post(PromptStarted(order.play, cached=True))
            case StopPlayback():
                cut, self.playing = self.playing, None
                if cut is not None and cut.play == order.play:
                    words = [u.text for u in cut.prompt.utterances[: self.heard_utterances]]
                    self.post(PromptCut(order.play, self.heard_utterances, " ".join(words), 500))
                    self.heard_utterances = 0
            case Listen():
                self.listening = order
            case StopListening():
                self.listening = None
            case Interpret() if self.model is None:
                self.post(Interpreted(order.ask))
            case Record(record=number, durable=True):
                self.uncommitted.append(number)
                if not self.holds_commits:
                    self.commit()
            case _:
                pass

    def order_of(self, kind: type) -> Order:
        """Return the model's latest order of this kind."""
        return next(order for order in reversed(self.asked) if isinstance(order, kind))

    def reply(self, *sentences: str) -> None:
        """Have the model's latest reply arrive whole."""
        ask = self.order_of(Ask).ask
        self.post(ReplyStarted(ask))
        for n, words in enumerate(sentences):
            self.post(ReplySentence(ask, n, words))
        self.post(ReplyEnded(ask))

    def commit(self) -> None:
        waiting, self.uncommitted = self.uncommitted, []
        for number in waiting:
            self.post(Recorded(number))

    def wait(self, ms: Millis) -> None:
        """Let time pass; deadlines strike on the way."""
        until = self.now + ms
        while (due := self.call.next_deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self.post(DeadlinePassed())
        self.now = until

    # -- the caller and the line ---------------------------------------------------------------------

    def answer(self) -> "Stage":
        self.post(LegAnswered())
        return self

    def prompt_ends(self) -> "Stage":
        """Let the prompt under way be heard whole."""
        assert self.playing is not None, "nothing is playing"
        played, self.playing = self.playing, None
        self.post(PromptEnded(played.play))
        return self

    def errand_succeeds(self) -> "Stage":
        """Let the world outside do what the flow asked of it last."""
        latest = next(order for _, order in reversed(self.orders) if isinstance(order, Run))
        self.post(ErrandDone(latest.number, ok=True))
        return self

    def press(self, keys: str) -> None:
        for key in keys:
            self.post(DigitPressed(key))

    def voice(self, ms: Millis) -> None:
        """Voice for so long, then 200 ms of silence: the detector's two words about it."""
        self.now += 100
        self.post(SpeechStarted(100))
        self.wait(ms - 100 + 200)
        self.post(SpeechEnded(200))

    def partial(self, words: str, confidence: float = 0.9) -> None:
        if self.listening is not None:
            self.post(PartialTranscript(self.listening.turn, words, confidence))

    def final(self, words: str, confidence: float = 0.9) -> None:
        if self.listening is not None:
            self.post(FinalTranscript(self.listening.turn, words, confidence))

    def say(self, words: str, ms: Millis = 600, confidence: float = 0.9) -> None:
        """Speak, be recognised while speaking, and stay silent long enough to be understood."""
        self.now += 100
        self.post(SpeechStarted(100))
        self.wait(ms - 100)
        self.partial(words, confidence)
        self.wait(200)
        self.post(SpeechEnded(200))
        self.final(words, confidence)
        self.wait(1_600)

    # -- what came of it -----------------------------------------------------------------------------

    @property
    def said(self) -> str:
        assert self.playing is not None, f"the bot is silent in {self.call.state}"
        return self.playing.prompt.text

    def entries(self, kind: type[Entry]) -> list:
        return [o.entry for _, o in self.orders if isinstance(o, Record) and isinstance(o.entry, kind)]

    @property
    def answers(self) -> dict[str, object]:
        return {line.answer.slot: line.answer.value for line in self.entries(AnswerGiven)}

    @property
    def turns(self) -> list[TurnTaken]:
        return self.entries(TurnTaken)

    @property
    def disposition(self) -> Disposition | None:
        hang_ups = [order for _, order in self.orders if isinstance(order, HangUp)]
        assert len(hang_ups) <= 1
        return hang_ups[0].disposition if hang_ups else None

    @property
    def transferred_to(self) -> list[str]:
        return [order.to for _, order in self.orders if isinstance(order, Transfer)]

    def last(self, kind: type, where: Callable[[object], bool] = lambda _: True) -> tuple[Millis, object]:
        return next((at, o) for at, o in reversed(self.orders) if isinstance(o, kind) and where(o))


__all__ = ["Confirm", "Stage"]
