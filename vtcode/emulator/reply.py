"""Decides about one request for a reply: who answers it, with which turn, or why nobody does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vtcode.emulator import memory
from vtcode.emulator.ask import Answering
from vtcode.emulator.playback import Playback
from vtcode.emulator.prompt import check_alternation, check_no_system, check_user_query
from vtcode.emulator.refusals import Refused, prompt_too_long, unrecognized
from vtcode.emulator.told import calls_as_text, tell
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from starlette.responses import Response

    from vtcode.emulator.ask import Ask, Surface
    from vtcode.emulator.catalog import EmulatedModel
    from vtcode.emulator.faults import Faults
    from vtcode.emulator.state import EmulatorState

_NO_REASONING = frozenset({"off", "none"})


def reply_to(state: EmulatorState, asked: dict[str, Any], surface: Surface) -> Response:
    """Answer one request, or refuse it."""
    faults = state.faults_for("reply")
    if faults.previous_response_lost:
        state.responses.clear()
    try:
        if faults.reject_key and faults.reject_key in asked:
            raise unrecognized(faults.reject_key)
        ask = surface.read(state, asked)
        instance, loads = memory.find_instance(state, ask.model, ask.load, faults)
        model = state.model_of(instance)
        if model.type == "embedding":
            raise Refused(f'Model "{model.key}" is not an LLM.', param="model")
    except Refused as refused:
        return surface.refuse(refused)
    window_tokens = instance.context_length
    failure = _failure(ask, faults, window_tokens, model)
    # A request for one token wants its prompt to be read, and no answer.
    scripted = None if failure or ask.max_tokens == 1 else state.next_turn()
    turn = _fitted(scripted or Turn(text=f"You said: {ask.prompt.user_text}"), state, ask, model)
    answering = Answering(
        state=state,
        ask=ask,
        faults=faults,
        instance=instance,
        model=model,
        cached_tokens=state.caches.cached_tokens(instance, ask.whole_prompt),
        told=tell(turn, faults, prompt_tokens=ask.whole_prompt.tokens, budget=_budget(ask, window_tokens)),
        loads=loads or turn.loading or bool(turn.loading_steps) or turn.pause == "loading",
        response_id=state.new_id("resp_") if ask.stored else "",
    )
    return Playback(answering, surface, turn=turn, scripted=scripted, failure=failure)


def _failure(ask: Ask, faults: Faults, window_tokens: int, model: EmulatedModel) -> Refused | None:
    """Return why the model fails before it writes anything; None where it does not."""
    prompt = ask.whole_prompt
    if faults.stream_error:
        return Refused(faults.stream_error, kind="prediction")
    if broken := [one.fault for one in ask.integrations if one.fault]:
        return broken[0]
    if prompt.images and not model.vision:
        return Refused("Model does not support images. Please use a model that does.", kind="prediction")
    if prompt.tokens > window_tokens:
        return prompt_too_long(prompt.tokens, window_tokens)
    try:
        if faults.role_alternation:
            check_alternation(prompt)
        if faults.no_system_role:
            check_no_system(prompt)
        if faults.needs_user_query:
            check_user_query(prompt)
    except Refused as refused:
        return refused
    return None


def _fitted(turn: Turn, state: EmulatorState, ask: Ask, model: EmulatedModel) -> Turn:
    """Return the turn as this model plays it for this request."""
    turn = replace(turn, calls=tuple(state.with_id(call) for call in turn.calls))
    if not ask.integrations:
        turn = replace(turn, server_calls=())
    if ask.call_format and turn.calls:
        turn = calls_as_text(turn, ask.call_format)
    if ask.effort in _NO_REASONING and "off" in model.reasoning:
        turn = replace(turn, reasoning="")
    return turn


def _budget(ask: Ask, window_tokens: int) -> int:
    free_tokens = max(window_tokens - ask.whole_prompt.tokens, 0)
    return free_tokens if ask.max_tokens is None else min(ask.max_tokens, free_tokens)
