"""The smallest form that the examination asks a model to fill, in the way calls will ask it."""

from typing import Any, Final

from app.adapters.aws.models import Abilities, abilities_of
from app.settings import Settings

_TOOL: Final = {
    "toolSpec": {
        "name": "answer",
        "description": "Hand in the answer.",
        "inputSchema": {"json": {"type": "object", "properties": {"yes": {"type": "boolean"}}}},
    }
}


def form_for(settings: Settings, model: str) -> dict[str, Any]:
    """Return what a Converse request says of tools; empty where calls put the form into the text."""
    said = settings.bedrock_tools if model == settings.bedrock_model else None
    able = abilities_of(model) if said is None else Abilities(tools=said)
    if not able.tools:
        return {}
    return {"toolConfig": {"tools": [_TOOL]} | ({"toolChoice": {"any": {}}} if able.choice else {})}
