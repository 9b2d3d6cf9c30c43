"""What Bedrock demands of a Converse request before any model sees it, in its own words of refusal.

Pure. The wording is what AWS answers, since clients tell errors apart by it.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.doubles.aws.account import Account, Refusal
from tests.doubles.aws.brain import Ask, Line, Tool
from tests.doubles.aws.models import Model, plain_id

_UNKNOWN_MODEL = "The provided model identifier is invalid."
_NO_ACCESS = "You don't have access to the model with the specified model ID."
_ROLES = ("user", "assistant")


def checked_ask(account: Account, body: Mapping[str, Any], *, streaming: bool) -> Ask:
    """Return what the model is given. Raises Refusal."""
    model_id = str(body["modelId"])
    model = find_model(account, model_id)
    lines = _lines(body.get("messages"))
    system = "\n".join(_text(block, f"system.{n}") for n, block in enumerate(body.get("system", ())))
    _check_limits(body.get("inferenceConfig", {}))
    _check_guardrail(account, body.get("guardrailConfig", {}))
    tools = _tools(body.get("toolConfig"), model, streaming=streaming)
    return Ask(model_id, system, lines, tools, _output_schema(body))


def find_model(account: Account, model_id: str) -> Model:
    """Return the model behind an id, a profile or an ARN. Raises Refusal."""
    model = account.models.get(plain_id(model_id))
    if model is None:
        raise _invalid(_UNKNOWN_MODEL)
    if model.profile_only and plain_id(model_id) == model_id.rsplit("/", 1)[-1]:
        raise _invalid(
            f"Invocation of model ID {model_id} with on-demand throughput isn’t supported. Retry your request"
            " with the ID or ARN of an inference profile that contains this model."
        )
    if model.model_id in account.locked_models:
        raise Refusal(403, "AccessDeniedException", _NO_ACCESS)
    return model


def _invalid(message: str) -> Refusal:
    return Refusal(400, "ValidationException", message)


def _lines(messages: Any) -> list[Line]:
    if not isinstance(messages, Sequence) or not messages:
        raise _invalid("messages: at least one message is required")
    lines = [_line(n, message) for n, message in enumerate(messages)]
    if lines[0].role != "user":
        raise _invalid(
            "A conversation must start with a user message. Try again with a conversation that starts with a"
            " user message."
        )
    if any(a.role == b.role for a, b in pairwise(lines)):
        raise _invalid(
            "A conversation must alternate between user and assistant roles. Make sure the conversation"
            " alternates between user and assistant roles and try again."
        )
    if lines[-1].role != "user":
        raise _invalid(
            "The model that you are using requires the last turn in the conversation to be a user message."
            " Add a user message to the conversation and try again."
        )
    return lines


def _line(n: int, message: Mapping[str, Any]) -> Line:
    role = message.get("role")
    if role not in _ROLES:
        raise _invalid(
            f"1 validation error detected: Value '{role}' at 'messages.{n + 1}.member.role' failed to satisfy"
            " constraint: Member must satisfy enum value set: [user, assistant]"
        )
    content = message.get("content")
    if not content:
        raise _invalid(
            f"The content field in the Message object at messages.{n} is empty. Add a ContentBlock object to"
            " the content field and try again."
        )
    parts = [_text(block, f"messages.{n}.content.{k}") for k, block in enumerate(content)]
    return Line(str(role), "\n".join(parts))


def _text(block: Mapping[str, Any], where: str) -> str:
    """Return a block's text; what a tool gave back is text to the brain as well."""
    if "text" not in block:
        return str(block.get("toolResult", block.get("toolUse", "")))
    text = str(block["text"])
    if not text.strip():
        raise _invalid(
            f"The text field in the ContentBlock object at {where} is blank. Add text to the text field, and"
            " try again."
        )
    return text


def _check_limits(limits: Mapping[str, Any]) -> None:
    for name, low, high in (("maxTokens", 1, 8192), ("temperature", 0, 1), ("topP", 0, 1)):
        value = limits.get(name, low)
        if not low <= value <= high:
            bound, than = (low, "greater") if value < low else (high, "less")
            raise _invalid(
                f"1 validation error detected: Value '{value}' at 'inferenceConfig.{name}' failed to satisfy"
                f" constraint: Member must have value {than} than or equal to {bound}"
            )


def _check_guardrail(account: Account, config: Mapping[str, Any]) -> None:
    wanted = config.get("guardrailIdentifier")
    if wanted and (wanted not in account.guardrails or not config.get("guardrailVersion")):
        raise _invalid("The guardrail identifier or version provided in the request does not exist.")


def _tools(config: Mapping[str, Any] | None, model: Model, *, streaming: bool) -> list[Tool]:
    if not config:
        return []
    if not model.tools:
        raise _invalid("This model doesn't support tool use.")
    if streaming and not model.streaming_tools:
        raise _invalid("This model doesn't support tool use in streaming mode.")
    specs = [tool["toolSpec"] for tool in config.get("tools", ()) if "toolSpec" in tool]
    if not specs:
        raise _invalid("toolConfig.tools: at least one tool is required")
    choice: Mapping[str, Any] = config.get("toolChoice", {"auto": {}})
    kind = next(iter(choice), "auto")
    if kind not in model.tool_choices:
        field = f"toolConfig.toolChoice.{kind}"
        raise _invalid(f"This model doesn't support the {field} field. Remove {field} and try again.")
    tools = [_tool(spec) for spec in specs]
    wanted = choice.get("tool", {}).get("name")
    if wanted and wanted not in {tool.name for tool in tools}:
        raise _invalid(f"toolConfig.toolChoice.tool: there is no tool {wanted}")
    return sorted(tools, key=lambda tool: tool.name != wanted) if wanted else tools


def _tool(spec: Mapping[str, Any]) -> Tool:
    schema = spec.get("inputSchema", {}).get("json", {})
    if schema.get("type") != "object":
        raise _invalid(
            "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following:"
            " object."
        )
    return Tool(str(spec["name"]), str(spec.get("description", "")), schema)


def _output_schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    wanted = body.get("outputConfig", {}).get("textFormat")
    if not wanted:
        return None
    try:
        schema = json.loads(wanted["structure"]["jsonSchema"]["schema"])
    except (KeyError, ValueError):
        raise _invalid("outputConfig.textFormat: the schema is no JSON") from None
    return schema if isinstance(schema, dict) else None
