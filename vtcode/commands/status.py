"""`/status`: where things stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.commands.tables import table
from vtcode.events import CommandRan
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.session.session import Session
    from vtcode.session.status import Status
    from vtcode.system.jobs import Job


@command("status")
async def status(context: CommandContext) -> None:
    """Show where things stand: server, model, window, session, background."""
    session = context.session
    now = session.status
    rows = [
        ("Server", f"{_quoted(now.provider)} at {_quoted(now.address)}"),
        ("Model", _quoted(now.model)),
        ("Window", window_words(now)),
        ("State", _state(now)),
        ("Cache", _cache(now)),
        ("Session", _quoted(session.id)),
        ("Workspace", _workspace(session)),
        ("Mode", session.modes.describe()),
        ("Sandbox", _quoted(now.containment.describe() if now.containment else "no commands")),
        ("Instructions", ", ".join(map(_quoted, now.instructions)) or "none (no `AGENTS.md`)"),
        ("Background", _background(session.jobs.listed())),
    ]
    await session.emit(CommandRan(command="/status", text=table(("Status", ""), rows)))


def window_words(now: Status) -> str:
    """Return how full the window is."""
    about = "about " if now.used_estimated else ""
    if not now.window_tokens:
        return f"{about}{now.used_tokens:,} tokens used, window size unknown"
    share = now.used_tokens / now.window_tokens
    return f"{about}{now.used_tokens:,} of {now.window_tokens:,} tokens used ({share:.0%})"


def _state(now: Status) -> str:
    facts = ["busy" if now.busy else "idle"]
    if now.queued:
        facts.append(f"messages waiting: {len(now.queued)}")
    if now.tokens_per_s:
        facts.append(f"{now.tokens_per_s:.1f} tokens a second")
    if now.first_token_s is not None:
        facts.append(f"first token after {now.first_token_s:.1f} s")
    return ", ".join(facts)


def _cache(now: Status) -> str:
    if now.cached_share is None:
        return "nothing is known yet"
    if now.cached_estimated:
        return f"~{now.cached_share:.0%} of the last prompt was in the one before; the server does not tell"
    return f"{now.cached_share:.0%} of the last prompt came out of the server's cache"


def _workspace(session: Session) -> str:
    folders = (session.workspace, *session.folders.listed())
    return ", ".join(_quoted(str(folder)) for folder in folders)


def _background(jobs: Sequence[Job]) -> str:
    running = sum(job.is_running for job in jobs)
    if not running:
        return "no command"
    return f"{running} command{'' if running == 1 else 's'}, see `/jobs`"


def _quoted(text: str) -> str:
    return f"`{revealed(text, keep_newlines=False)}`"
