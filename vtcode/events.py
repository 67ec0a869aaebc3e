"""The one stream of facts: what every front end shows and the session log keeps.

Grammar (asserted by `tests/support/grammar.py` over every stream that a test records):

    turn  = TurnStarted, step*, begun, TurnEnded
    step  = begun, asked, ReplyCompleted, call*
    begun = again, UserMessageAdded*, room, (asked, ReplyDiscarded, again, [UserMessageAdded], room)*
    again = ModelLoading*, [ModelSelected]
    room  = ContextCompacting*, [ContextCompacted]
    asked = PromptProgress, (PromptProgress | ModelLoading)*,
            (ReasoningDelta | ReplyDelta | ToolCallDelta | ServerToolRan)*
    call  = ToolStarted, [PermissionRequested, PermissionResolved],
            (ToolOutputDelta | ToolAwaitingInput)*, ToolFinished

In words: before each step the model is looked at, and had again where it is gone; then what the user said
meanwhile joins, and older parts make room where the window fills. A reply that is no good is discarded, and
asked for again once something was done about that; the turn ends where nothing is left, or is interrupted.

Calls of one step may interleave, by call id. Notice, CommandRan and ModelDownloading may stand anywhere.
Between turns stand SessionStarted, ModelSelected, HistoryCleared, ModelLoading (a model loaded by hand),
ContextCompacting and ContextCompacted (`/compact`), and calls of the user's own (`!command`) or about the
server (`integrations`). ModelLoading before the first SessionStarted, for an engine that is being fetched or
started, is shown and not recorded. Whatever fails or is cancelled: every PermissionRequested is closed by its
PermissionResolved, every ToolStarted by its ToolFinished, one TurnEnded comes last, the history stays valid.

Events are values: JSON-able as they are, with `type` as their tag; `event_json.py` is the codec.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# At run time, because the codec resolves these names when it builds its decoder.
from vtcode.actions import Action  # noqa: TC001
from vtcode.details import Details  # noqa: TC001
from vtcode.messages import (  # noqa: TC001
    AssistantMessage,
    FinishReason,
    Image,
    InstructionFile,
    Prefix,
    ToolCall,
    ToolDefinition,
    Usage,
)

ToolStatus: TypeAlias = Literal["completed", "failed", "denied", "cancelled"]
TurnOutcome: TypeAlias = Literal["completed", "failed", "cancelled", "limit"]
Level: TypeAlias = Literal["info", "warning", "error"]
Scope: TypeAlias = Literal["once", "session", "always", "workspace"]
"""How far the user's decision holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A session began, or was resumed; holds all that the request's prefix is made of."""

    session_id: str
    workspace: str
    provider: str
    model: str
    window_tokens: int | None
    """The window that is really allocated; None where the server does not say."""
    system_prompt: str
    tools: tuple[ToolDefinition, ...]
    instructions: tuple[str, ...] = ()
    """Files (AGENTS.md) in the system prompt, in words for a person."""
    instruction_files: tuple[InstructionFile, ...] = ()
    """The same, whole: of another window they get another share. Empty also where they are too long."""
    resumed: bool = False
    started_at: str = ""
    """ISO 8601, UTC."""
    version: str = ""
    type: Literal["session_started"] = "session_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSelected:
    """From now on this model answers."""

    provider: str
    model: str
    window_tokens: int | None
    prefix: Prefix | None = None
    """What every request begins with from now on; None: with what it began with before."""
    type: Literal["model_selected"] = "model_selected"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCleared:
    """The conversation so far is no longer sent (`/clear`), or what was said from a turn on (`/rewind`)."""

    from_turn: int = 0
    """The first turn that is no longer sent; 0: none is."""
    type: Literal["history_cleared"] = "history_cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRan:
    """A slash command answered."""

    command: str
    text: str
    """Markdown, ours; quoted parts of other origin are already made plain."""
    type: Literal["command_ran"] = "command_ran"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted:
    """The user's message was taken."""

    turn: int
    """From 1, within the session."""
    text: str
    """What the user typed, which is what the model reads."""
    images: tuple[Image, ...] = ()
    type: Literal["turn_started"] = "turn_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessageAdded:
    """A message joined the running turn: the user's, between two steps, or a note of the program's own."""

    text: str
    images: tuple[Image, ...] = ()
    type: Literal["user_message_added"] = "user_message_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextCompacting:
    """The model summarises older parts of the conversation, which it reads first: how far it is."""

    processed_tokens: int | None
    """None where the server does not say."""
    total_tokens: int
    written_tokens: int = 0
    """Of the summary, estimated."""
    type: Literal["context_compacting"] = "context_compacting"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextCompacted:
    """Older parts of the conversation were shortened to fit the window."""

    before_tokens: int
    """Estimated, like `after_tokens`."""
    after_tokens: int
    trigger: Literal["auto", "manual", "recovery"] = "recovery"
    """The window was filling; the user asked for it; the server had refused the prompt."""
    summary: str = ""
    """What the model reads in place of the messages that were left out; empty: a line that says so."""
    stubbed: tuple[str, ...] = ()
    """Ids of the calls whose results are sent as one line from now on."""
    dropped: tuple[int, ...] = ()
    """Positions, from 0, of the messages that are no longer sent: of the user's and the model's so far."""
    type: Literal["context_compacted"] = "context_compacted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoading:
    """The server is loading the model."""

    model: str
    progress: float | None
    """0 to 1; None where the server does not say."""
    estimated: bool = False
    """True where the progress is our own guess, from the time that passed."""
    type: Literal["model_loading"] = "model_loading"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDownloading:
    """The server is downloading a model, or has ended doing so."""

    model: str
    state: Literal["downloading", "paused", "completed", "failed", "already_downloaded"]
    downloaded_bytes: int | None = None
    total_bytes: int | None = None
    bytes_per_s: float | None = None
    remaining_s: float | None = None
    type: Literal["model_downloading"] = "model_downloading"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptProgress:
    """Prefill: how much of the prompt has been read by the model."""

    processed_tokens: int | None
    total_tokens: int
    cached_tokens: int = 0
    estimated: bool = False
    """True where the total is our own guess."""
    expected_s: float | None = None
    """About how long reading it takes, by how fast the model read before; None: unknown, or told."""
    type: Literal["prompt_progress"] = "prompt_progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningDelta:
    """A piece of the model's reasoning; all that arrived in one socket read."""

    text: str
    type: Literal["reasoning_delta"] = "reasoning_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDelta:
    """A piece of the model's answer; all that arrived in one socket read."""

    text: str
    type: Literal["reply_delta"] = "reply_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallDelta:
    """A piece of a call that the model is still writing: shown as progress, never run."""

    index: int
    name: str
    text: str
    type: Literal["tool_call_delta"] = "tool_call_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerToolRan:
    """The server ran a tool of its own (an MCP server that the user switched on) while it replied."""

    tool: str
    arguments: str
    """JSON."""
    output: str
    failed: bool = False
    type: Literal["server_tool_ran"] = "server_tool_ran"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCompleted:
    """The reply as it enters the history."""

    message: AssistantMessage
    finish: FinishReason
    usage: Usage
    first_token_s: float | None = None
    """Seconds from sending the request to the first token."""
    tokens_per_s: float | None = None
    """Completion tokens a second after the first one."""
    type: Literal["reply_completed"] = "reply_completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDiscarded:
    """What was shown of this reply does not enter the history; why, a Notice or the TurnEnded tells."""

    reason: str
    type: Literal["reply_discarded"] = "reply_discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStarted:
    """A call was taken up."""

    call: ToolCall
    action: Action | None
    """None where the call could not be understood; a ToolFinished with the reason follows."""
    type: Literal["tool_started"] = "tool_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRequested:
    """The user is being asked about a call."""

    call_id: str
    rule: str
    """The rule that asks: `tools.policies.write_file`, `built-in`."""
    reason: str
    untrusted: tuple[str, ...] = ()
    """What the model has read that may hold somebody else's instructions."""
    type: Literal["permission_requested"] = "permission_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionResolved:
    """The user, or nobody, answered."""

    call_id: str
    decision: Literal["allow", "deny", "cancelled"]
    scope: Scope
    feedback: str = ""
    """The user's words for the model."""
    wait_ms: int = 0
    left_out: tuple[int, ...] = ()
    """Of a change that is allowed: the numbers, from 1, of the hunks that are not written."""
    type: Literal["permission_resolved"] = "permission_resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutputDelta:
    """Live output of a command: raw, to be made plain before it is shown."""

    call_id: str
    text: str
    type: Literal["tool_output_delta"] = "tool_output_delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAwaitingInput:
    """A command waits for input: the user may type into it, leave it in the background, or kill it."""

    call_id: str
    prompt: str
    """The last, unfinished line of its output."""
    type: Literal["tool_awaiting_input"] = "tool_awaiting_input"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished:
    """A call is over; `text` is what the model reads."""

    call_id: str
    name: str
    status: ToolStatus
    text: str
    details: Details
    duration_s: float = 0.0
    """Of its run; the time that the user took to allow it does not count."""
    type: Literal["tool_finished"] = "tool_finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the user should know, with the next step where there is one."""

    level: Level
    text: str
    hint: str = ""
    type: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """The turn is over; always the last event of a turn."""

    turn: int
    outcome: TurnOutcome
    usage: Usage
    """Summed over the turn's replies that came to their end."""
    error: str = ""
    hint: str = ""
    duration_s: float = 0.0
    """From the user's message to the end."""
    waited_s: float = 0.0
    """How much of that questions waited for the user's answers."""
    type: Literal["turn_ended"] = "turn_ended"


Event: TypeAlias = (
    SessionStarted
    | ModelSelected
    | HistoryCleared
    | CommandRan
    | TurnStarted
    | UserMessageAdded
    | ContextCompacting
    | ContextCompacted
    | ModelLoading
    | ModelDownloading
    | PromptProgress
    | ReasoningDelta
    | ReplyDelta
    | ToolCallDelta
    | ServerToolRan
    | ReplyCompleted
    | ReplyDiscarded
    | ToolStarted
    | PermissionRequested
    | PermissionResolved
    | ToolOutputDelta
    | ToolAwaitingInput
    | ToolFinished
    | Notice
    | TurnEnded
)
