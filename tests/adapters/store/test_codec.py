"""The journal's JSON: every fact and entry there is, there and back."""

from typing import Any

import msgspec
import pytest

from app.adapters.store.codec import (
    ENTRIES,
    FACTS,
    CodecError,
    decode_fact,
    decode_records,
    encode_fact,
    encode_line,
    from_json,
    to_json,
)
from app.adapters.store.sealing import mask_line
from app.domain.answers import Answer, Source, Status
from app.domain.call import Disposition
from app.domain.conversation import Brief, Conversation, Inquiry, Line, Role
from app.domain.errands import Post
from app.engine.actions import Ask, Extract, HangUp, Interpret, Order, Record, Run
from app.engine.events import DigitPressed, OperatorCommand

_ANSWER = Answer("age", 4.5, "four and a half", Status.OK, Source.SPEECH, "4 and a half", 0.5, 1, 0, 0, "en")


def sample(kind: type) -> Any:
    values = {}
    for field in msgspec.inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        match field.type:
            case msgspec.inspect.IntType():
                value: Any = 7
            case msgspec.inspect.StrType():
                value = "secret"
            case msgspec.inspect.BoolType():
                value = True
            case msgspec.inspect.FloatType():
                value = 0.25
            case msgspec.inspect.VarTupleType():
                value = ("a", "b")
            case msgspec.inspect.DictType():
                of_words = isinstance(field.type.value_type, msgspec.inspect.UnionType)
                is_text = isinstance(field.type.value_type, msgspec.inspect.StrType)
                value = {"total": "secret" if of_words or is_text else 40}
            case msgspec.inspect.EnumType():
                value = Disposition.PARTIAL
            case msgspec.inspect.DataclassType():
                value = _ANSWER
            case _:
                value = None
        values[field.name] = value
    return kind(**values)


@pytest.mark.parametrize("kind", FACTS.values(), ids=FACTS)
def test_every_fact_survives_json(kind: type) -> None:
    fact = sample(kind)
    assert decode_fact(from_json(to_json(encode_fact(fact)))) == fact


@pytest.mark.parametrize("kind", ENTRIES.values(), ids=ENTRIES)
def test_every_entry_survives_json(kind: type) -> None:
    orders: list[Order] = [HangUp(Disposition.COMPLETED), Record(3, sample(kind), durable=True)]
    line = from_json(to_json(encode_line(DigitPressed("1"), orders)))
    assert decode_records(line["orders"]) == [None, orders[1]]


# What a caller's keys and words can be in; every other text of a fact is one of our own or the carrier's.
_OURS = {
    "LegEnded",
    "TranscriberFailed",
    "SynthesizerFailed",
    "ResponderFailed",
    "ProviderReported",
    "OperatorCommand",
}


_OUR_WORDS = {"ErrandDone": "reason", "LegAnswered": "utc"}
"""The one word of such a fact that is our own."""


@pytest.mark.parametrize("kind", sorted(FACTS.keys() - _OURS))
def test_no_fact_of_a_sensitive_line_shows_what_the_caller_gave(kind: str) -> None:
    shown = mask_line(encode_line(sample(FACTS[kind]), []), frozenset())
    assert type(decode_fact(shown["fact"])) is FACTS[kind]
    shown["fact"].pop(_OUR_WORDS.get(kind), None)
    assert "secret" not in to_json(shown)


@pytest.mark.parametrize(
    "order",
    [
        Ask(1, Conversation(Brief("a chat", "en-US"), (Line(Role.CALLER, "secret"),))),
        Extract(1, Conversation(Brief("a chat", "en-US"), known={"pin": "secret"})),
        Interpret(1, Inquiry("Your PIN?", "secret", "en-US")),
        Run(1, Post("https://crm.example.com/secret", {"pin": "secret"}, {"X-Pin": "secret"})),
    ],
)
def test_no_order_of_a_sensitive_line_shows_what_a_model_was_told(order: Order) -> None:
    shown = mask_line(encode_line(DigitPressed("1"), [order]), frozenset())
    assert "secret" not in to_json(shown)
    told = shown["orders"][0]
    assert told.get("ask", told.get("number")) == 1


def test_an_operators_argument_keeps_its_type() -> None:
    for argument in ("a", 1, 1.5, True, None):
        fact = OperatorCommand("hang_up", argument)
        back = decode_fact(from_json(to_json(encode_fact(fact))))
        assert back == fact
        assert type(back.argument) is type(argument)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"kind": "Moon"}, "holds a Moon"),
        ({}, "holds a None"),
        ({"kind": "DigitPressed"}, "broken DigitPressed"),
        ({"kind": "DigitPressed", "digit": 1}, "broken DigitPressed"),
    ],
)
def test_a_line_that_this_version_does_not_know_says_which(data: dict[str, Any], says: str) -> None:
    with pytest.raises(CodecError, match=says):
        decode_fact(data)
