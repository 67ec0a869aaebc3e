"""How the transcript says what happens in a turn, in a few words of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from vtcode.frontends.wording import loading_words, progress_bar

if TYPE_CHECKING:
    from vtcode.events import ModelLoading, PromptProgress, ReplyCompleted, TurnEnded
    from vtcode.permissions import Mode

_BAR_CELLS = 20

SHORT_MODES: Final[dict[Mode, str]] = {
    "build": "What changes asks first",
    "plan": "Nothing is changed yet",
    "auto": "Less is asked, in a sandbox",
}
"""What a mode means, where there is little room."""


def outcome_words(event: TurnEnded, reply: ReplyCompleted | None) -> str:
    """Return how a turn ended, where that is worth a word; empty where it just completed."""
    match event.outcome:
        case "completed":
            return "stopped at the token limit" if reply and reply.finish == "length" else ""
        case "failed":
            return "failed"
        case "cancelled":
            return "interrupted"
        case "limit":
            return "stopped at the step limit"
        case _:
            assert_never(event.outcome)


def loading_line(event: ModelLoading) -> str:
    """Return how far a model is with loading, with a bar where that is known."""
    bar = "" if event.progress is None else f"  {progress_bar(event.progress, _BAR_CELLS)}"
    return f"{loading_words(event)}{bar or ' …'}"


def prefill_words(event: PromptProgress) -> str:
    """Return how far the model is with reading its prompt."""
    total = f"{'~' if event.estimated else ''}{event.total_tokens:,}"
    about = "~" if event.estimated else ""
    cached = f", {about}{event.cached_tokens:,} of them cached" if event.cached_tokens else ""
    if event.processed_tokens is None:
        takes = f", takes ~{event.expected_s:.0f} s" if (event.expected_s or 0) >= 1 else ""
        return f"reading the prompt … {total} tokens{cached}{takes}"
    share = event.processed_tokens / event.total_tokens if event.total_tokens else 1.0
    return f"reading the prompt … {event.processed_tokens:,} of {total} tokens ({share:.0%}){cached}"


def phase_of(words: str) -> str:
    """Return words for what goes on without the figures, which change while the same goes on."""
    return words.partition(" ")[0] if words.startswith(("reading prompt", "loading ")) else words
