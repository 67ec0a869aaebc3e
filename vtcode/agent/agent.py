"""What a turn works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vtcode.agent.cramped import Cramped
from vtcode.agent.prompt_cache import PromptCache
from vtcode.agent.remarks import Remarks
from vtcode.agent.room import Room
from vtcode.providers.base import Request
from vtcode.providers.estimates import TokenScale

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vtcode.agent.answer_schema import AnswerSchema
    from vtcode.agent.calls import CallRunner
    from vtcode.agent.history import History
    from vtcode.agent.questions import TimedQuestions
    from vtcode.agent.tool_mode import ToolModes
    from vtcode.frontend import Emit
    from vtcode.providers.base import Provider, Sampling
    from vtcode.providers.model_info import ModelInfo, ToolMode


async def already_settled() -> None:
    """Settle nothing: nothing is done beside the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a model is asked, beside what is said to it."""

    sampling: Sampling
    reasoning_effort: str
    tool_mode: ToolMode
    context_length: int | None = None
    """The window to load the model with, where its server loads it for a request; None: its default."""


@dataclass(slots=True, kw_only=True)
class Agent:
    """What a turn needs; the model and its provider may change between turns, and a model in one."""

    provider: Provider
    model: ModelInfo
    """As its server describes it, with the tool modes that the user grants."""
    window_tokens: int | None
    """What the user grants of the model's window; None where that is not known."""
    asked: Asked
    """How the model is asked."""
    tool_modes: ToolModes
    """What is known of models' tool modes."""
    history: History
    calls: CallRunner
    emit: Emit
    ask: TimedQuestions
    """The gate's questions go the same way."""
    select: Callable[[ModelInfo], Awaitable[None]]
    """Takes the model as it is now, which the user is told where its id or its window changed."""
    answer_schema: AnswerSchema | None
    """What each turn's last answer has to be; None: anything."""
    max_tool_loops: int
    """Steps after which the user is asked whether to go on; 0: never."""
    strict_models: set[tuple[str, str]] = field(default_factory=set)
    """Models, by server and id, whose chat templates take user and assistant in turns alone."""
    prompt_cache: PromptCache = field(init=False)
    """What the servers should have of the conversation in their caches."""
    token_scale: TokenScale = field(default_factory=TokenScale)
    """How many characters each model has to a token, as its server counts."""
    room: Room = field(default_factory=Room)
    """What the conversation takes of the window."""
    cramped: Cramped = field(default_factory=Cramped)
    """Whether making room in the window still helps."""
    compact_at_share: float | None = None
    """Of the window: from there on older parts make room; None: not before a server refuses the prompt."""
    remarks: Remarks = field(default_factory=Remarks)
    integrations_allowed: bool = False
    """The server may run the model's integrations."""
    settle: Callable[[], Awaitable[None]] = already_settled
    """Has the server free for a request: of what is done beside the conversation."""
    left_prompt: bool = False
    """A prompt was cancelled which the server may still be reading."""

    def __post_init__(self) -> None:
        self.prompt_cache = PromptCache(self.token_scale)

    @property
    def characters_per_token(self) -> float:
        """What a token of the model stands for: every estimate of what is sent to it goes by this."""
        return self.token_scale.characters_per_token(self.provider.address, self.model.id)

    @property
    def is_strict(self) -> bool:
        """Whether the model is asked in the strictest order, user and assistant in turns."""
        return (self.provider.address, self.model.id) in self.strict_models

    def next_request(self) -> Request:
        """Return the request for the next reply to the conversation as it is now: the same bytes for a turn,
        and for what warms the server's cache for it."""
        return Request(
            model=self.model.id,
            messages=self.history.messages(with_images=self.model.vision is not False),
            tools=self.history.tools,
            sampling=self.asked.sampling,
            reasoning_effort=self.asked.reasoning_effort,
            tool_mode=self.asked.tool_mode,
            integrations=self.integrations_allowed,
            context_length=self.asked.context_length,
            strict_roles=self.is_strict,
        )
