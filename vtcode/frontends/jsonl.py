"""Headless JSON: events under the tags and item types of the original VT Code (`exec --json`, schema 0.11).

One object a line: `thread.started`, `turn.started`, `item.started|updated|completed`,
`turn.completed|failed`, `permission.requested|resolved`, `thread.completed`, `error`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, assert_never

from vtcode.actions import CommandAction, WriteAction
from vtcode.details import CommandDetails, PlanDetails
from vtcode.events import (
    CommandRan,
    ContextCompacted,
    ContextCompacting,
    Event,
    HistoryCleared,
    ModelDownloading,
    ModelLoading,
    ModelSelected,
    Notice,
    PermissionRequested,
    PermissionResolved,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
    ServerToolRan,
    SessionStarted,
    ToolAwaitingInput,
    ToolCallDelta,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.frontends.denials import Denials
from vtcode.messages import Usage
from vtcode.questions import Answer, Question

if TYPE_CHECKING:
    from collections.abc import Callable

UPDATE_CHARACTERS = 400
"""A growing item is repeated whole after so many new characters, and then each time that it has grown by
half; `item.completed` has all of it."""

_STATUS = {"completed": "completed", "failed": "failed", "denied": "failed", "cancelled": "failed"}
_SUBTYPES = {
    "completed": "success",
    "failed": "error_during_execution",
    "cancelled": "cancelled",
    "limit": "error_max_turns",
}


@dataclass(slots=True)
class _Item:
    """An item that is open."""

    body: dict[str, Any]
    growing: str
    """The key whose text grows: `text`, `aggregated_output`."""
    written: int = 0


@dataclass(slots=True)
class JsonLines:
    """A front end that writes one JSON object a line, and answers every question with its refusal."""

    write: Callable[[str], object]
    last: TurnEnded | None = None
    _denials: Denials = field(default_factory=Denials)
    _items: dict[str, _Item] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _turns: int = 0
    _session_id: str = ""
    _result: str = ""
    _stop_reason: str = ""
    _replies: list[dict[str, Any]] = field(default_factory=list)
    """What each reply of the running turn cost, and how fast it was."""

    async def show(self, event: Event) -> None:
        """Write the lines of one event."""
        self._denials.note(event)
        match event:
            case SessionStarted():
                self._session_id = event.session_id
                self._line("thread.started", thread_id=event.session_id)
            case TurnStarted():
                self._turns += 1
                self._replies = []
                self._line("turn.started")
            case TurnEnded():
                self._end_turn(event)
            case ReasoningDelta():
                self._grow("reasoning", "reasoning", "text", event.text)
            case ReplyDelta():
                self._grow("reply", "agent_message", "text", event.text)
            case ReplyCompleted():
                self._complete_reply(event)
            case ReplyDiscarded():
                self._close("reasoning")
                self._close("reply")
                self._whole("harness", event="reply_discarded", message=event.reason)
            case ToolStarted() | ToolOutputDelta() | ToolFinished():
                self._show_call(event)
            case PermissionRequested() | PermissionResolved():
                self._show_permission(event)
            case _:
                self._show_other(event)

    async def ask(self, question: Question) -> Answer:
        """Refuse: nobody is there to answer."""
        return Answer(choice=question.refusal)

    def error(self, message: str, hint: str = "") -> None:
        """Write an error that came before any turn could."""
        self._line("error", message=f"{message} {hint}".strip())

    def complete(self) -> None:
        """Write the last line."""
        ended = self.last
        usage = ended.usage if ended else Usage()
        self._line(
            "thread.completed",
            thread_id=self._session_id,
            session_id=self._session_id,
            subtype=_SUBTYPES[ended.outcome] if ended else "error_during_execution",
            outcome_code=ended.outcome if ended else "failed",
            result=self._result or None,
            stop_reason=self._stop_reason or None,
            usage=_usage(usage),
            num_turns=self._turns,
        )

    def _show_call(self, event: ToolStarted | ToolOutputDelta | ToolFinished) -> None:
        match event:
            case ToolStarted():
                self._names[event.call.id] = event.call.name
                body, growing = _call_item(event)
                self._open(event.call.id, body, growing)
            case ToolOutputDelta():
                self._grow(event.call_id, "command_execution", "aggregated_output", event.text)
            case ToolFinished():
                self._finish_call(event)
            case _:
                assert_never(event)

    def _show_permission(self, event: PermissionRequested | PermissionResolved) -> None:
        name = self._names.get(event.call_id, "")
        if isinstance(event, PermissionRequested):
            untrusted = {"untrusted_content": event.untrusted} if event.untrusted else {}
            self._line("permission.requested", tool_name=name, **untrusted)
        else:
            self._line("permission.resolved", tool_name=name, decision=event.decision, wait_ms=event.wait_ms)

    def _show_other(self, event: Event) -> None:
        match event:
            case Notice(level="error"):
                self._whole("error", message=f"{event.text} {event.hint}".strip())
            case Notice():
                self._whole("harness", event=event.level, message=f"{event.text} {event.hint}".strip())
            case UserMessageAdded():
                self._line("interjected", text=event.text)
            case ContextCompacted():
                self._line(
                    "thread.compact_boundary",
                    trigger=event.trigger,
                    mode="local",
                    before_tokens=event.before_tokens,
                    after_tokens=event.after_tokens,
                    stubbed_results=len(event.stubbed),
                    dropped_messages=len(event.dropped),
                )
            case HistoryCleared():
                self._line("context.reset")
            case ToolAwaitingInput():
                self._whole("harness", event="awaiting_input", message=event.prompt)
            case ServerToolRan():
                self._whole(
                    "mcp_tool_call",
                    tool=event.tool,
                    arguments=event.arguments,
                    output=event.output,
                    status="failed" if event.failed else "completed",
                )
            case (
                ModelLoading()
                | ModelDownloading()
                | ModelSelected()
                | PromptProgress()
                | ContextCompacting()
                | ToolCallDelta()
                | CommandRan()
            ):
                pass  # progress and interactive commands: no line of the original's
            case _:
                pass

    def _complete_reply(self, event: ReplyCompleted) -> None:
        self._close("reasoning", event.message.reasoning)
        self._stop_reason = event.finish
        self._replies.append(_reply(event))
        if event.message.text:
            self._result = event.message.text
            if "reply" not in self._items:
                self._open("reply", {"type": "agent_message", "text": ""}, "text")
        self._close("reply", event.message.text)

    def _finish_call(self, event: ToolFinished) -> None:
        item = self._items.pop(event.call_id)
        body = item.body | {"status": _STATUS[event.status]}
        details = event.details
        if isinstance(details, CommandDetails):
            body |= {"aggregated_output": details.output, "exit_code": details.exit_code}
        self._line("item.completed", item=body)
        if body["type"] == "tool_invocation":
            self._whole("tool_output", call_id=event.call_id, output=event.text, status=_STATUS[event.status])
        elif event.status == "denied":
            self._whole("harness", event="denied", message=event.text)
        if isinstance(details, PlanDetails):
            self._whole("plan", text="\n".join(f"[{step.status}] {step.step}" for step in details.steps))

    def _end_turn(self, event: TurnEnded) -> None:
        self.last = event
        if self._denials.text:
            self._whole("harness", event="warning", message=f"{self._denials.text} {self._denials.hint}")
        usage = _usage(event.usage)
        if event.outcome == "completed":
            self._line("turn.completed", usage=usage, replies=self._replies)
        else:
            message = f"{event.error} {event.hint}".strip() or event.outcome
            self._line("turn.failed", message=message, usage=usage, replies=self._replies)

    def _open(self, key: str, body: dict[str, Any], growing: str) -> None:
        item = _Item({"id": self._next_id(), **body}, growing)
        self._items[key] = item
        self._line("item.started", item=item.body)

    def _grow(self, key: str, kind: str, growing: str, text: str) -> None:
        if key not in self._items:
            self._open(key, {"type": kind, growing: ""}, growing)
        item = self._items[key]
        item.body[growing] = item.body.get(growing, "") + text
        if len(item.body[growing]) >= item.written + max(UPDATE_CHARACTERS, item.written // 2):
            item.written = len(item.body[growing])
            self._line("item.updated", item=item.body)

    def _close(self, key: str, text: str | None = None) -> None:
        item = self._items.pop(key, None)
        if item is None:
            return
        if text is not None:
            item.body[item.growing] = text
        self._line("item.completed", item=item.body)

    def _whole(self, kind: str, **body: Any) -> None:
        self._line("item.completed", item={"id": self._next_id(), "type": kind, **body})

    def _next_id(self) -> str:
        self._count += 1
        return f"item_{self._count}"

    def _line(self, kind: str, **fields: Any) -> None:
        # ASCII, so that no encoding of stdout can break a line.
        self.write(json.dumps({"type": kind, **fields}) + "\n")


def _call_item(event: ToolStarted) -> tuple[dict[str, Any], str]:
    call, action = event.call, event.action
    if isinstance(action, CommandAction):
        body = {"type": "command_execution", "command": action.command, "aggregated_output": ""}
        return body | {"status": "in_progress"}, "aggregated_output"
    if isinstance(action, WriteAction):
        change = {"path": action.path, "kind": "add" if action.creates else "update"}
        return {"type": "file_change", "changes": [change], "status": "in_progress"}, "text"
    return {
        "type": "tool_invocation",
        "tool_name": call.name,
        "arguments": json.loads(call.arguments),
        "tool_call_id": call.id,
        "status": "in_progress",
    }, "text"


def _reply(event: ReplyCompleted) -> dict[str, Any]:
    """Return what the original has no place for: the usage of one reply, and how fast it came."""
    figures = {"first_token_s": event.first_token_s, "tokens_per_s": event.tokens_per_s}
    return _usage(event.usage) | {name: value and round(value, 3) for name, value in figures.items()}


def _usage(usage: Usage) -> dict[str, Any]:
    counts = asdict(usage)
    guessed = {"cached_estimated": True} if usage.cached_estimated and usage.cached_tokens else {}
    return guessed | {
        "input_tokens": counts["prompt_tokens"],
        "cached_input_tokens": counts["cached_tokens"] or 0,
        "output_tokens": counts["completion_tokens"],
    }
