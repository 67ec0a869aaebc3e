"""The tools as the model is told of them, and the tool that it meant by a name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from vtcode.errors import ToolFailed
from vtcode.messages import ToolDefinition
from vtcode.tools import BUILTIN_TOOLS
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.tools.base import Tool

_KEPT_KEYWORDS = ("type", "description", "enum", "items", "properties", "required")
"""Every other keyword costs tokens and tells a model nothing that an error would not."""


class _Generator(GenerateJsonSchema):
    """Has defaults as they are; to write them as JSON costs most of a schema's time, and none is told."""

    def encode_default(self, dft: Any) -> Any:
        """Return the default itself."""
        return dft


def definitions(
    tools: Sequence[Tool[Any]] = BUILTIN_TOOLS, *, brief: bool = False
) -> tuple[ToolDefinition, ...]:
    """Return what the model is told of the tools: in their order, the same bytes every time.

    Args:
        tools: Those to tell of.
        brief: In as few tokens as can be, for a small window. Arguments that a model rarely needs are left
            out (their fields say `brief: None`) or told in a shorter form; the tools take them all the same.
    """
    return tuple(_definition(tool, brief=brief) for tool in tools)


def find_tool(name: str, tools: Sequence[Tool[Any]] = BUILTIN_TOOLS) -> Tool[Any]:
    """Return the tool that a model calls `name`: also `readFile`, `Read-File` or `functions.read_file`.

    Raises:
        ToolFailed: No tool has this name; the message lists those that there are.
    """
    wanted = _squeezed(re.split(r"[./]|::", name.strip())[-1])
    for tool in tools:
        if _squeezed(tool.name) == wanted:
            return tool
    names = [tool.name for tool in tools]
    near = difflib.get_close_matches(name.lower(), names, n=1)
    suggestion = f" Did you mean {near[0]}?" if near else ""
    shown = revealed(name, keep_newlines=False)[:60]
    raise ToolFailed(f"There is no tool {shown}.{suggestion} The tools are {', '.join(names)}.")


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _definition(tool: Tool[Any], *, brief: bool) -> ToolDefinition:
    schema = tool.arguments.model_json_schema(schema_generator=_Generator)
    if brief:
        schema["properties"] = _brief(schema["properties"])
    lean = _lean(schema, schema.get("$defs", {}))
    parameters = {"type": "object", "properties": lean.get("properties", {})}
    if "required" in lean:
        parameters["required"] = lean["required"]
    description = tool.brief if brief else tool.description
    return ToolDefinition(name=tool.name, description=description, parameters=parameters)


def _brief(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties that a small window has room for, each in its short form where it has one."""
    short = {name: value.get("brief", value) for name, value in properties.items()}
    return {name: value for name, value in short.items() if value is not None}


def _lean(schema: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its references filled in, and without what is not worth its tokens."""
    if "$ref" in schema:
        return _lean(shared[schema["$ref"].rsplit("/", 1)[-1]], shared)
    if "anyOf" in schema:
        return _lean(next(kind for kind in schema["anyOf"] if kind.get("type") != "null"), shared)
    lean = {key: schema[key] for key in _KEPT_KEYWORDS if key in schema}
    if "items" in lean:
        lean["items"] = _lean(lean["items"], shared)
    if "properties" in lean:
        lean["properties"] = {
            name: _lean(value, shared)
            for name, value in lean["properties"].items()
            if not value.get("hidden")
        }
        lean.pop("description", None)  # the class's docstring is for people
    return lean
