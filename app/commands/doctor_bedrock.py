"""What the examination asks of a model on Bedrock: a token as a stream, and a form, as calls ask for them."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from botocore.exceptions import ClientError

from app.adapters.aws.bedrock import NO_TOOLS, judge
from app.adapters.aws.errors import AWS_ERRORS, ERROR, GARBLED
from app.commands.doctor_findings import Finding, Stopwatch, failed, note, ok
from app.commands.doctor_form import form_for
from app.commands.doctor_refusals import no_model
from app.session.ports import ResponderError
from app.settings import Settings

Client: TypeAlias = Callable[[str, str], Awaitable[Any]]
"""Gives the client of a service in a region."""

_WORDS: Final = ({"role": "user", "content": [{"text": "Say yes."}]},)
_TELLINGS: Final = {
    ERROR: "its stream breaks off before the end",
    GARBLED: "it says nothing",
}


@dataclass(frozen=True, slots=True)
class ModelExam:
    """One model in one region, which the settings named by these variables chose."""

    settings: Settings
    client: Client
    model: str
    region: str
    model_setting: str = "DIALAI_BEDROCK_MODEL"
    region_setting: str = "DIALAI_BEDROCK_REGION"

    async def reply(self) -> Finding:
        """Have one token streamed, to the stream's end."""
        client = await self.client("bedrock-runtime", self.region)
        watch = Stopwatch()
        first_ms, stop = None, ""
        try:
            answer = await client.converse_stream(**self._order())
            async with contextlib.aclosing(answer["stream"].__aiter__()) as events:
                async for event in events:
                    if first_ms is None and event.get("contentBlockDelta", {}).get("delta", {}).get("text"):
                        first_ms = watch.ms
                    stop = event.get("messageStop", {}).get("stopReason", stop)
            answer["stream"].close()
            judge(stop, lambda _: None, said=first_ms is not None)
        except ResponderError as error:
            told = _TELLINGS.get(str(error), f"it is kept from speaking ({stop})")
            return failed(f"{self.model}: {told}", f"try again; name another model by {self.model_setting}")
        except AWS_ERRORS as error:
            return self._refused(error, "bedrock:InvokeModelWithResponseStream")
        return ok(f"{self.model} streams", first_ms)

    async def extract(self) -> Finding:
        """Ask for a form."""
        client = await self.client("bedrock-runtime", self.region)
        form = form_for(self.settings, self.model)
        watch = Stopwatch()
        try:
            await client.converse(**self._order(), **form)
        except AWS_ERRORS as error:
            if form and (isinstance(error, ClientError) and NO_TOOLS in str(error)):
                return note(
                    f"{self.model} takes no tools", "set DIALAI_BEDROCK_TOOLS=0: calls ask it twice otherwise"
                )
            return self._refused(error, "bedrock:InvokeModel")
        return ok(f"{self.model} fills forms{' as tools' if form else ''}", watch.ms)

    def _refused(self, error: Exception, action: str) -> Finding:
        choice = f"set {self.model_setting} to one of this region, or {self.region_setting}"
        return no_model(self.model, error, action, choice)

    def _order(self) -> dict[str, Any]:
        settings = self.settings
        order: dict[str, Any] = {
            "modelId": self.model,
            "messages": list(_WORDS),
            "inferenceConfig": {"maxTokens": 1},
        }
        if settings.bedrock_guardrail:
            order["guardrailConfig"] = {
                "guardrailIdentifier": settings.bedrock_guardrail,
                "guardrailVersion": settings.bedrock_guardrail_version,
            }
        return order
