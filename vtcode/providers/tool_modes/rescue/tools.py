"""The tools that were offered: whom a call is meant for, and how its arguments are typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from vtcode.providers.fields import object_in
from vtcode.providers.tool_calls import normal_name
from vtcode.providers.tool_modes.rescue.outcomes import Broken
from vtcode.providers.tool_modes.rescue.output import RescuedCall
from vtcode.providers.tool_modes.rescue.values import checked, literal, parsed, typed

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping, Sequence

    from vtcode.messages import ToolDefinition

Found: TypeAlias = RescuedCall | None
"""A well-formed call; None where it is of a tool that was not offered."""

NAME_KEYS = ("name", "tool_name", "function", "tool")
ARGUMENT_KEYS = ("arguments", "parameters")
_DRESSING = re.compile(r"^(?:functions|tools|default_api)[.:]|(?::\d+|\.call)$")
"""What models put around a name: a namespace, Kimi's number, the method of Llama's built-in tools."""


class KnownTools:
    """Makes calls out of names and arguments, for the tools that were offered."""

    def __init__(self, tools: Sequence[ToolDefinition]) -> None:
        self._by_name = {normal_name(tool.name) or tool.name: tool for tool in tools}

    @property
    def names(self) -> list[str]:
        """The names of all."""
        return [tool.name for tool in self._by_name.values()]

    def named(self, name: str) -> ToolDefinition | None:
        """Return the tool that is meant; names may differ in case and punctuation."""
        name = name.partition("<|")[0].strip(" \t\r\n\"'`")
        for spelling in (name, _DRESSING.sub("", name)):
            tool = self._by_name.get(normal_name(spelling) or spelling)
            if tool is not None:
                return tool
        return None

    def call(self, name: str, arguments: Any) -> Found:
        """Return a call whose arguments are an object, or JSON of one as a string, or missing.

        Raises:
            Broken: They are anything else, or missing where the tool requires some.
        """
        tool = self.named(name)
        if tool is None:
            return None
        if isinstance(arguments, str):
            arguments = parsed(arguments) if arguments.strip() else None
        if arguments is None and not tool.parameters.get("required"):
            arguments = {}
        if not isinstance(arguments, dict):
            raise Broken
        return RescuedCall(name=tool.name, arguments=arguments)

    def call_of_strings(self, name: str, arguments: Mapping[str, Any]) -> Found:
        """Return a call whose arguments may be bare strings; the tool's schema types them."""
        tool = self.named(name)
        if tool is None:
            return None
        schemas = object_in(tool.parameters.get("properties"))
        values = {
            key: typed(value, schemas.get(key)) if isinstance(value, str) else value
            for key, value in arguments.items()
        }
        return RescuedCall(name=tool.name, arguments=values)

    def call_of_nodes(self, name: str, positional: list[ast.expr], named: list[ast.keyword]) -> Found:
        """Return a call that was written as Python; positional arguments are in the schema's order.

        Raises:
            Broken: The arguments are no literals, or more than the tool has.
        """
        tool = self.named(name)
        keys = list(object_in(tool.parameters.get("properties"))) if tool else []
        if tool and len(positional) > len(keys):
            raise Broken
        arguments = {key: literal(node) for key, node in zip(keys, positional, strict=False)}
        for keyword in named:
            if keyword.arg is None or keyword.arg in arguments:
                raise Broken
            arguments[keyword.arg] = literal(keyword.value)
        return self.call(name, checked(arguments))

    def calls_in(self, value: Any) -> list[Found]:
        """Return the calls of a JSON value: an object or a list of them; empty where it is no call at all.

        Raises:
            Broken: A call in it is not well-formed.
        """
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) and self._is_call(item) for item in items):
            return []
        return [self._call_in(item) for item in items]

    def _is_call(self, item: dict[str, Any]) -> bool:
        """Tell a call from other objects, above all from the definition of a tool."""
        if "description" in item:
            return False
        function = item.get("function")
        if isinstance(function, dict):
            return isinstance(function.get("name"), str) and "arguments" in function
        return any(isinstance(item.get(key), str) for key in NAME_KEYS) or self._names_itself(item)

    def _call_in(self, item: dict[str, Any]) -> Found:
        if self._names_itself(item):
            ((name, arguments),) = item.items()
            return self.call(name, arguments)
        if isinstance(item.get("function"), dict):
            item = item["function"]
        name = next(item[key] for key in NAME_KEYS if isinstance(item.get(key), str))
        return self.call(name, next((item[key] for key in ARGUMENT_KEYS if key in item), None))

    def _names_itself(self, item: dict[str, Any]) -> bool:
        """Tell whether the name is the only key: `{"read_file": {"path": "a"}}`, as Apertus writes."""
        return len(item) == 1 and all(
            isinstance(value, dict) and self.named(name) is not None for name, value in item.items()
        )
