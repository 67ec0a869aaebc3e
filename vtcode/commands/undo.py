"""`/undo`, `/rewind`, `/diff`: what the agent did to files, shown and taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, CommandResult, command
from vtcode.commands.undo_words import by_commands_words, diff_text, diffs_back, fate, preview, quoted
from vtcode.errors import UsageError
from vtcode.events import CommandRan, HistoryCleared, Notice
from vtcode.questions import Choice, ChoiceQuestion, PickQuestion, PickRow
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.session.undo import FileBack, FileChanges

_LEAVE = Choice(id="leave", label="Leave everything as it is", key="n")
_WAYS_BACK = frozenset({"both", "both_all", "conversation", "files", "files_all"})
_LABEL_CHARS = 80


@command("undo", while_busy=False)
async def undo(context: CommandContext) -> None:
    """Take back what the last turn did to files; again: the turn before it."""
    changes = context.session.changes
    turn, files = await asyncio.to_thread(_last_undoable, changes)
    traces = by_commands_words(changes.by_commands(turn, turn if files else None))
    message = quoted(context.session.history.turns().get(turn, "")) or "a message that is no longer sent"
    if not files:
        await _tell(context, " ".join(filter(None, ("The agent has changed no file.", traces))))
        return
    if not any(file.standing in ("ready", "changed") for file in files):
        await asyncio.to_thread(changes.take_back, _settled(files), tell=False)
        await _show(context, f"Nothing is left to undo of what was done for {message}.", files, traces)
        return
    question = ChoiceQuestion(
        kind="undo",
        title=f"Undo what was done to files for {message}?",
        body=preview(files, traces),
        diffs=diffs_back(files),
        choices=(*_file_choices(files, "Undo it"), _LEAVE),
        refusal=_LEAVE.id,
    )
    choice = (await context.front_end.ask(question)).choice
    if choice in ("ready", "all"):
        await _take_back(context, changes, _chosen(files, choice), tell=True)


@command("rewind", while_busy=False)
async def rewind(context: CommandContext) -> CommandResult | None:
    """Go back to before one of your messages: the conversation, the files, or both."""
    session, changes = context.session, context.session.changes
    turn = await _picked_turn(context, changes)
    if turn is None:
        return None
    message = session.history.turns().get(turn)
    files = await asyncio.to_thread(changes.files, turn)
    traces = by_commands_words(changes.by_commands(turn))
    choice = (await context.front_end.ask(_rewind_question(turn, message, files, traces))).choice
    if choice not in _WAYS_BACK:
        return None
    rewinds_conversation = choice in ("both", "both_all", "conversation")
    if choice != "conversation":
        chosen = _chosen(files, "all" if choice.endswith("all") else "ready")
        await _take_back(context, changes, chosen, tell=not rewinds_conversation)
    if not rewinds_conversation:
        return None
    await session.emit(HistoryCleared(from_turn=turn))
    text = (
        f"The conversation goes on as it was before {quoted(message or '')}; "
        "what was said since then is no longer sent."
    )
    await session.emit(CommandRan(command="/rewind", text=text))
    return CommandResult(draft=message or "")


@command("diff")
async def diff(context: CommandContext) -> None:
    """Show what the agent changed in this session, as the files are now."""
    changes = context.session.changes
    files = await asyncio.to_thread(changes.files)
    traces = by_commands_words(changes.by_commands(0))
    text = await asyncio.to_thread(diff_text, files)
    shown = "\n\n".join(filter(None, (text or "The agent has changed no file.", traces)))
    await context.session.emit(CommandRan(command="/diff", text=shown))


def _last_undoable(changes: FileChanges) -> tuple[int, tuple[FileBack, ...]]:
    """Return the last turn of which something can go back, else the last one that changed something."""
    turns = changes.turns()
    for turn in turns:
        files = changes.files(turn, turn)
        if any(file.standing == "ready" for file in files):
            return turn, files
    return (turns[0], changes.files(turns[0], turns[0])) if turns else (0, ())


async def _picked_turn(context: CommandContext, changes: FileChanges) -> int | None:
    messages, touching = context.session.history.turns(), changes.turns()
    turns = sorted({*messages, *touching}, reverse=True)
    if not turns:
        raise UsageError("There is nothing to go back to yet.")
    rows = []
    for turn in turns:
        label = " ".join(messages[turn].split()) if turn in messages else "(its message is no longer sent)"
        facts = [f"turn {turn}", "changed files" if turn in touching else ""]
        shown = revealed(label, keep_newlines=False)[:_LABEL_CHARS]
        rows.append(PickRow(id=str(turn), label=shown, detail=" · ".join(filter(None, facts))))
    question = PickQuestion(title="Go back to before which message?", rows=tuple(rows))
    answer = await context.front_end.ask(question)
    return next((turn for turn in turns if str(turn) == answer.choice), None)


def _rewind_question(
    turn: int, message: str | None, files: Sequence[FileBack], traces: str
) -> ChoiceQuestion:
    """Return the question what goes back, with what that changes."""
    told = "The conversation of that time is no longer sent, or summarised: only files can go back.\n\n"
    if message is not None:
        told = ""
    can_change = any(file.standing in ("ready", "changed") for file in files)
    choices: list[Choice] = []
    if message is not None and can_change:
        choices.append(Choice(id="both", label="Conversation and files", key="b"))
    if message is not None:
        choices.append(Choice(id="conversation", label="Conversation only", key="c"))
    if can_change:
        choices.append(Choice(id="files", label="Files only", key="f"))
    if any(file.standing == "changed" for file in files):
        overwriting = "overwriting what changed otherwise"
        choices.append(Choice(id="files_all", label=f"Files only, {overwriting}", key="o"))
        if message is not None:
            choices.append(Choice(id="both_all", label=f"Conversation and files, {overwriting}", key="a"))
    return ChoiceQuestion(
        kind="undo",
        title=f"Go back to before {quoted(message or '') or f'turn {turn}'}?",
        body=f"{told}{preview(files, traces)}",
        diffs=diffs_back(files),
        choices=(*choices, _LEAVE),
        refusal=_LEAVE.id,
    )


def _file_choices(files: Sequence[FileBack], label: str) -> list[Choice]:
    choices = []
    if any(file.standing == "ready" for file in files):
        choices.append(Choice(id="ready", label=label, key="y"))
    if any(file.standing == "changed" for file in files):
        label = f"{label}, overwriting what changed otherwise"
        choices.append(Choice(id="all", label=label, key="o"))
    return choices


def _chosen(files: Sequence[FileBack], choice: str) -> list[FileBack]:
    wanted = ("ready", "as_before", "changed") if choice == "all" else ("ready", "as_before")
    return [file for file in files if file.standing in wanted]


def _settled(files: Sequence[FileBack]) -> list[FileBack]:
    return [file for file in files if file.standing == "as_before"]


async def _take_back(
    context: CommandContext, changes: FileChanges, files: Sequence[FileBack], *, tell: bool
) -> None:
    done, problems = await asyncio.to_thread(changes.take_back, files, tell=tell)
    for problem in problems:
        text = f"Not undone: {problem}"
        await context.session.emit(Notice(level="warning", text=revealed(text, keep_newlines=False)))
    if done:
        lines = [f"- `{file.shown}`: {fate(file, is_done=True)}" for file in done]
        await context.session.emit(CommandRan(command="/undo", text="\n".join(lines)))


async def _show(context: CommandContext, head: str, files: Sequence[FileBack], traces: str) -> None:
    lines = [f"- `{file.shown}`: {fate(file)}" for file in files]
    text = "\n\n".join(filter(None, (head, "\n".join(lines), traces)))
    await context.session.emit(CommandRan(command="/undo", text=text))


async def _tell(context: CommandContext, text: str) -> None:
    await context.session.emit(Notice(level="info", text=text))
