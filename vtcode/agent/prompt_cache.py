"""What a server should still have of the last prompt, and how long it takes to read what is new.

A server's KV cache holds as far as a prompt is the one before. Where the server says how much that was, its
word counts; where it does not (LM Studio's chat completions), what two requests have in common is the guess.
Nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.agent.request import frame_of, size_of, size_of_request
from vtcode.providers.estimates import TokenScale, estimated_tokens

if TYPE_CHECKING:
    from vtcode.messages import Message, Usage
    from vtcode.providers.base import CompletedPart, Request

_FEWEST_NEW_TOKENS = 64
"""Fewer say nothing about how fast a model reads: the first token takes its time in any case."""

_FEWEST_TELLING = 256
"""Of tokens that should be in a cache: that fewer were not says nothing; templates write ends anew."""

_SHORTEST_TELLING_S = 1.0
"""Saved by a cache: less is no more than what a first token may take longer in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedReading:
    """About what a server has to do for a request before its first token."""

    total_tokens: int
    cached_tokens: int
    """Of them, those that it should have in its cache."""
    seconds: float | None
    """None: how fast the model reads is not known yet."""
    uncached_seconds: float | None = None
    """The same if nothing is in the cache."""

    def with_cached_tokens(self, usage: Usage) -> Usage:
        """Return the usage with what came out of the cache, guessed where the server did not tell."""
        if usage.cached_tokens is not None:
            return usage
        share = self.cached_tokens / self.total_tokens if self.total_tokens else 0.0
        cached = round(usage.prompt_tokens * share)
        return replace(usage, cached_tokens=cached, cached_estimated=True)

    def is_missed_by(self, usage: Usage, first_token_s: float | None = None) -> bool:
        """Tell whether far less came out of the cache than was left in it.

        That is the server's word, or, where it does not tell, what the time until the first token says.
        """
        if not usage.prompt_tokens or self.cached_tokens < _FEWEST_TELLING:
            return False
        if usage.cached_tokens is not None and not usage.cached_estimated:
            found = usage.cached_tokens / usage.prompt_tokens
            return found < self.cached_tokens / self.total_tokens / 2
        if first_token_s is None or self.seconds is None or self.uncached_seconds is None:
            return False
        saved_s = self.uncached_seconds - self.seconds
        return saved_s >= _SHORTEST_TELLING_S and first_token_s > self.seconds + saved_s / 2


class PromptCache:
    """Follows the prompts that were read, and by which model of which server."""

    def __init__(self, scale: TokenScale | None = None) -> None:
        """Begin with nothing read.

        Args:
            scale: What tokens stand for, as far as that is learnt elsewhere; None: nothing is known.
        """
        self._scale = scale or TokenScale()
        self._last: tuple[str, Request] | None = None
        self._tokens_per_s: dict[tuple[str, str], float] = {}
        """How fast each model reads, by server and id."""
        self._lost: set[tuple[str, str]] = set()

    def expected(self, address: str, request: Request) -> ExpectedReading:
        """Return what reading `request` should take the server at `address`."""
        characters = size_of_request(request.messages, request.tools)
        is_same_server = self._last is not None and self._last[0] == address
        common = common_characters(self._last[1], request) if self._last and is_same_server else 0
        rate = self._tokens_per_s.get((address, request.model))
        scale = self._scale.characters_per_token(address, request.model)
        return ExpectedReading(
            total_tokens=estimated_tokens(characters, scale),
            cached_tokens=estimated_tokens(common, scale),
            seconds=estimated_tokens(characters - common, scale) / rate if rate else None,
            uncached_seconds=estimated_tokens(characters, scale) / rate if rate else None,
        )

    def was_read(self, address: str, request: Request) -> None:
        """Note that the server has read this prompt: it is what its cache holds."""
        self._last = (address, request)

    def is_lost(self, address: str, model: str) -> bool:
        """Tell whether a cache did not hold what was left in it: others use the model, or it can't rewind."""
        return (address, model) in self._lost

    def was_answered(
        self, address: str, model: str, expected: ExpectedReading, completed: CompletedPart
    ) -> None:
        """Take what a reply tells of the cache, and of how long its prompt took."""
        usage = completed.usage
        if usage is None:
            return
        if expected.is_missed_by(usage, completed.first_token_s):
            self._lost.add((address, model))
            if usage.cached_tokens is None:
                return  # how much was read nobody knows, so neither how fast
        usage, first_token_s = expected.with_cached_tokens(usage), completed.first_token_s
        new_tokens = usage.prompt_tokens - (usage.cached_tokens or 0)
        if first_token_s and new_tokens >= _FEWEST_NEW_TOKENS:
            self._tokens_per_s[address, model] = new_tokens / first_token_s


def common_characters(before: Request, after: Request) -> int:
    """Return how many characters `after` has in common with `before`, from the beginning on."""
    if frame_of(before) != frame_of(after):
        return 0
    common = size_of_request((), after.tools)
    for old, new in zip(before.messages, after.messages, strict=False):
        if old != new:
            return common + _common_text(old, new)
        common += size_of(new)
    return common


def _common_text(old: Message, new: Message) -> int:
    if old.role != new.role:
        return 0
    pairs = enumerate(zip(old.text, new.text, strict=False))
    shorter = min(len(old.text), len(new.text))
    return next((place for place, (one, other) in pairs if one != other), shorter)
