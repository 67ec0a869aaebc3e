"""The model that answers, as its server has it now: looked at again, and had back where it is gone."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from vtcode.errors import ProviderError
from vtcode.events import ModelLoading, Notice
from vtcode.providers.model_info import ModelInfo

if TYPE_CHECKING:
    from vtcode.agent.agent import Agent


async def read_again(agent: Agent) -> bool:
    """Take the model as its server lists it now, with the window that it has; False: it is not loaded.

    A server that can't be asked changes nothing: the next request tells.
    """
    try:
        models = await agent.provider.list_models()
    except ProviderError:
        return True
    known = agent.model
    loaded = [model for model in models if model.state == "loaded"]
    same = [model for model in loaded if model.id == known.id]
    same += [model for model in loaded if known.state != "loaded" and known.id in (model.key, *model.aliases)]
    if same:
        await agent.select(same[0])
    return bool(same)


async def look_after(agent: Agent) -> None:
    """See to it that the model is there before it is asked again: it may have been unloaded or evicted since.

    Asked at once, its server would load it by itself, with a window of its own choice and without a word.

    Raises:
        ProviderError: It is gone and can't be had again.
    """
    is_known = agent.model.state == "loaded" and not agent.remarks.prompt_was_cut
    if agent.provider.lifecycle is None and is_known:
        return  # its server loads and unloads nothing by itself
    if await read_again(agent) or agent.model.state != "loaded":
        return
    gone = f"{agent.model.id} was unloaded meanwhile."
    try:
        done = await have_back(agent)
    except ProviderError as problem:
        raise type(problem)(f"{gone} {problem.message}", hint=problem.hint) from problem
    await agent.emit(Notice(level="info", text=f"{gone} {done}."))


async def have_back(agent: Agent) -> str:
    """Get a model back that crashed, was unloaded or evicted; return what was done, without a full stop.

    Raises:
        ProviderError: It can't be had again.
    """
    before, was_loaded = agent.model, False
    restored: ModelInfo | None = None
    async with aclosing(agent.provider.restore(before)) as steps:
        async for step in steps:
            if isinstance(step, ModelInfo):
                restored = step
                continue
            was_loaded = True
            await agent.emit(ModelLoading(model=before.id, progress=step.progress, estimated=step.estimated))
    if restored is None:
        raise AssertionError("restoring ends with the model, or raises")
    granted = agent.window_tokens
    await agent.select(restored)
    done = "It was loaded again" if was_loaded else "It is there again"
    if agent.window_tokens == granted or agent.window_tokens is None:
        return f"{done} with the same window" if granted else done
    return f"{done} with a window of {agent.window_tokens:,} tokens" + (
        f" instead of {granted:,}" if granted else ""
    )
