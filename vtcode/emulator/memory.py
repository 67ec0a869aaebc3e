"""Models in memory: which instance answers, what is loaded for it, and what has to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.emulator.refusals import Refused, load_failed, nothing_loaded, unknown_model, unloaded

if TYPE_CHECKING:
    from vtcode.emulator.catalog import EmulatedModel
    from vtcode.emulator.faults import Faults
    from vtcode.emulator.instance import Instance
    from vtcode.emulator.state import EmulatorState


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadWish:
    """How a model is loaded if a request brings it about."""

    context_length: int | None = None
    ttl_s: int | None = None
    """None: the server's default."""
    always: bool = False
    """Also where loading on request is switched off, and never another model: native chat."""


def expire(state: EmulatorState) -> None:
    """Unload what has not been used for longer than its time to live."""
    now_s = state.clock.now_s()
    for instance in list(state.instances):
        busy = state.slots.seated(instance.id)
        if instance.ttl_s is not None and not busy and now_s - instance.last_used_s >= instance.ttl_s:
            state.instances.remove(instance)


def find_instance(state: EmulatorState, name: str, wish: LoadWish, faults: Faults) -> tuple[Instance, bool]:
    """Return the instance that answers to a name, and whether it had to be loaded.

    Raises:
        Refused: There is none, or it can't be loaded.
    """
    is_lenient = faults.any_name_served and not wish.always
    instance = state.instances[0] if is_lenient and len(state.instances) == 1 else _in_memory(state, name)
    if instance is not None:
        instance.last_used_s = state.clock.now_s()
        return instance, False
    model = state.model(name)
    if not name or (model and not wish.always and (not state.settings.jit or faults.jit_refuse)):
        raise nothing_loaded()
    if model is None:
        raise unknown_model(name, [known.key for known in state.models])
    return load_on_request(state, model, wish), True


def load_on_request(state: EmulatorState, model: EmulatedModel, wish: LoadWish) -> Instance:
    """Load a model because a request needs it; what an earlier request loaded makes room.

    Raises:
        Refused: It can't be loaded.
    """
    if state.settings.auto_evict:
        for instance in [instance for instance in state.instances if instance.jit]:
            unload(state, instance, unloaded())
    instance = load(state, model, wish.context_length, state.faults_for("load"))
    instance.jit = True
    instance.ttl_s = wish.ttl_s or state.settings.default_ttl_s
    return instance


def load(state: EmulatorState, model: EmulatedModel, context_length: int | None, faults: Faults) -> Instance:
    """Load a model, with the faults of loading.

    Raises:
        Refused: It can't be loaded.
    """
    if faults.load_fails:
        raise load_failed(model.key, faults.load_fails)
    asked = None if faults.load_ignores_context else context_length
    instance = state.load(model, asked)
    if faults.load_reduces_context is not None:
        instance.context_length = min(instance.context_length, faults.load_reduces_context)
    return instance


def unload(state: EmulatorState, instance: Instance, reason: Refused) -> None:
    """Take an instance out of memory; replies that run on it die of `reason`."""
    if instance in state.instances:
        state.instances.remove(instance)
    state.slots.strike(instance.id, reason)


def _in_memory(state: EmulatorState, name: str) -> Instance | None:
    if not name and state.instances:
        return state.instances[0]
    return state.instance(name)
