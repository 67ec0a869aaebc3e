"""The notes that a model writes about its conversation before parts of it are left out."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.errors import ProviderError
from vtcode.events import ContextCompacting
from vtcode.messages import UserMessage
from vtcode.providers.base import CallPart, CompletedPart, PrefillPart, ReasoningPart, TextPart
from vtcode.providers.estimates import estimated_tokens
from vtcode.providers.tool_modes import speak
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.agent.agent import Agent
    from vtcode.providers.base import Part, Request

log = logging.getLogger(__name__)

_ASK = (
    "Earlier messages are about to be left out. Write notes for yourself, at most {words} words: what was "
    "found out, what was decided and why, what is still wrong or open, what comes next. The plan, the files "
    "and the commands are kept without you. Do not call a tool."
)
_FEWEST_CHARACTERS = 16
_MOST_CHARACTERS_A_TOKEN = 8
_CHECKED_WORDS = 40
"""Fewer words may repeat themselves."""
_DIFFERENT_SHARE = 0.25
"""Of the words: a model that goes round in circles has fewer different ones."""
_TOLD_TOKENS = 8
"""Between two events about a summary that is being written."""


def notes_request(request: Request, max_tokens: int, keep: Sequence[str]) -> Request:
    """Return a conversation's request with the wish for notes at its end: the server has read the rest."""
    ask = _ASK.format(words=max_tokens // 2)
    if keep:
        ask += f" Above all, keep in mind: {'; '.join(keep)}"
    return replace(
        request,
        messages=(*request.messages, UserMessage(text=ask)),
        sampling=replace(request.sampling, max_tokens=max_tokens),
        integrations=False,
    )


async def written_notes(agent: Agent, request: Request, prompt_tokens: int) -> str:
    """Have the model write notes, telling how far that is; empty: it wrote nothing that can be used."""
    await agent.settle()
    await agent.emit(ContextCompacting(processed_tokens=None, total_tokens=prompt_tokens))
    progress = _Progress(prompt_tokens, agent.characters_per_token)
    try:
        completed = await _reply(agent, request, progress)
    except ProviderError as problem:
        log.info("no notes for a summary: %s", problem.message)
        return ""
    except asyncio.CancelledError:
        agent.left_prompt = agent.provider.finishes_prompts and not progress.has_begun
        raise
    was_cut = completed.finish == "length"
    return usable_notes(completed.message.text, request.sampling.max_tokens or 0, was_cut=was_cut)


def usable_notes(text: str, max_tokens: int, *, was_cut: bool = False) -> str:
    """Return notes in a form to keep; empty: they are nothing, far too long, or go round in circles.

    Args:
        text: As the model wrote it.
        max_tokens: How long they were to be.
        was_cut: They reached that limit, so that their last sentence is none.
    """
    notes = re.sub(r"\n\s*\n", "\n", plain(text)).strip()
    if was_cut:
        whole = re.match(r".*(?:[.!?](?=\s)|\n)", notes, re.DOTALL)
        notes = whole.group().strip() if whole else ""
    words = notes.split()
    goes_round = len(words) >= _CHECKED_WORDS and len(set(words)) < len(words) * _DIFFERENT_SHARE
    is_size = _FEWEST_CHARACTERS <= len(notes) <= max_tokens * _MOST_CHARACTERS_A_TOKEN
    return notes if is_size and not goes_round else ""


async def _reply(agent: Agent, request: Request, progress: _Progress) -> CompletedPart:
    """Return the whole reply.

    Raises:
        ProviderError: It failed.
    """
    async with aclosing(speak(agent.provider, request)) as parts:
        async for part in parts:
            if isinstance(part, CompletedPart):
                return part
            if told := progress.after(part):
                await agent.emit(told)
    raise AssertionError("a provider's stream ends with CompletedPart or raises")


class _Progress:
    """How far a summary is: a word now and then, not for each token."""

    def __init__(self, prompt_tokens: int, characters_per_token: float) -> None:
        self._prompt_tokens = prompt_tokens
        self._characters_per_token = characters_per_token
        self._characters = 0
        self._told_tokens = 0

    @property
    def has_begun(self) -> bool:
        """Whether the model writes: its prompt has been read."""
        return self._characters > 0

    def after(self, part: Part) -> ContextCompacting | None:
        """Take a part of the reply; return what to tell, None: nothing new."""
        match part:
            case PrefillPart(processed_tokens=processed, total_tokens=total):
                return ContextCompacting(processed_tokens=processed, total_tokens=total)
            case TextPart(text=text) | ReasoningPart(text=text) | CallPart(text=text):
                self._characters += len(text)
        written = estimated_tokens(self._characters, self._characters_per_token)
        if written < self._told_tokens + _TOLD_TOKENS:
            return None
        self._told_tokens = written
        return ContextCompacting(
            processed_tokens=None, total_tokens=self._prompt_tokens, written_tokens=written
        )
