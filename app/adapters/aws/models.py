"""What a Bedrock model is used with and able to: plain values, set by whoever wires the program. Pure."""

import re
from dataclasses import dataclass
from typing import Final

LLAMA_4: Final = "us.meta.llama4-maverick-17b-instruct-v1:0"
"""The default: the present generation of Llama. Of its 400 billion parameters 17 are active at a time, so its
first token, which a caller waits for, comes sooner than that of a dense model of 70 billion."""

LLAMA_3: Final = "us.meta.llama3-3-70b-instruct-v1:0"
"""The generation before, served from other machines: the one to turn to when the first fails."""

_WITHOUT_TOOLS: Final = re.compile(r"(?:^|[./])meta\.llama3-(?:\d+b|2-[13]b)-")
_CHOOSES: Final = re.compile(r"(?:^|[./])(?:amazon\.nova|anthropic\.claude)")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a model can do in a Converse request that does not stream.

    `tools`: it fills forms as tool input; `choice`: it can be made to call the tool (`any`), and is not
    only free to.
    """

    tools: bool = True
    choice: bool = False


def abilities_of(model_id: str) -> Abilities:
    """Return what Converse's tables say of this model; who knows better says so in the config."""
    if _WITHOUT_TOOLS.search(model_id):
        return Abilities(tools=False)
    return Abilities(choice=_CHOOSES.search(model_id) is not None)


@dataclass(frozen=True, slots=True)
class BedrockConfig:
    """How Bedrock is asked. `model` is an inference profile's id, a model's or an ARN.

    A reply has at most `reply_tokens`, a form `form_tokens`; `abilities` is known by the model's name unless
    given. `fast` asks for latency-optimised serving, which a few models in a few regions have. The guardrail
    counts when its id is given.
    """

    model: str = LLAMA_4
    region: str = ""
    temperature: float = 0.5
    top_p: float = 0.9
    reply_tokens: int = 200
    form_tokens: int = 500
    abilities: Abilities | None = None
    guardrail: str = ""
    guardrail_version: str = "DRAFT"
    fast: bool = False
