"""Which models the double's Bedrock has, and what each can do, after the Converse manual's tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """One foundation model. `profile_only`: it is reached by a geographic inference profile alone."""

    model_id: str
    name: str
    provider: str
    tools: bool = True
    streaming_tools: bool = False
    tool_choices: tuple[str, ...] = ("auto",)
    profile_only: bool = False


def _llama(version: str, name: str, *, tools: bool = True, profile_only: bool = True) -> Model:
    return Model(f"meta.llama{version}-instruct-v1:0", name, "Meta", tools=tools, profile_only=profile_only)


def _nova(size: str) -> Model:
    choices = ("auto", "any", "tool")
    name = f"Nova {size.capitalize()}"
    return Model(f"amazon.nova-{size}-v1:0", name, "Amazon", streaming_tools=True, tool_choices=choices)


_ALL = (
    _llama("3-8b", "Llama 3 8B Instruct", tools=False, profile_only=False),
    _llama("3-1-8b", "Llama 3.1 8B Instruct"),
    _llama("3-1-70b", "Llama 3.1 70B Instruct"),
    _llama("3-2-3b", "Llama 3.2 3B Instruct", tools=False),
    _llama("3-3-70b", "Llama 3.3 70B Instruct"),
    _llama("4-maverick-17b", "Llama 4 Maverick 17B Instruct"),
    _llama("4-scout-17b", "Llama 4 Scout 17B Instruct"),
    _nova("micro"),
    _nova("lite"),
    _nova("pro"),
    Model(
        "anthropic.claude-3-haiku-20240307-v1:0",
        "Claude 3 Haiku",
        "Anthropic",
        streaming_tools=True,
        tool_choices=("auto", "any", "tool"),
    ),
)

MODELS = {model.model_id: model for model in _ALL}
GEOGRAPHIES = ("us", "eu", "apac")


def plain_id(model_id: str) -> str:
    """Return the foundation model's id behind an ARN or an inference profile."""
    name = model_id.rsplit("/", 1)[-1]
    geography, _, rest = name.partition(".")
    return rest if geography in GEOGRAPHIES else name
