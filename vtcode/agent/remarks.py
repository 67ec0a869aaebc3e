"""What the user should know about a reply that came whole, and is not what it seems. No I/O here."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.agent.request import size_of_request
from vtcode.events import Notice
from vtcode.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.agent.reply import Reply
    from vtcode.events import ReplyCompleted
    from vtcode.messages import Message, Usage
    from vtcode.providers.base import Request
    from vtcode.providers.model_info import ModelInfo, ToolMode

_CUT_FROM_TOKENS = 8_000
"""LM Studio has ended replies with `stop` in mid-sentence from about 10,000 tokens on."""
_FEWEST_CHARACTERS = 8_000
"""Of a prompt about whose tokens anything can be said."""
_MOST_CHARACTERS_A_TOKEN = 9.0
"""Prose and code have 3 to 5; a prompt that seems to have more was not read whole."""
_SHRUNK = 0.8
"""A prompt that grew, and that is counted as less than this part of what it was, was not read whole."""


class Remarks:
    """Makes the remarks; what would be true of every reply is said once."""

    def __init__(self) -> None:
        self._said: set[tuple[str, ...]] = set()
        self._counted: tuple[tuple[str, ToolMode], int, int] | None = None
        """The model that read the last prompt, in which tool mode; the prompt's characters, its tokens."""
        self.prompt_was_cut = False
        """The server did not read the whole of the last prompt, by its own count."""

    def on(self, reply: Reply, asked: ModelInfo) -> Iterator[Notice]:
        """Yield what is worth a word about one reply, the most important first."""
        completed = reply.event
        if completed.finish == "length":
            text = "The reply was cut: the context window, or the limit on a reply (max_tokens), is full."
            yield _warning(text, "Ask for the rest; /clear starts afresh.")
        elif not completed.message.text and not completed.message.tool_calls:
            hint = (
                "Ask it to go on. Where answers always end up in the reasoning: LM Studio has a setting for "
                "separate reasoning_content, which can be turned off."
            )
            yield _warning("The model reasoned but gave no answer.", hint)
        elif looks_cut(completed):
            yield _warning("The reply looks cut off in the middle.", 'Send "go on" to have it continued.')
        if reply.model and not is_same_model(asked, reply.model):
            text = f"{reply.model} answered, although {asked.id} was asked."
            notice = _warning(text, "Load the one that you want, or choose another with /model.")
            yield from self._once(("answered", asked.id, reply.model), notice)
        self.prompt_was_cut = self._was_cut(completed.usage, reply.request)
        if self.prompt_was_cut:
            text = (
                f"The server read {completed.usage.prompt_tokens:,} tokens, which is far less than was sent: "
                "it left out the middle of the conversation, or its beginning, without a word."
            )
            notice = _warning(text, "Load the model with a larger context length, or /clear.")
            yield from self._once(("cut", asked.id), notice)

    def _once(self, about: tuple[str, ...], notice: Notice) -> Iterator[Notice]:
        if about not in self._said:
            self._said.add(about)
            yield notice

    def _was_cut(self, usage: Usage, request: Request) -> bool:
        tokens = usage.prompt_tokens
        characters = size_of_request(map(_without_images, request.messages), request.tools)
        if usage.estimated or not tokens or characters < _FEWEST_CHARACTERS:
            return False
        reader = (request.model, request.tool_mode)
        before, self._counted = self._counted, (reader, characters, tokens)
        if characters > tokens * _MOST_CHARACTERS_A_TOKEN:
            return True
        if before is None or before[0] != reader:
            return False
        return characters >= before[1] and tokens < before[2] * _SHRUNK


def looks_cut(completed: ReplyCompleted) -> bool:
    """Tell whether a long reply that is said to be whole stops in a word, a sentence or a code block."""
    if completed.finish != "stop" or completed.usage.completion_tokens < _CUT_FROM_TOKENS:
        return False
    text = completed.message.text.rstrip()
    inside_fence = len(re.findall(r"^ {0,3}```", text, re.MULTILINE)) % 2 == 1
    return inside_fence or text[-1:].isalnum() or text[-1:] in {",", "(", "-", "="}


def is_same_model(asked: ModelInfo, answered: str) -> bool:
    """Tell whether the name that stands in a reply is one of the model's: servers shorten and extend them."""
    names = {_bare(name) for name in (asked.id, asked.key, *asked.aliases) if name}
    return _bare(answered) in names


def _bare(name: str) -> str:
    """Return the last part of a name, without its quantisation, its instance and its file's ending."""
    last = re.split(r"[/\\]", name.casefold())[-1]
    return re.sub(r"([@:].*|\.gguf)$", "", last)


def _without_images(message: Message) -> Message:
    """Return the message without what makes many tokens with one model, and few with another."""
    return replace(message, images=()) if isinstance(message, UserMessage) else message


def _warning(text: str, hint: str) -> Notice:
    return Notice(level="warning", text=text, hint=hint)
