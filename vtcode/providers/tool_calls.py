"""Tool calls put together from the fragments of a chat-completions stream.

Servers disagree about fragments: names repeated or blank on later ones, ids missing or used twice, no index,
every index 0, the arguments in one piece or as an object, the same call nine times. Nothing here does I/O.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vtcode.errors import BadReply
from vtcode.messages import ToolCall
from vtcode.providers.base import CallPart
from vtcode.providers.fields import text_in

if TYPE_CHECKING:
    from collections.abc import Collection

_USABLE_ID = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)
_MADE_ID_DIGITS = 9
"""Of the ids made here: LM Studio's have nine digits, and Mistral's templates refuse every other length."""


@dataclass(slots=True)
class _OpenCall:
    id: str = ""
    name: str = ""
    position: int = -1
    """Among the calls that have a name; -1 while it has none."""
    arguments: list[str] = field(default_factory=list)
    untold: str = ""
    """Arguments that came before the name did."""

    @property
    def arguments_text(self) -> str:
        return "".join(self.arguments)


class CallAssembler:
    """Collects fragments; nameless calls are dropped and identical ones made one.

    Args:
        tool_names: The tools that were offered; a name that differs in case or punctuation is one of them.
        used_ids: Ids of the conversation's earlier calls; a call that comes with one of them gets a new one.
    """

    def __init__(self, *, tool_names: Collection[str] = (), used_ids: Collection[str] = ()) -> None:
        self._known_names = {normal_name(name): name for name in tool_names}
        self._used_ids = used_ids
        self._calls: list[_OpenCall] = []
        self._by_index: dict[int, _OpenCall] = {}
        self._named = 0

    def feed(self, fragment: object) -> CallPart | None:
        """Take one entry of `delta.tool_calls`; return what to tell of it, None while there is no name yet.

        Raises:
            BadReply: The fragment has no shape that can be read.
        """
        if not isinstance(fragment, dict):
            raise BadReply("The server sent a piece of a tool call that is not an object")
        function = fragment.get("function") or {}
        if not isinstance(function, dict):
            raise BadReply("The server sent a tool call whose function is not an object")
        call_id, name = text_in(fragment.get("id")), self._tool_name(text_in(function.get("name")))
        arguments = _arguments(function.get("arguments"))
        index = _index(fragment.get("index"))
        call = self._last_with(call_id) if index is None else self._by_index.get(index)
        if call is None or _begins_another(call, call_id, name, arguments):
            call = _OpenCall()
            self._calls.append(call)
        if index is not None:
            self._by_index[index] = call
        call.id = call.id or call_id
        if name and not call.name:
            call.name, call.position = name, self._named
            self._named += 1
        call.arguments.append(arguments)
        call.untold += arguments
        if not call.name:
            return None
        told, call.untold = call.untold, ""
        return CallPart(index=call.position, name=call.name, text=told)

    def calls(self) -> tuple[ToolCall, ...]:
        """Return the calls in the order in which their names came."""
        taken = set(self._used_ids)
        seen: set[tuple[str, str]] = set()
        calls = []
        for call in sorted((call for call in self._calls if call.name), key=lambda call: call.position):
            written = (call.name, call.arguments_text)
            if written in seen:
                continue
            seen.add(written)
            call_id = call.id if _is_free(call.id, taken) else made_id(taken)
            taken.add(call_id)
            calls.append(ToolCall(id=call_id, name=call.name, arguments=call.arguments_text))
        return tuple(calls)

    def _last_with(self, call_id: str) -> _OpenCall | None:
        same = (call for call in reversed(self._calls) if call_id and call.id == call_id)
        return next(same, self._calls[-1] if self._calls else None)

    def _tool_name(self, name: str) -> str:
        """Cut what gpt-oss leaks into a name, and return the spelling of the tool that is meant."""
        name = name.partition("<|")[0].strip()
        known = self._known_names.get(normal_name(name))
        return known or self._known_names.get(normal_name(name.removeprefix("functions."))) or name


def _begins_another(call: _OpenCall, call_id: str, name: str, arguments: str) -> bool:
    """Tell whether a fragment with a name begins a call of its own, rather than repeating what is known."""
    if not name or not call.name:
        return False
    if call_id and call.id:
        return call_id != call.id
    return name != call.name or (bool(arguments.strip()) and _is_object(call.arguments_text))


def _is_object(text: str) -> bool:
    if not text.rstrip().endswith("}"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _is_free(call_id: str, taken: set[str]) -> bool:
    return bool(_USABLE_ID.fullmatch(call_id)) and call_id not in taken


def made_id(taken: Collection[str]) -> str:
    """Return an id for a call that came without one of its own, which every chat template takes."""
    number = len(taken) + 1
    while (made := f"{number:0{_MADE_ID_DIGITS}d}") in taken:
        number += 1
    return made


def normal_name(name: str) -> str:
    """Spell a name as LM Studio gives it to the model: lower case, everything else an underscore."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _index(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _arguments(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
