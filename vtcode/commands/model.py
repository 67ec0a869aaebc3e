"""`/model`: the server's models, and which of them answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.errors import ProviderError
from vtcode.events import Notice
from vtcode.questions import Choice, PickQuestion, PickRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.providers.base import ModelInfo
    from vtcode.session.session import Session

_ACTIONS = (
    Choice(id="refresh", label="Refresh", key="r"),
    Choice(id="save", label="Save as default", key="s"),
)


@command("model", "models", usage="[MODEL]")
async def model(context: CommandContext) -> None:
    """Choose the model: the server's list, or any id."""
    session = context.session
    wanted = context.argument
    if not wanted:
        wanted = await _pick(context)
    if wanted:
        await _select(session, wanted)


async def _pick(context: CommandContext) -> str:
    """Return the id that the user picked, or nothing."""
    session = context.session
    while True:
        answer = await context.front_end.ask(await _question(session))
        match answer.choice:
            case "cancel":
                return ""
            case "custom":
                return answer.text.strip()
            case "save" if answer.text:
                await _select(session, answer.text)
                await _save(session)
                return ""
            case "refresh" | "save":
                continue
            case picked:
                return picked


async def _question(session: Session) -> PickQuestion:
    notice = ""
    models: Sequence[ModelInfo] = ()
    try:
        models = await session.provider.list_models()
    except ProviderError as error:
        notice = f"{error.message} {error.hint}".strip()
    rows = tuple(
        PickRow(
            id=known.id,
            label=known.display_name or known.id,
            detail=describe(known),
            group="Loaded" if known.state == "loaded" else "On the server",
            current=known.id == session.model.id,
        )
        for known in models
        if known.kind == "llm"
    )
    server = "LM Studio" if session.provider.name == "lmstudio" else session.provider.name
    return PickQuestion(
        title=f"Models on {server} ({session.provider.address})",
        rows=rows,
        notice=notice or ("" if rows else "The server lists no chat model."),
        custom_label=f"Custom {server} model",
        actions=_ACTIONS,
    )


async def _select(session: Session, wanted: str) -> None:
    chosen = await session.provider.resolve_model(wanted)
    await session.select_model(chosen)
    if chosen.state == "downloaded":
        text = f"{chosen.id} is not loaded yet: the server loads it with your next message."
        await session.emit(Notice(level="info", text=text))


async def _save(session: Session) -> None:
    file = session.save_default_model()
    await session.emit(Notice(level="info", text=f"{session.model.id} is the default model now ({file})."))


def describe(known: ModelInfo) -> str:
    """Return what is worth knowing of a model in one line: `loaded · 8,192 of 131,072 · Q4_K_M · tools`."""
    facts = [known.id] if known.display_name and known.display_name != known.id else []
    if known.state != "unknown":
        facts.append("loaded" if known.state == "loaded" else "not loaded")
    if known.window_tokens and known.max_window_tokens:
        facts.append(f"window {known.window_tokens:,} of {known.max_window_tokens:,}")
    elif known.window_tokens or known.max_window_tokens:
        facts.append(
            f"window {known.window_tokens:,}"
            if known.window_tokens
            else f"window up to {known.max_window_tokens:,}"
        )
    if known.quantization:
        facts.append(known.quantization)
    if known.size_bytes:
        facts.append(f"{known.size_bytes / 1e9:.1f} GB")
    facts.extend(word for word, has in (("tools", known.tool_use), ("vision", known.vision)) if has)
    return " · ".join(facts)
