"""Bedrock Runtime: Converse and ConverseStream, with the model played by the account's brain.

Knows the wire's shapes and events; what a request must satisfy is in `converse_rules`.
"""

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from tests.doubles.aws import codec
from tests.doubles.aws.brain import Ask, CallTool, Reply, Say
from tests.doubles.aws.converse_rules import checked_ask
from tests.doubles.aws.log import Service, now
from tests.doubles.aws.routes import Route
from tests.doubles.aws.serving import Piece, Serving

_EVENT_STREAM = {"Content-Type": "application/vnd.amazon.eventstream"}
_tool_numbers = count(1)


async def _converse(serving: Serving) -> None:
    ask = _received(serving, "bedrock:InvokeModel", streaming=False)
    if await serving.meets_early_fault():
        return
    reply, stop = _reply(serving, ask)
    content: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
    if isinstance(reply, CallTool):
        tool = {"toolUseId": _tool_use_id(), "name": reply.name, "input": dict(reply.arguments)}
        content.append({"toolUse": tool})
    await serving.pause(serving.script.first_ms)
    serving.request.note_piece(reply.text)
    serving.complete()
    serving.wire.answer_json(
        {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": stop,
            **_figures(serving, ask, reply),
        }
    )


async def _converse_stream(serving: Serving) -> None:
    ask = _received(serving, "bedrock:InvokeModelWithResponseStream", streaming=True)
    if await serving.meets_early_fault():
        return
    reply, stop = _reply(serving, ask)
    await serving.stream(_EVENT_STREAM, _pieces(serving, ask, reply, stop))


def _received(serving: Serving, action: str, *, streaming: bool) -> Ask:
    model_id = serving.request.body["modelId"]
    serving.account.allow(action, f"arn:aws:bedrock:{serving.request.region}::foundation-model/{model_id}")
    return checked_ask(serving.account, serving.request.body, streaming=streaming)


def _reply(serving: Serving, ask: Ask) -> tuple[Reply, str]:
    """Return what the brain says, cut as the request's limits want it, and the stop reason."""
    reply = serving.account.brain(ask)
    if isinstance(reply, CallTool):
        return reply, "tool_use"
    limits = serving.request.body.get("inferenceConfig", {})
    text, stop = reply.text, reply.stop_reason
    for mark in limits.get("stopSequences", ()):
        if mark in text:
            text, stop = text.split(mark)[0], "stop_sequence"
    tokens = _tokens(text)
    if len(tokens) > limits.get("maxTokens", len(tokens)):
        text, stop = "".join(tokens[: limits["maxTokens"]]), "max_tokens"
    return Say(text, stop), stop


def _pieces(serving: Serving, ask: Ask, reply: Reply, stop: str) -> Iterator[Piece]:
    yield _event("messageStart", {"role": "assistant"})
    blocks = count()
    if reply.text:
        block = next(blocks)
        for token in _tokens(reply.text):
            delta = {"delta": {"text": token}, "contentBlockIndex": block}
            yield _event("contentBlockDelta", delta, counts=True, text=token)
        yield _event("contentBlockStop", {"contentBlockIndex": block})
    if isinstance(reply, CallTool):
        block = next(blocks)
        start = {"toolUse": {"toolUseId": _tool_use_id(), "name": reply.name}}
        yield _event("contentBlockStart", {"start": start, "contentBlockIndex": block})
        arguments = json.dumps(dict(reply.arguments))
        for part in re.findall(r".{1,12}", arguments):
            delta = {"delta": {"toolUse": {"input": part}}, "contentBlockIndex": block}
            yield _event("contentBlockDelta", delta, counts=True)
        yield _event("contentBlockStop", {"contentBlockIndex": block})
    yield Piece(codec.event("messageStop", {"stopReason": stop}), closes=True)
    yield _event("metadata", _figures(serving, ask, reply))


def _event(name: str, body: dict[str, Any], *, counts: bool = False, text: str = "") -> Piece:
    return Piece(codec.event(name, body), counts, text)


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+$", text)


def _figures(serving: Serving, ask: Ask, reply: Reply) -> dict[str, Any]:
    given = sum(len(_tokens(line.text)) for line in ask.lines) + len(_tokens(ask.system))
    made = len(_tokens(reply.text)) or 1
    usage = {"inputTokens": given, "outputTokens": made, "totalTokens": given + made}
    latency = round((now() - serving.request.arrived) * 1000)
    return {"usage": usage, "metrics": {"latencyMs": latency}}


def _tool_use_id() -> str:
    return f"tooluse_{next(_tool_numbers):022d}"


ROUTES = (
    Route(Service.BEDROCK, "Converse", "POST", "/model/(?P<modelId>[^/]+)/converse", "bedrock", _converse),
    Route(
        Service.BEDROCK,
        "ConverseStream",
        "POST",
        "/model/(?P<modelId>[^/]+)/converse-stream",
        "bedrock",
        _converse_stream,
    ),
)
