"""Events folded into blocks: the transcript's model, with no widget and no width in it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from vtcode.actions import CommandAction
from vtcode.details import PlanDetails
from vtcode.events import (
    CommandRan,
    ContextCompacted,
    ContextCompacting,
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
from vtcode.frontends.tui.activity import reply_rate
from vtcode.frontends.tui.block_list import BlockList
from vtcode.frontends.tui.blocks import (
    CommandBlock,
    FooterBlock,
    GrowingText,
    HeaderBlock,
    NoticeBlock,
    ReasoningBlock,
    ReplyBlock,
    ToolBlock,
    UserBlock,
)
from vtcode.frontends.tui.wording import loading_line, outcome_words, prefill_words
from vtcode.frontends.user_message import image_words
from vtcode.frontends.wording import (
    action_words,
    compacted_words,
    compacting_words,
    left_out_words,
    note_words,
    one_line,
    window_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.events import Event

ReasoningMode: TypeAlias = Literal["always", "toggle", "hidden"]
"""`toggle`: shown while it streams, folded once the answer starts."""

_CallUpdate: TypeAlias = (
    PermissionRequested | PermissionResolved | ToolOutputDelta | ToolAwaitingInput | ToolFinished
)

MAX_OUTPUT_CHARS = 64_000
"""How much of a running command's output is kept for looking at; the model's share is the tool's affair."""

MAX_SUMMARY_CHARS = 500
"""Of a call's first line; the view cuts it to the width."""

_OWN_CALLS = "user_"
"""How the ids of the user's own calls begin."""
_TELLING_ARGUMENTS = ("command", "path", "pattern", "query")
"""What says most about a call that could not be understood, the most telling first."""


