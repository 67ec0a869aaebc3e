"""Tools in words, for models that their server does not tell of them: short, the same bytes each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.messages import ToolDefinition


def tool_list(tools: Sequence[ToolDefinition]) -> str:
    """Return one line a tool: `read_file(path: string, start_line?: integer): Read a text file.`"""
    return "\n".join(f"- {tool.name}({_parameters(tool.parameters)}): {tool.description}" for tool in tools)


def _parameters(schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    return ", ".join(
        f"{name}{'' if name in required else '?'}: {_kind(value)}"
        for name, value in schema.get("properties", {}).items()
    )


def _kind(schema: dict[str, Any]) -> str:
    """Return a schema as a type; what has no short form is `any`."""
    match schema:
        case {"enum": list(values)}:
            return " | ".join(json.dumps(value, ensure_ascii=False) for value in values)
        case {"type": "array", "items": dict(items)}:
            return f"{_kind(items)}[]"
        case {"type": "object"}:
            return f"{{{_parameters(schema)}}}"
        case {"type": str(kind)}:
            return kind
        case _:
            return "any"
