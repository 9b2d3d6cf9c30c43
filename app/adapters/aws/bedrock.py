"""A model on Amazon Bedrock that holds conversations: spoken lines stream, forms are filled beside them.

Knows the Converse interface; repeats nothing that failed. What is spoken and what is decided never share a
request: a reply has no tools, and of a form nothing is spoken.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from app.adapters.aws import prompts
from app.adapters.aws.errors import AWS_ERRORS, ERROR, GARBLED, REFUSED, failure_of
from app.adapters.aws.for_the_ear import Ear
from app.adapters.aws.forms import (
    Schema,
    extraction_form,
    guess_form,
    read_extraction,
    read_guess,
    read_json,
)
from app.adapters.aws.models import Abilities, BedrockConfig, abilities_of
from app.adapters.aws.session import AwsClients
from app.adapters.aws.spending import Spent, part_of
from app.domain.conversation import Conversation, Extraction, Guess, Inquiry
from app.domain.keepable import keepable
from app.engine.events import ProviderReported
from app.session.clock import utc_now
from app.session.ports import Report, ResponderError

_TAIL_S: Final = 0.5
"""The figures follow the end of the text at once; who waits for the text's end waits no longer for them."""

_BITE: Final = 400
"""Characters of a piece that are looked at in one round of the loop; no word of a model's is so long."""

