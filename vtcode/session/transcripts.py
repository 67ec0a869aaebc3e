"""A recorded conversation as a document: Markdown, or one HTML page that loads nothing. Pure.

What was said is foreign text: it loses its control characters, and in HTML it is text and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from vtcode.agent.stubs import target
from vtcode.details import CommandDetails, DiffDetails, PlanDetails, TextDetails
from vtcode.events import (
    CommandRan,
    ContextCompacted,
    HistoryCleared,
    ModelSelected,
    ReplyCompleted,
    SessionStarted,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.messages import program_note
from vtcode.settled import settled
from vtcode.visible import plain, revealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from vtcode.actions import Action
    from vtcode.details import Details
    from vtcode.events import Event

Format: TypeAlias = Literal["markdown", "html"]

_MARKS = {"completed": "[x]", "in_progress": "[>]", "pending": "[ ]"}
_PICTURE = re.compile(r"!+(?=\[)")
"""What makes a picture of a link, in each of Markdown's ways to write one."""
_PICTURE_TAG = re.compile(r"<(?=img\b)", re.IGNORECASE)
_STYLE = """\
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 sans-serif; color: #1a1a1a;
  background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 0.9rem/1.45 monospace; }
section { border-left: 3px solid #ccc; margin: 1rem 0; padding: 0 1rem; }
section.user { border-color: #2458b3; } section.call { border-color: #8a6d1d; }
h2 { font-size: 1rem; }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #161616; } }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a conversation."""

    kind: Literal["user", "answer", "reasoning", "call", "note"]
    head: str
    """One line."""
    text: str = ""
    """In an answer and a note, Markdown; otherwise plain."""


def document(events: Iterable[Event], form: Format, *, title: str, redact: Callable[[str], str]) -> str:
    """Return a whole conversation.

    Args:
        events: As they were recorded.
        form: Of the document.
        title: Its heading.
        redact: Takes secrets out of text.
    """
    parts = [
        Part(
            kind=part.kind,
            head=redact(revealed(part.head, keep_newlines=False)),
            text=redact(plain(part.text)).strip("\n"),
        )
        for part in parts_of(events)
    ]
    if form == "html":
        return _as_html(parts, title)
    return "\n\n".join([f"# {title}", *map(_as_markdown, parts)]) + "\n"


def parts_of(events: Iterable[Event]) -> Iterator[Part]:
    """Yield what was said and done, in its order."""
    actions: dict[str, Action | None] = {}
    for event in events:
        match event:
            case ToolStarted(call=call, action=action):
                actions[call.id] = action
            case ToolFinished():
                about = target(actions.pop(event.call_id, None))
                head = " ".join(filter(None, (event.name, about)))
                yield Part(kind="call", head=f"{head}: {event.status}", text=_shown(event.details))
            case _:
                yield from _said(event)


def _said(event: Event) -> Iterator[Part]:
    match event:
        case SessionStarted(resumed=resumed, started_at=at):
            model = f"{event.model} on {event.provider}"
            yield Part(kind="note", head=f"{'Resumed' if resumed else 'Begun'} {at}, with {model}")
        case ModelSelected(model=model, provider=provider):
            yield Part(kind="note", head=f"{model} on {provider} answers from now on")
        case TurnStarted(text=text) | UserMessageAdded(text=text) if note := program_note(text):
            head = f"The model was told: {note.mode}" if note.mode else "The model was told"
            yield Part(kind="note", head=head, text=note.text)
        case TurnStarted(text=text) | UserMessageAdded(text=text):
            yield Part(kind="user", head="You", text=text)
        case ReplyCompleted(message=message):
            if message.reasoning.strip():
                yield Part(kind="reasoning", head="Reasoning", text=message.reasoning)
            if message.text.strip():
                yield Part(kind="answer", head="Model", text=message.text)
        case CommandRan(command=command, text=text):
            yield Part(kind="note", head=command, text=text)
        case ContextCompacted(summary=summary):
            yield Part(kind="note", head="Older parts were shortened for the model", text=summary)
        case HistoryCleared():
            yield Part(kind="note", head="The conversation began afresh")
        case TurnEnded(outcome=outcome, error=error) if outcome != "completed":
            yield Part(kind="note", head=f"The turn ended: {outcome}", text=error or "")
        case _:
            pass


def _shown(details: Details) -> str:
    match details:
        case TextDetails(text=text):
            return text
        case DiffDetails(diff=diff):
            return diff
        case CommandDetails(command=command, output=output, exit_code=code):
            ended = "in the background" if code is None else f"exit code {code}"
            return f"$ {command}\n{settled(output).rstrip()}\n[{ended}]"
        case PlanDetails(steps=steps):
            return "\n".join(f"{_MARKS[step.status]} {step.step}" for step in steps)
        case _:
            assert_never(details)


def _as_markdown(part: Part) -> str:
    head = f"## {part.head}" if part.kind in ("user", "answer") else f"### {_unmarked(part.head)}"
    if not part.text:
        return head
    match part.kind:
        case "user":
            return f"{head}\n\n" + "\n".join(f"> {line}".rstrip() for line in part.text.split("\n"))
        case "call" | "reasoning":
            return f"{head}\n\n{_fenced(part.text)}"
        case "answer" | "note":
            return f"{head}\n\n{_without_images(part.text)}"
        case _:
            assert_never(part.kind)


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _without_images(text: str) -> str:
    """Return Markdown whose pictures are links: a viewer fetches a link only when the reader wants that.

    Code is no exception, as what is code and what is not is a matter of the viewer's.
    """
    return _PICTURE_TAG.sub("&lt;", _PICTURE.sub("", text))


def _unmarked(head: str) -> str:
    return "".join(f"\\{character}" if character in "\\`*_[]<>#" else character for character in head)


def _as_html(parts: Iterable[Part], title: str) -> str:
    sections = "\n".join(_section(part) for part in parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{sections}\n</body>\n</html>\n"
    )


def _section(part: Part) -> str:
    head, text = escape(part.head), f"<pre>{escape(part.text)}</pre>" if part.text else ""
    if text and part.kind in ("call", "reasoning"):
        return f'<section class="{part.kind}"><details><summary>{head}</summary>{text}</details></section>'
    return f'<section class="{part.kind}"><h2>{head}</h2>{text}</section>'