class Transcript:
    """The blocks of a conversation, in order; `apply` costs the same however many there are."""

    def __init__(
        self, *, blocks: BlockList | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.blocks = BlockList() if blocks is None else blocks
        self.reasoning_mode: ReasoningMode = "toggle"
        self._clock = clock
        self._reasoning: ReasoningBlock | None = None
        self._reasoning_since = 0.0
        self._reply: ReplyBlock | None = None
        self._calls: dict[str, ToolBlock] = {}
        self._written_chars: dict[int, int] = {}
        self._last_reply: ReplyCompleted | None = None
        self._model: ModelSelected | None = None
        """What answers, as it was last told."""
        self._in_turn = False

    def clear(self) -> None:
        """Forget every block."""
        self.blocks.clear()
        self._reasoning = self._reply = self._last_reply = None
        self._calls.clear()

    def set_reasoning_mode(self, mode: ReasoningMode) -> None:
        """Show reasoning always, fold it when it is over, or hide it: what there is and what comes."""
        self.reasoning_mode = mode
        for block in self.blocks:
            if isinstance(block, ReasoningBlock):
                block.folded = mode == "toggle" and block.duration_s is not None
                self.blocks.touch(block)

    def apply(self, event: Event) -> None:
        """Fold one event in."""
        match event:
            case SessionStarted():
                self._begin_session(event)
            case ModelSelected():
                self._note_model(event)
            case HistoryCleared(from_turn=0):
                self.clear()
            case HistoryCleared():
                pass  # what was said stays to be read; the command tells where the conversation goes on
            case CommandRan(command=command, text=text):
                self.blocks.append(CommandBlock(id=self.blocks.next_id(), command=command, text=text))
            case TurnStarted() | UserMessageAdded():
                self._in_turn = True
                self.blocks.append(_message_block(self.blocks.next_id(), event))
            case ContextCompacted():
                self._note_compaction(event)
            case ModelDownloading():
                pass  # it has a line of its own
            case ModelLoading() | PromptProgress() | ToolCallDelta() | ContextCompacting():
                self._show_progress(event)
            case ServerToolRan():
                self._note_server_tool(event)
            case ReasoningDelta(text=text):
                self._add_reasoning(text)
            case ReplyDelta(text=text):
                self._add_reply(text)
            case ReplyCompleted():
                self._complete_reply(event)
            case ReplyDiscarded():
                self._discard_reply()
            case ToolStarted():
                self._start_call(event)
            case (
                PermissionRequested()
                | PermissionResolved()
                | ToolOutputDelta()
                | ToolAwaitingInput()
                | ToolFinished()
            ):
                self._update_call(event)
            case Notice(level=level, text=text, hint=hint):
                self._end_hand_loading()
                self.blocks.append(NoticeBlock(id=self.blocks.next_id(), level=level, text=text, hint=hint))
            case TurnEnded():
                self._end_turn(event)
            case _:
                assert_never(event)

    def _note_model(self, event: ModelSelected) -> None:
        self._end_hand_loading()
        event = replace(event, prefix=None)
        if event != self._model:
            self._model = event
            window = window_words(event.window_tokens)
            text = f"{one_line(event.model)} on {one_line(event.provider)} answers from now on{window}"
            self.blocks.append(NoticeBlock(id=self.blocks.next_id(), level="info", text=text))

    def _end_hand_loading(self) -> None:
        """Take the progress of a model away that was loaded between turns: it is there, or is not coming."""
        if not self._in_turn:
            self.blocks.drop_live()

    def _begin_session(self, event: SessionStarted) -> None:
        self.blocks.drop_live()
        self._model = ModelSelected(
            provider=event.provider, model=event.model, window_tokens=event.window_tokens
        )
        self.blocks.append(
            HeaderBlock(
                id=self.blocks.next_id(),
                model=event.model,
                provider=event.provider,
                workspace=event.workspace,
                window_tokens=event.window_tokens,
                version=event.version,
                resumed=event.resumed,
            )
        )

    def _note_compaction(self, event: ContextCompacted) -> None:
        self.blocks.drop_live()
        text, detail = compacted_words(event), event.summary
        self.blocks.append(
            NoticeBlock(id=self.blocks.next_id(), level="info", text=text, detail=detail, folded=True)
        )

    def _note_server_tool(self, event: ServerToolRan) -> None:
        text = f"The server ran {event.tool} {event.arguments}{': it failed' if event.failed else ''}"
        self.blocks.append(
            NoticeBlock(id=self.blocks.next_id(), level="info", text=text, detail=event.output, folded=True)
        )

    def _show_progress(
        self, event: ModelLoading | PromptProgress | ToolCallDelta | ContextCompacting
    ) -> None:
        match event:
            case ContextCompacting():
                self.blocks.show_live(compacting_words(event))
            case ModelLoading():
                self.blocks.show_live(loading_line(event))
            case PromptProgress():
                self.blocks.show_live(prefill_words(event))
            case ToolCallDelta(index=index, name=name, text=text):
                count = self._written_chars.get(index, 0) + len(text)
                self._written_chars[index] = count
                self._close_reasoning()
                self.blocks.show_live(f"writing {name or 'a tool call'} … {count:,} characters")
            case _:
                assert_never(event)

    def _add_reasoning(self, text: str) -> None:
        self.blocks.drop_live()
        if self._reasoning is None:
            text = text.lstrip("\n")
            if not text.strip():
                return
            self._reasoning = ReasoningBlock(id=self.blocks.next_id())
            self._reasoning_since = self._clock()
            self.blocks.append(self._reasoning)
        self._reasoning.text.add(text)
        self.blocks.touch(self._reasoning)

    def _close_reasoning(self) -> None:
        block = self._reasoning
        if block is None or block.duration_s is not None:
            return
        block.duration_s = self._clock() - self._reasoning_since
        block.folded = self.reasoning_mode == "toggle"
        self.blocks.touch(block)

    def _add_reply(self, text: str) -> None:
        self.blocks.drop_live()
        if self._reply is None:
            if not text.strip():
                return
            text = text.lstrip("\n")
            self._close_reasoning()
            self._reply = ReplyBlock(id=self.blocks.next_id())
            self.blocks.append(self._reply)
        self._reply.text.add(text)
        self.blocks.touch(self._reply)

    def _complete_reply(self, event: ReplyCompleted) -> None:
        """Close the step's reply; where no piece of it was seen (a replay), show it whole."""
        message = event.message
        self._last_reply = event
        if self._reply is None and self._reasoning is None:
            self._add_reasoning(message.reasoning)
        if self._reply is None:
            self._add_reply(message.text)
        elif self._reply.text.whole.strip() != message.text.strip():
            self._reply.text.replace(message.text)
        self._end_step()

    def _discard_reply(self) -> None:
        """Close what was shown of the reply; why it does not count, another event tells."""
        if self._reply is not None:
            self._reply.discarded = self._reply.folded = True
        self._end_step()

    def _end_step(self) -> None:
        self.blocks.drop_live()
        self._close_reasoning()
        if self._reply is not None:
            self._reply.open = False
            self.blocks.touch(self._reply)
        self._reply = self._reasoning = None
        self._written_chars.clear()

    def _start_call(self, event: ToolStarted) -> None:
        self.blocks.drop_live()
        call, action = event.call, event.action
        words = action_words(action, counts=False) if action else one_line(_telling_argument(call.arguments))
        block = ToolBlock(
            id=self.blocks.next_id(),
            name=call.name,
            summary=words[:MAX_SUMMARY_CHARS],
            command=action.command if isinstance(action, CommandAction) else "",
            own=call.id.startswith(_OWN_CALLS),
            folded=True,
        )
        self._calls[call.id] = block
        self.blocks.append(block)

    def _update_call(self, event: _CallUpdate) -> None:
        block = self._calls.get(event.call_id)
        if block is None:
            return
        match event:
            case PermissionRequested():
                block.state = "asking"
            case PermissionResolved(decision=decision):
                block.state = "running" if decision == "allow" else block.state
                block.feedback = event.feedback or left_out_words(event)
            case ToolOutputDelta(text=text):
                block.state = "running"
                _add_output(block.output, text)
            case ToolAwaitingInput(prompt=prompt):
                block.state = "waiting"
                block.question = prompt
            case ToolFinished():
                self._finish_call(block, event)
            case _:
                assert_never(event)
        self.blocks.touch(block)

    def _finish_call(self, block: ToolBlock, event: ToolFinished) -> None:
        block.state = event.status
        block.text = event.text
        block.details = event.details
        block.duration_s = event.duration_s
        block.output = GrowingText()
        if isinstance(event.details, PlanDetails) and event.status == "completed":
            block.folded = False
        del self._calls[event.call_id]

    def _end_turn(self, event: TurnEnded) -> None:
        """Close whatever is open, and say what the turn cost."""
        self._in_turn = False
        self._end_step()
        for block in self._calls.values():
            block.state = "cancelled"
            self.blocks.touch(block)
        self._calls.clear()
        if event.error:
            level: Literal["warning", "error"] = "warning" if event.outcome == "limit" else "error"
            self.blocks.append(
                NoticeBlock(id=self.blocks.next_id(), level=level, text=event.error, hint=event.hint)
            )
        reply, self._last_reply = self._last_reply, None
        if event.outcome == "failed" and reply is None:
            return
        self.blocks.append(
            FooterBlock(
                id=self.blocks.next_id(),
                outcome=outcome_words(event, reply),
                usage=event.usage,
                duration_s=event.duration_s - event.waited_s,
                waited_s=event.waited_s,
                tokens_per_s=reply_rate(reply) if reply else None,
                first_token_s=reply.first_token_s if reply else None,
            )
        )


def _add_output(output: GrowingText, text: str) -> None:
    output.add(text)
    if output.size > 2 * MAX_OUTPUT_CHARS:
        tail = output.whole[-MAX_OUTPUT_CHARS:]
        output.replace(tail[tail.find("\n") + 1 :])


def _telling_argument(arguments: str) -> str:
    """Return the value that says most about a call; the arguments as they are where there is none."""
    try:
        values = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    if not isinstance(values, dict):
        return arguments
    texts = (values.get(name) for name in _TELLING_ARGUMENTS)
    return next((text for text in texts if isinstance(text, str) and text), arguments)


def _message_block(block_id: int, event: TurnStarted | UserMessageAdded) -> UserBlock | NoticeBlock:
    if told := note_words(event.text):
        return NoticeBlock(id=block_id, level="info", text=told, detail=event.text, folded=True)
    words = tuple(image_words(image) for image in event.images)
    return UserBlock(id=block_id, text=event.text, images=words)
