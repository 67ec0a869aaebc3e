"""What a session tells when a model is selected; where the user did that, its window has a say in the prompt.

The size of the prompt and the share of AGENTS.md go by the window that the user chose, or resumed with.
One that changes by itself meanwhile (a model crashed, or its server loaded it anew) changes nothing that is
sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.agent.instructions import (
    FILE_NAME,
    Instructions,
    fitted_instructions,
    instructions_in,
    share_tokens,
)
from vtcode.agent.prompt import is_brief, prefix_for
from vtcode.events import ModelSelected, Notice

if TYPE_CHECKING:
    from vtcode.agent.history import History
    from vtcode.agent.prompt import PromptMode
    from vtcode.config.load import Configuration
    from vtcode.events import Event
    from vtcode.providers.model_info import ModelInfo


def selection(
    history: History, configuration: Configuration, provider: str, model: ModelInfo, *, is_users: bool
) -> list[Event]:
    """Return what to emit for a model that answers from now on.

    Args:
        history: What is sent.
        configuration: Says how large the prompt is to be.
        provider: The name of the model's server.
        model: The model, with the window that the user grants it.
        is_users: The user chose it.
    """
    window_tokens = model.window_tokens
    prefix, told = None, ""
    if is_users and window_tokens is not None and history.tools:
        instructions = _instructions(history, window_tokens)
        mode = configuration.settings.agent.system_prompt_mode
        prefix = prefix_for(configuration.workspace, mode, window_tokens, instructions)
        told = _news(history, mode, instructions, window_tokens)
    selected = ModelSelected(
        provider=provider, model=model.id, window_tokens=window_tokens, prefix=prefix if told else None
    )
    return [selected, Notice(level="info", text=told)] if told else [selected]


def _instructions(history: History, window_tokens: int) -> Instructions:
    """Return the files that the session began with, fitted; as they stand where they are not known whole."""
    if history.instruction_files or not history.instructions:
        return fitted_instructions(history.instruction_files, window_tokens)
    text = instructions_in(history.system_prompt)
    return Instructions(text=text, files=history.instructions, is_cut=False)


def _news(history: History, mode: PromptMode, instructions: Instructions, window_tokens: int) -> str:
    """Return what differs from what is sent now, in words for the user; empty: nothing."""
    brief = is_brief(mode, window_tokens)
    news = []
    if brief != is_brief(mode, history.fitted_window_tokens):
        news.append("the small prompt" if brief else "the whole prompt")
    if instructions.text != instructions_in(history.system_prompt):
        cut = f"cut to {share_tokens(window_tokens):,} tokens" if instructions.is_cut else "whole"
        news.append(f"{FILE_NAME} {cut}")
    if not news:
        return ""
    return f"With a window of {window_tokens:,} tokens the model gets {' and '.join(news)} from now on."
