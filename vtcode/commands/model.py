"""`/model`: the server's models, and which of them answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.errors import ModelNotFound, ProviderError
from vtcode.events import Notice
from vtcode.providers.base import ModelInfo
from vtcode.questions import Answer, Choice, PickQuestion, PickRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.frontend import FrontEnd
    from vtcode.providers.base import Provider
    from vtcode.session.session import Session

_REFRESH = Choice(id="refresh", label="Refresh", key="r")
_SAVE = Choice(id="save", label="Save as default", key="s")


@command("model", "models", usage="[MODEL]", while_busy=False)
async def model(context: CommandContext) -> None:
    """Choose the model: the server's list, or any id."""
    session = context.session
    if context.argument:
        await _select(session, await session.provider.resolve_model(context.argument))
        return
    answer = await ask_for_model(
        session.provider, context.front_end, current=session.model.id, actions=(_REFRESH, _SAVE)
    )
    if answer.text:
        await _select(session, await picked_model(session.provider, answer))
    if answer.choice == "save":
        await _save(session)


async def ask_for_model(
    provider: Provider,
    front_end: FrontEnd,
    *,
    current: str = "",
    notice: str = "",
    actions: tuple[Choice, ...] = (_REFRESH,),
) -> Answer:
    """Have the user pick one of a server's models, or type an id.

    Returns:
        The choice `pick`, `custom`, `save` or `cancel`; its text is the model's id, empty where none was
        picked.
    """
    while True:
        answer = await front_end.ask(await _question(provider, current, notice, actions))
        match answer.choice:
            case "cancel":
                return Answer(choice="cancel")
            case "custom":
                return Answer(choice="custom", text=answer.text.strip())
            case "save" if answer.text:
                return answer
            case "refresh" | "save":
                continue
            case picked:
                return Answer(choice="pick", text=picked)


async def _question(
    provider: Provider, current: str, notice: str, actions: tuple[Choice, ...]
) -> PickQuestion:
    models: Sequence[ModelInfo] = ()
    try:
        models = await provider.list_models()
    except ProviderError as error:
        notice = f"{error.message} {error.hint}".strip()
    rows = tuple(
        PickRow(
            id=known.id,
            label=known.display_name or known.id,
            detail=describe(known),
            group="Loaded" if known.state == "loaded" else "On the server",
            current=known.id == current,
        )
        for known in models
        if known.kind == "llm"
    )
    server = "LM Studio" if provider.name == "lmstudio" else provider.name
    return PickQuestion(
        title=f"Models on {server} ({provider.address})",
        rows=rows,
        notice=notice or ("" if rows else "The server lists no chat model."),
        custom_label=f"Custom {server} model",
        actions=actions,
    )


async def picked_model(provider: Provider, answer: Answer) -> ModelInfo:
    """Return the model that was picked; an id that was typed is taken even where the server does not list it.

    Raises:
        ModelNotFound: The list has changed meanwhile.
    """
    try:
        return await provider.resolve_model(answer.text)
    except ModelNotFound:
        if answer.choice != "custom":
            raise
        return ModelInfo(id=answer.text)


async def _select(session: Session, chosen: ModelInfo) -> None:
    await session.select_model(chosen)
    if told := first_use(chosen):
        await session.emit(Notice(level="info", text=told))


def first_use(chosen: ModelInfo) -> str:
    """Return what the user should know before the first message to a model; empty: nothing."""
    match chosen.state:
        case "downloaded":
            return f"{chosen.id} is not loaded yet: the server loads it with your next message."
        case "unknown" if not chosen.window_tokens:
            return f"The server tells nothing about {chosen.id}, not even its window."
        case _:
            return ""


async def _save(session: Session) -> None:
    file = session.saved_settings.save_default_model(session.provider.name, session.model.id)
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
