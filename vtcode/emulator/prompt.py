"""A conversation as the model reads it, whichever surface it came through, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vtcode.emulator.refusals import template_refused

TOKEN_CHARS = 4
_IMAGE_TOKENS = 256
Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


def count_tokens(text: str) -> int:
    """Count as this server does: four characters a token."""
    return math.ceil(len(text) / TOKEN_CHARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message."""

    role: Role
    text: str
    images: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Messages, and the tools as JSON."""

    messages: tuple[Said, ...]
    tools: str = ""

    @property
    def tokens(self) -> int:
        """What it takes of the window."""
        text_tokens = sum(count_tokens(f"{said.role}\n{said.text}\n") for said in self.messages)
        return text_tokens + self.images * _IMAGE_TOKENS + count_tokens(self.tools)

    @property
    def images(self) -> int:
        """How many images it shows."""
        return sum(said.images for said in self.messages)

    @property
    def user_text(self) -> str:
        """The user's last words; empty where there are none."""
        return next((said.text for said in reversed(self.messages) if said.role == "user"), "")

    def after(self, earlier: Prompt) -> Prompt:
        """Return the conversation that goes on with this one."""
        return Prompt(messages=earlier.messages + self.messages, tools=self.tools)

    def answered(self, text: str) -> Prompt:
        """Return the conversation with the model's answer."""
        return Prompt(messages=(*self.messages, Said(role="assistant", text=text)), tools=self.tools)


def check_alternation(prompt: Prompt) -> None:
    """Check the order that strict templates want: one system message, then user and assistant in turns.

    Raises:
        Refused: Another role speaks.
    """
    roles = [said.role for said in prompt.messages]
    if roles[:1] == ["system"]:
        roles = roles[1:]
    expected = ["user" if number % 2 == 0 else "assistant" for number in range(len(roles))]
    if roles != expected:
        raise template_refused("Conversation roles must alternate user/assistant/user/assistant/...")


def check_no_system(prompt: Prompt) -> None:
    """Check that there is no system message.

    Raises:
        Refused: There is one.
    """
    if any(said.role == "system" for said in prompt.messages):
        raise template_refused("Only user, assistant and tool roles are supported, got system.")


def check_user_query(prompt: Prompt) -> None:
    """Check that the user said something.

    Raises:
        Refused: Nothing.
    """
    if not prompt.user_text.strip():
        raise template_refused("No user query found in messages.")
