"""What the emulated server has: models, instances, settings, faults, and what was asked of it."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from vtcode.emulator.catalog import DEFAULT_MODEL, EmulatedModel, models_on_disk, models_to_download
from vtcode.emulator.faults import Concern, Faults, concern_of
from vtcode.emulator.gate import Clock, Gate
from vtcode.emulator.instance import Instance
from vtcode.emulator.prompt_cache import PromptCaches
from vtcode.emulator.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.emulator.download_job import DownloadJob
    from vtcode.emulator.prompt import Prompt
    from vtcode.providers.script import Phase, Script, ScriptedCall, Turn

DEFAULT_WINDOW_TOKENS = 32_768
Surface: TypeAlias = Literal["greeting", "native", "beta", "openai", "responses", "messages"]


@dataclass(slots=True, kw_only=True)
class Settings:
    """What its user set in LM Studio, and what differs between its versions."""

    jit: bool = True
    auto_evict: bool = True
    """A model that a request loads takes the place of the one that a request loaded before."""
    default_ttl_s: int = 3600
    """Of models that a request loads."""
    default_context: int = 4096
    token: str = ""
    """Not empty: every request has to bring it."""
    allow_ephemeral_mcp: bool = False
    allow_plugins: bool = False
    """Takes effect with a token only, as in the original."""
    plugins: frozenset[str] = frozenset({"mcp/files"})
    """The ids of its own MCP servers."""
    cors: bool = False
    surfaces: frozenset[Surface] = frozenset(
        {"greeting", "native", "beta", "openai", "responses", "messages"}
    )
    """What this version has; the rest is an unknown endpoint."""
    load_duplicates: bool = True
    """Loading what is in memory makes a second instance."""
    done_after_error: bool = False
    """A stream of chat completions that failed still sends its end mark."""
    tells_cached_tokens: bool = False
    """Usage says how much of the prompt came out of the cache: llama.cpp's server does, this one is not known
    to."""
    download_polls: int = 4
    """How often a download is asked about until it is complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request, as its bytes came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class EmulatorState:
    """Everything that the emulated server knows; tests read it and turn its knobs from another thread."""

    models: list[EmulatedModel] = field(default_factory=list)
    catalog: list[EmulatedModel] = field(default_factory=list)
    """What can be downloaded by its id."""
    instances: list[Instance] = field(default_factory=list)
    jobs: dict[str, DownloadJob] = field(default_factory=dict)
    responses: dict[str, Prompt] = field(default_factory=dict)
    """The conversations that can be gone on with, by the id of their last response."""
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    """What goes wrong with every request; see `fail_once` for what goes wrong with one."""
    clock: Clock = field(default_factory=Clock)
    gate: Gate = field(default_factory=Gate)
    slots: Slots = field(default_factory=Slots)
    caches: PromptCaches = field(default_factory=PromptCaches)
    requests: list[RecordedRequest] = field(default_factory=list)
    disconnects: list[Phase | Literal["queued"]] = field(default_factory=list)
    """In which phase of a reply its client went away."""
    disconnected: threading.Event = field(default_factory=threading.Event)
    prompts_finished_alone: int = 0
    """How many prompts were processed to their end though the client had gone away."""
    turns: deque[Turn] = field(default_factory=deque)
    repeats: tuple[Turn, ...] = ()
    """What is played again once the turns are used up; empty: the user's words are said back."""
    calls_made: int = 0
    ids_made: int = 0
    _once: dict[Concern, deque[dict[str, Any]]] = field(
        default_factory=lambda: {concern: deque() for concern in get_args(Concern)}
    )

    def add_turns(self, turns: Iterable[Turn]) -> None:
        """Queue replies."""
        self.turns.extend(turns)

    def next_turn(self) -> Turn | None:
        """Return the script's next reply; None where it is used up."""
        if not self.turns:
            self.turns.extend(self.repeats)
        return self.turns.popleft() if self.turns else None

    def with_id(self, call: ScriptedCall) -> ScriptedCall:
        """Give a call its id, of nine digits, where the script names none."""
        self.calls_made += 1
        return call if call.id else replace(call, id=f"{365_174_484 + self.calls_made}")

    def new_id(self, prefix: str) -> str:
        """Return an id that was not given before, in the length of the original's."""
        self.ids_made += 1
        return f"{prefix}{self.ids_made:048x}"

    def fail_once(self, **knobs: Any) -> None:
        """Turn knobs of `Faults` for one request: the next that they concern, in the order of these calls.

        `load_*` concern loads (also those that a request for a reply brings about), `download_*` downloads,
        `auth_*` requests of any kind, all others requests for a reply. Without knobs, the next request for
        a reply is answered as ever:

            state.fail_once(crash=6)        # the first one crashes
            state.fail_once()               # the second one is answered
            state.fail_once(empty_200=True) # the third one is empty
        """
        replace(self.faults, **knobs)
        concern = concern_of(next(iter(knobs), ""))
        self._once[concern].append(knobs)

    def faults_for(self, concern: Concern) -> Faults:
        """Return the faults of the next request, and use up what holds for it alone."""
        queue = self._once[concern]
        return replace(self.faults, **(queue.popleft() if queue else {}))

    def model(self, name: str) -> EmulatedModel | None:
        """Return the downloaded model of this key or variant."""
        return next((model for model in self.models if name == model.key or name in model.variants), None)

    def model_of(self, instance: Instance) -> EmulatedModel:
        """Return the model that an instance is of."""
        return self.model(instance.key) or EmulatedModel(key=instance.key)

    def instance(self, name: str) -> Instance | None:
        """Return the instance of this id, else the first one of this key or variant."""
        model = self.model(name)
        by_id = (instance for instance in self.instances if instance.id == name)
        by_key = (instance for instance in self.instances if model and instance.key == model.key)
        return next(by_id, None) or next(by_key, None)

    def load(self, model: EmulatedModel, context_length: int | None = None, *, jit: bool = False) -> Instance:
        """Load a model once more: like the real server, never the instance that is there."""
        taken = {instance.id for instance in self.instances}
        number, instance_id = 1, model.key
        while instance_id in taken:
            number += 1
            instance_id = f"{model.key}:{number}"
        instance = Instance(
            id=instance_id,
            key=model.key,
            context_length=min(context_length or self.settings.default_context, model.max_context_length),
            jit=jit,
            last_used_s=self.clock.now_s(),
            num_experts=model.num_experts,
        )
        self.instances.append(instance)
        return instance


def default_state(script: Script | None = None) -> EmulatorState:
    """Return a server with one loaded model, one that is only downloaded, and one for embeddings."""
    key = script.model if script and script.model != "scripted" else DEFAULT_MODEL
    window_tokens = script.window_tokens if script else DEFAULT_WINDOW_TOKENS
    state = EmulatorState(models=models_on_disk(key), catalog=models_to_download())
    state.load(state.models[0], window_tokens)
    if script is not None:
        state.add_turns(script.turns)
        state.repeats = script.turns if script.when_done == "repeat" else ()
    return state
