"""A reply while it is being read: what has come, what is new, and in the end the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.messages import AssistantMessage, FinishReason, Usage
from vtcode.providers.base import (
    CallPart,
    CompletedPart,
    LoadingPart,
    Part,
    PrefillPart,
    ReasoningPart,
    Request,
    TextPart,
)
from vtcode.providers.think import Piece, ThinkSplitter
from vtcode.providers.tool_calls import CallAssembler

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.messages import Message


@dataclass(slots=True)
class Measures:
    """What a server tells about a reply beside the reply itself."""

    model: str = ""
    usage: Usage | None = None
    tokens_per_s: float | None = None


class Draft:
    """Collects a reply.

    Args:
        request: What was asked; tells the known tools and the used call ids.
        opens_in_reasoning: The reply is taken to begin inside reasoning, without a tag.
    """

    def __init__(self, request: Request, *, opens_in_reasoning: bool) -> None:
        self.finish: FinishReason | None = None
        """Why it ended, as the server says; None while it has not."""
        self.measures = Measures()
        self._splitter = ThinkSplitter(opens_inside=opens_in_reasoning)
        self._calls = CallAssembler(
            tool_names=[tool.name for tool in request.tools], used_ids=call_ids(request.messages)
        )
        self._reasoning: list[str] = []
        self._news: list[Part] = []

    @property
    def closed_without_opening(self) -> bool:
        """True where the reply showed that this model's replies begin inside reasoning."""
        return self._splitter.closed_without_opening

    def take_news(self) -> list[Part]:
        """Return what has come since the last call; pieces of one kind in a row are one part."""
        news, self._news = self._news, []
        return news

    def reasoning(self, text: str) -> None:
        """Take a piece of reasoning that came apart from the answer."""
        text = whole_characters(text)
        self._splitter.reasoning_came_apart()
        self._reasoning.append(text)
        self.tell(ReasoningPart(text=text))

    def text(self, text: str) -> None:
        """Take a piece of the answer, which may hold reasoning between tags."""
        self._give(self._splitter.feed(whole_characters(text)))

    def call(self, fragment: object) -> None:
        """Take a piece of a tool call, in the form of an entry of `delta.tool_calls`.

        Raises:
            BadReply: It has no shape that can be read.
        """
        if part := self._calls.feed(fragment):
            self.tell(part)

    def end_text(self) -> None:
        """Note that no more text comes; what may have been half a tag is given out."""
        self._give(self._splitter.flush())

    def replace_text(self, text: str) -> None:
        """Take the whole answer anew, as the server settled it; what was told of it stays told."""
        self._splitter = ThinkSplitter()
        if self._reasoning:
            self._splitter.reasoning_came_apart()
        self._splitter.feed(whole_characters(text))
        self._splitter.flush()

    def tell(self, part: Part) -> None:
        """Add a part to the news, or make it one with the last where both are of one kind."""
        news = self._news
        match news[-1] if news else None, part:
            case TextPart(text=before), TextPart(text=text):
                news[-1] = TextPart(text=before + text)
            case ReasoningPart(text=before), ReasoningPart(text=text):
                news[-1] = ReasoningPart(text=before + text)
            case CallPart(index=same, text=before), CallPart(index=index, name=name, text=text) if (
                same == index
            ):
                news[-1] = CallPart(index=index, name=name, text=before + text)
            case (PrefillPart(), PrefillPart()) | (LoadingPart(), LoadingPart()):
                news[-1] = part
            case _:
                news.append(part)

    def message(self) -> AssistantMessage:
        """Return the reply as it is now."""
        return AssistantMessage(
            text=self._splitter.text,
            reasoning="".join([*self._reasoning, self._splitter.reasoning]).strip(),
            tool_calls=self._calls.calls(),
        )

    def completed(self, message: AssistantMessage) -> CompletedPart:
        """Return the part that ends the stream."""
        return CompletedPart(
            message=message,
            finish=self._finish_reason(message),
            usage=self.measures.usage,
            model=self.measures.model,
            tokens_per_s=self.measures.tokens_per_s,
        )

    def _finish_reason(self, message: AssistantMessage) -> FinishReason:
        """Decide by what is there: servers say `stop` after calls, and nothing at all.

        `tool_calls` without any is left as it is: the server lost the call.
        """
        if message.tool_calls and self.finish in (None, "stop"):
            return "tool_calls"
        return self.finish or "stop"

    def _give(self, pieces: list[Piece]) -> None:
        for kind, text in pieces:
            self.tell(ReasoningPart(text=text) if kind == "reasoning" else TextPart(text=text))


def call_ids(messages: Iterable[Message]) -> frozenset[str]:
    """Return the ids of all calls in a conversation."""
    answers = (message for message in messages if isinstance(message, AssistantMessage))
    return frozenset(call.id for answer in answers for call in answer.tool_calls)


def whole_characters(text: str) -> str:
    """Return the text without half surrogate pairs: they can be written in JSON, but nowhere else."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