_TOOL: Final = "fill_form"
NO_TOOLS: Final = "support tool use"
_SPOKEN: Final = frozenset(("end_turn", "stop_sequence", "max_tokens"))
_STOPPED: Final = frozenset(("guardrail_intervened", "content_filtered", "model_context_window_exceeded"))
_MALFORMED: Final = frozenset(("malformed_tool_use", "malformed_model_output"))
_NO_FORM: Final = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What reading a form may raise that a model filled in as it likes: whatever it is, there is no form."""

_Found = TypeVar("_Found", Extraction, Guess)


def _today() -> date:
    return utc_now().date()


class BedrockResponder:
    """Implements Responder with one model."""

    def __init__(
        self, clients: AwsClients, config: BedrockConfig | None = None, *, today: Callable[[], date] = _today
    ) -> None:
        self._clients = clients
        self._config = config or BedrockConfig()
        self._abilities = self._config.abilities or abilities_of(self._config.model)
        self._today = today

    @property
    def name(self) -> str:
        """Who this is, in logs and measures."""
        return self._config.model

    async def reply(self, conversation: Conversation, report: Report) -> AsyncIterator[str]:
        """Yield words for the ear as they come. Raises ResponderError.

        Cancelled or closed, it ends the stream, so that the model stops. What was used is reported in any
        case; of a reply that was broken off it is counted from its pieces.
        """
        spent = Spent(self._config.model, report)
        ear = Ear(conversation.brief.locale)
        order = self._order(prompts.speaking_prompt(conversation), prompts.messages(conversation), spent)
        order["inferenceConfig"] = self._limits(self._config.reply_tokens, self._config.temperature)
        stream: Any = None
        said, stop = False, ""
        try:
            client = await self._client()
            stream = (await client.converse_stream(**order))["stream"]
            async with contextlib.aclosing(aiter(stream)) as events:
                while not stop and (event := await anext(events, None)) is not None:
                    words = await _for_the_ear(ear, keepable(spent.take(event)))
                    stop = str(part_of(event, "messageStop", "stopReason") or "")
                    words += ear.end() if stop else ""
                    stop = stop or ("stop_sequence" if ear.is_over else "")
                    said = said or bool(words)
                    if words:
                        yield words
                if stop and not ear.is_over:
                    await _read_figures(events, spent)
        except AWS_ERRORS as error:
            raise ResponderError(failure_of(error).reason) from error
        finally:
            # Closing is what stops the model: a task that is cancelled leaves the connection open.
            if stream is not None:
                stream.close()
            spent.tell()
        judge(stop, report, said=said)

    async def extract(self, conversation: Conversation, report: Report) -> Extraction:
        """Return the fields and the way out that the model finds in the conversation."""
        brief = conversation.brief
        system = prompts.filing_prompt(brief, self._today())
        text, form = prompts.transcript(conversation), extraction_form(brief)
        return await self._fill(system, text, form, report, partial(read_extraction, brief=brief))

    async def interpret(self, inquiry: Inquiry, report: Report) -> Guess:
        """Return the allowed value that the model takes the words for, or none."""
        system, text = prompts.judging_prompt(inquiry), prompts.judged(inquiry)
        return await self._fill(
            system, text, guess_form(inquiry), report, partial(read_guess, inquiry=inquiry)
        )

    async def _fill(
        self, system: str, text: str, form: Schema, report: Report, read: Callable[..., _Found]
    ) -> _Found:
        spent = Spent(self._config.model, report)
        try:
            response = await self._converse(system, text, form, spent)
        except AWS_ERRORS as error:
            raise ResponderError(failure_of(error).reason) from error
        spent.figures(part_of(response, "usage"))
        spent.tell()
        stop = str(part_of(response, "stopReason") or "")
        if stop in _STOPPED:
            raise ResponderError(REFUSED)
        if stop in _MALFORMED:
            raise ResponderError(GARBLED)
        try:
            return read(_filled(response), used=spent.used)
        except _NO_FORM as error:
            raise ResponderError(GARBLED) from error

    async def _converse(self, system: str, text: str, form: Schema, spent: Spent) -> dict[str, Any]:
        if self._abilities.tools:
            try:
                return await self._ask(system, text, spent, tool=form)
            except ClientError as error:
                if NO_TOOLS not in error.response.get("Error", {}).get("Message", ""):
                    raise
                self._abilities = Abilities(tools=False)
        return await self._ask(system + prompts.as_text(form), text, spent)

    async def _ask(
        self, system: str, text: str, spent: Spent, *, tool: Schema | None = None
    ) -> dict[str, Any]:
        message = {"role": "user", "content": [{"text": text}]}
        order = self._order(system, [message], spent)
        order["inferenceConfig"] = self._limits(self._config.form_tokens, 0.0)
        order.get("guardrailConfig", {}).pop("streamProcessingMode", None)
        if tool is not None:
            about = "Hand in the form. Call this exactly once, and say nothing beside it."
            spec = {"name": _TOOL, "description": about, "inputSchema": {"json": tool}}
            order["toolConfig"] = {"tools": [{"toolSpec": spec}]}
            if self._abilities.choice:
                order["toolConfig"]["toolChoice"] = {"any": {}}
        client = await self._client()
        response: dict[str, Any] = await client.converse(**order)
        return response

    async def _client(self) -> Any:  # noqa: ANN401 - botocore's
        return await self._clients.client("bedrock-runtime", self._config.region)

    def _order(self, system: str, messages: list[prompts.Message], spent: Spent) -> dict[str, Any]:
        config = self._config
        spent.given(system, messages)
        order: dict[str, Any] = {
            "modelId": config.model,
            "system": [{"text": system}],
            "messages": messages,
        }
        if config.guardrail:
            order["guardrailConfig"] = {
                "guardrailIdentifier": config.guardrail,
                "guardrailVersion": config.guardrail_version,
                "streamProcessingMode": "sync",
            }
        if config.fast:
            order["performanceConfig"] = {"latency": "optimized"}
        return order

    def _limits(self, tokens: int, temperature: float) -> dict[str, Any]:
        return {"maxTokens": tokens, "temperature": temperature, "topP": self._config.top_p}


async def _for_the_ear(ear: Ear, text: str) -> str:
    """Return what may be spoken by now; a long piece is taken in bites, with the loop's work between."""
    words = ear.feed(text[:_BITE])
    for begins in range(_BITE, len(text), _BITE):
        await asyncio.sleep(0)
        words += ear.feed(text[begins : begins + _BITE])
    return words


async def _read_figures(events: AsyncIterator[dict[str, Any]], spent: Spent) -> None:
    """Take what follows the text; the reply is whole, so whatever fails here fails nothing."""
    with contextlib.suppress(*AWS_ERRORS):
        async with asyncio.timeout(_TAIL_S):
            async for event in events:
                spent.take(event)


def judge(stop: str, report: Report, *, said: bool) -> None:
    """Raise ResponderError unless the reply came to a proper end, with something said."""
    if not stop:
        # AWS may end a broken stream as if it were whole: only this event proves that it is.
        raise ResponderError(ERROR)
    if stop in _STOPPED:
        report(ProviderReported("llm", "refused", stop))
        if not said:
            raise ResponderError(REFUSED)
    elif stop not in _SPOKEN or not said:
        raise ResponderError(GARBLED)


def _filled(response: dict[str, Any]) -> dict[str, Any]:
    """Return the form that was handed in, as a tool's input or as text. Raises BadFormError."""
    content = part_of(response, "output", "message", "content") or []
    for block in content:
        found = part_of(block, "toolUse", "input")
        if isinstance(found, dict):
            return found
    return read_json("".join(part_of(block, "text") or "" for block in content))
