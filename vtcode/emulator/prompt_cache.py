"""What each instance keeps of the prompts that it read, one for each slot; equal beginnings are reused."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from vtcode.emulator.prompt import count_tokens

if TYPE_CHECKING:
    from vtcode.emulator.instance import Instance
    from vtcode.emulator.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPrompt:
    """A prompt that was read to its end."""

    tokens: int
    cached_tokens: int
    """Of them, those that did not have to be read again."""


class PromptCaches:
    """The caches of all instances, and what was read."""

    def __init__(self) -> None:
        self.read: list[ReadPrompt] = []
        self._kept: defaultdict[str, deque[str]] = defaultdict(deque)

    def cached_tokens(self, instance: Instance, prompt: Prompt) -> int:
        """Return how much of a prompt the instance has."""
        text = _rendered(prompt)
        common = (_common_characters(kept, text) for kept in self._kept[instance.id])
        return min(count_tokens(text[: max(common, default=0)]), prompt.tokens)

    def keep(self, instance: Instance, prompt: Prompt, cached_tokens: int) -> None:
        """Note that the instance has read a prompt, in the place of the one that it read longest ago."""
        self.read.append(ReadPrompt(tokens=prompt.tokens, cached_tokens=cached_tokens))
        kept = self._kept[instance.id]
        text = _rendered(prompt)
        continued = [earlier for earlier in kept if text.startswith(earlier)]
        for earlier in continued:
            kept.remove(earlier)
        kept.append(text)
        while len(kept) > instance.parallel:
            kept.popleft()

    def forget(self) -> None:
        """Lose all that was kept, as other clients' prompts would bring about."""
        self._kept.clear()


def _rendered(prompt: Prompt) -> str:
    said = "".join(f"<{message.role}>{message.text}" for message in prompt.messages)
    return f"{prompt.tools}{said}"


def _common_characters(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
