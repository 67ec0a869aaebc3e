"""The server's cache, warmed while the user types.

A request for one token with all that the next real one begins with (system prompt, tools, conversation) and a
user message in place of the one that is being typed: chat templates refuse a conversation without one, and
write the end of the conversation differently. Enter then costs only the new words.

When that may be done, and why:

* The model is loaded, by its server's word just before: nothing is loaded for this.
* How many requests the model answers at a time is known, and the server is on this machine. A server
  elsewhere may have other users, whose cache this would take; on one's own machine there is mostly but one.
  llama.cpp's server tells whether a slot is at work: while nothing of ours is, that is another client. LM
  Studio tells no client of another's requests; they have slots of their own there, and a queue.
* Where an answer shows, by its count or by its time, that the cache did not hold what was left in it,
  somebody else does use the model, or it can't rewind its cache: then warming is of no use, and stops for
  the session.
* Once for each prefix, and never while something runs. It is a side request: every other one goes first.

What goes wrong is logged, and told to nobody.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vtcode.errors import EmptyReply, ProviderError
from vtcode.events import ContextCompacted, HistoryCleared, ModelSelected, SessionStarted, TurnEnded
from vtcode.messages import UserMessage
from vtcode.providers.base import TellsIdle
from vtcode.providers.tool_modes import as_sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.agent.agent import Agent
    from vtcode.events import Event
    from vtcode.providers.base import Provider, Request

_IN_PLACE_OF_WORDS = UserMessage(text=".")
_ANOTHER_PREFIX = (SessionStarted, TurnEnded, HistoryCleared, ContextCompacted, ModelSelected)
_FITS_SHARE = 0.9
"""Of the window, by an estimate: what is fuller is about to be shortened."""
_log = logging.getLogger(__name__)


class Prewarm:
    """Warms the cache for one session's next request.

    Args:
        agent: Whose conversation it is.
        enabled: The user wants it (`context.prewarm`).
        is_busy: Tells whether the session is at work.
    """

    def __init__(self, agent: Agent, *, enabled: bool, is_busy: Callable[[], bool]) -> None:
        self._agent = agent
        agent.settle = self.settle
        self._enabled = enabled
        self._is_busy = is_busy
        self._task: asyncio.Task[None] | None = None
        self._asked: Provider | None = None
        """Who has been sent the request that runs; None: nobody yet."""
        self._is_due = True
        """Something happened to the conversation or to its model since the cache was last warmed."""
        self._effort = agent.asked.reasoning_effort
        """With which it was warmed: templates write it before the conversation."""

    @property
    def running(self) -> asyncio.Task[None] | None:
        """The work in hand; None where there is none."""
        return self._task if self._task and not self._task.done() else None

    def apply(self, event: Event) -> None:
        """Take one event, after which another prefix may have to be warmed."""
        self._is_due |= isinstance(event, _ANOTHER_PREFIX)

    def start(self) -> None:
        """Begin to warm the cache where that is due and may be done; returns at once.

        Costs next to nothing where it is not due: it is called for every key.
        """
        effort = self._agent.asked.reasoning_effort
        is_due = self._is_due or effort != self._effort
        if not is_due or self.running or self._is_busy():
            return
        self._is_due, self._effort = False, effort
        if self._enabled and self._may_be_warmed():
            agent = self._agent
            self._task = asyncio.create_task(self._run(agent.provider, agent.next_request()))

    async def settle(self) -> None:
        """Have the server free for the real request.

        Where the server reads a prompt to its end in any case, that is waited for, because the real request
        then finds it in the cache; elsewhere it is broken off, and what was read of it stays in the cache. So
        it is where another server is to answer.
        """
        if running := self.running:
            if not (self._asked is self._agent.provider and self._asked.finishes_prompts):
                running.cancel()
            await asyncio.wait({running})

    async def close(self) -> None:
        """Break off what runs."""
        if running := self.running:
            running.cancel()
            await asyncio.wait({running})

    def _may_be_warmed(self) -> bool:
        agent, model = self._agent, self._agent.model
        return (
            model.state == "loaded"
            and model.parallel is not None
            and _is_here(agent.provider.address)
            and not agent.prompt_cache.is_lost(agent.provider.address, model.id)
            and not agent.left_prompt
            and not model.integrations  # the server might run one
        )

    async def _run(self, provider: Provider, request: Request) -> None:
        try:
            if await self._is_free(provider, request.model):
                await self._send(provider, request)
        except ProviderError as problem:
            _log.info("The cache was not warmed: %s", problem.message)
        except Exception:  # a convenience: a defect in it must not end the user's session
            _log.exception("Warming the cache failed")
        finally:
            self._asked = None

    async def _is_free(self, provider: Provider, model_id: str) -> bool:
        """Ask whether the model is still loaded, and nobody else is answered.

        Raises:
            ProviderError: The server can't be asked.
        """
        models = await provider.list_models()
        is_loaded = any(model.id == model_id and model.state == "loaded" for model in models)
        return is_loaded and (not isinstance(provider, TellsIdle) or await provider.is_idle())

    async def _send(self, provider: Provider, request: Request) -> None:
        messages = (*request.messages, _IN_PLACE_OF_WORDS)
        sampling = replace(request.sampling, max_tokens=1)
        warming = replace(request, messages=messages, sampling=sampling, side=True)
        cache, window = self._agent.prompt_cache, self._agent.window_tokens
        expected = cache.expected(provider.address, warming)
        if window and expected.total_tokens > window * _FITS_SHARE:
            return
        self._asked = provider
        try:
            async with aclosing(provider.stream_reply(as_sent(warming))) as parts:
                async for _ in parts:
                    pass
        except EmptyReply:
            pass  # one token may be the beginning of something that is not shown
        cache.was_read(provider.address, warming)
        _log.info("Warmed the cache with about %s tokens", f"{expected.total_tokens:,}")


def _is_here(address: str) -> bool:
    """Tell whether a server is on this machine: at a loopback address, or an engine of our own in a file."""
    if "://" not in address:
        return True
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
