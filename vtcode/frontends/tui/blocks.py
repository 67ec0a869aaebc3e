"""What the transcript is made of: one value per thing said or done, free of any widget and any width.

Blocks are the view's model. They grow and fold while a turn runs, so they are mutable; only
`transcript.Transcript` and the view's folding change them. All text in them is as it came: untrusted, made
plain where it is laid out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from vtcode.details import CommandDetails, DiffDetails, PlanDetails, TextDetails
from vtcode.settled import settled

if TYPE_CHECKING:
    from vtcode.details import Details
    from vtcode.events import Level
    from vtcode.messages import Usage

ToolState: TypeAlias = Literal["running", "asking", "waiting", "completed", "failed", "denied", "cancelled"]
"""`asking`: the user is being asked; `waiting`: the command waits for input; the last four are final."""

DiffLayout: TypeAlias = Literal["auto", "unified", "side_by_side"]
"""How a diff is shown; `auto`: as the width has it."""

SHORT_BODY_LINES: Final = 40
"""How much of what a call returned is shown at first when it is unfolded."""


@dataclass(slots=True)
class GrowingText:
    """Text that arrives in pieces; adding one costs the same however long the text is."""

    pieces: list[str] = field(default_factory=list)
    size: int = 0
    """In characters."""
    rewrites: int = 0
    """How often the text was replaced: what was laid out before the last time is void."""

    @property
    def whole(self) -> str:
        """The text so far."""
        if len(self.pieces) > 1:
            self.pieces = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""

    def add(self, piece: str) -> None:
        """Append a piece."""
        self.pieces.append(piece)
        self.size += len(piece)

    def replace(self, text: str) -> None:
        """Put `text` in the place of everything so far."""
        self.pieces = [text]
        self.size = len(text)
        self.rewrites += 1


@dataclass(slots=True, kw_only=True, eq=False)
class Block:
    """One thing in the transcript."""

    id: int
    """Unique, and greater than every block's above it."""
    folded: bool = False

    @property
    def foldable(self) -> bool:
        """Whether there is more to see than the folded line."""
        return False

    def toggle(self) -> bool:
        """Fold or unfold one step further; return whether there is anything to."""
        if self.foldable:
            self.folded = not self.folded
        return self.foldable

    def unfold_whole(self) -> bool:
        """Show all that there is; return whether some of it was not shown before."""
        was_folded, self.folded = self.folded, False
        return was_folded

    def lay_out(self, layout: DiffLayout) -> bool:
        """Show its diff so; return whether it has one."""
        return False

    @property
    def source(self) -> str:
        """What copying the whole block gives; empty where that is just what is seen."""
        return ""


@dataclass(slots=True, kw_only=True, eq=False)
class HeaderBlock(Block):
    """Where a session begins."""

    model: str
    provider: str
    workspace: str
    window_tokens: int | None
    version: str
    resumed: bool


@dataclass(slots=True, kw_only=True, eq=False)
class UserBlock(Block):
    """What the user said."""

    text: str
    images: tuple[str, ...] = ()
    """The pictures that went with it, in words."""

    @property
    def source(self) -> str:
        """The text as typed."""
        return self.text


@dataclass(slots=True, kw_only=True, eq=False)
class ReasoningBlock(Block):
    """What the model thought before it answered."""

    text: GrowingText = field(default_factory=GrowingText)
    duration_s: float | None = None
    """None while it goes on."""

    @property
    def foldable(self) -> bool:
        """Always."""
        return True

    @property
    def source(self) -> str:
        """The reasoning, unwrapped."""
        return self.text.whole


@dataclass(slots=True, kw_only=True, eq=False)
class ReplyBlock(Block):
    """What the model answered: markdown."""

    text: GrowingText = field(default_factory=GrowingText)
    open: bool = True
    discarded: bool = False
    """The answer does not count."""

    @property
    def foldable(self) -> bool:
        """A discarded answer folds away; one that counts does not."""
        return self.discarded

    @property
    def source(self) -> str:
        """The markdown as the model wrote it."""
        return self.text.whole


@dataclass(slots=True, kw_only=True, eq=False)
class ToolBlock(Block):
    """One tool call: a line, and behind it what it did."""

    name: str
    summary: str
    """One line: a path, a command."""
    state: ToolState = "running"
    command: str = ""
    """The whole command line, where the tool runs one."""
    own: bool = False
    """The user's own call: the model does not see it."""
    question: str = ""
    """What a waiting command asks for: its last unfinished line."""
    output: GrowingText = field(default_factory=GrowingText)
    """Live output, raw; its tail only."""
    text: str = ""
    """What the model reads."""
    details: Details | None = None
    """None until the call is over."""
    duration_s: float = 0.0
    feedback: str = ""
    """The user's words when they denied it, or what of it they left out."""
    whole: bool = False
    """Unfolded, it shows all of a long body, and not its first or last lines alone."""
    layout: DiffLayout = "auto"
    """Of its diff, where it has one."""

    @property
    def body(self) -> str:
        """What the call returned, for people to look at; what it wrote so far, while it runs. Untrusted."""
        match self.details:
            case None:
                return settled(self.output.whole) or self.text
            case CommandDetails(output=output):
                return settled(output)
            case DiffDetails(diff=diff) if self.state == "completed":
                return diff
            case TextDetails(text=text) if self.state == "completed" and text:
                return text
            case PlanDetails(steps=steps) if self.state == "completed":
                return "\n".join(step.step for step in steps)
            case _:
                return self.text

    def toggle(self) -> bool:
        """Unfold, show the whole of a long body, fold again; return whether there is anything to."""
        if not self.foldable:
            return False
        if not self.folded and not self.whole and self.body.count("\n") > SHORT_BODY_LINES:
            self.whole = True
        else:
            self.folded = not self.folded
            self.whole = False
        return True

    def unfold_whole(self) -> bool:
        """Show all that there is; return whether some of it was not shown before."""
        was_whole = self.whole and not self.folded
        self.folded, self.whole = False, True
        return not was_whole

    def lay_out(self, layout: DiffLayout) -> bool:
        """Show its diff so; return whether it has one."""
        self.layout = layout
        return isinstance(self.details, DiffDetails) and not self.folded

    @property
    def live(self) -> bool:
        """Whether the call is not over."""
        return self.state in {"running", "asking", "waiting"}

    @property
    def foldable(self) -> bool:
        """Once there is something to unfold."""
        return bool(self.text or self.command or self.details or self.output.pieces)


@dataclass(slots=True, kw_only=True, eq=False)
class LiveBlock(Block):
    """What keeps the model busy right now; always last, gone when something is there to read."""

    text: str


@dataclass(slots=True, kw_only=True, eq=False)
class NoticeBlock(Block):
    """Something that the user should know."""

    level: Level
    text: str
    hint: str = ""
    detail: str = ""
    """More, behind the fold."""

    @property
    def foldable(self) -> bool:
        """Where there is a detail."""
        return bool(self.detail)


@dataclass(slots=True, kw_only=True, eq=False)
class CommandBlock(Block):
    """A slash command's answer."""

    command: str
    text: str
    """Markdown."""

    @property
    def source(self) -> str:
        """The answer's markdown."""
        return self.text


@dataclass(slots=True, kw_only=True, eq=False)
class FooterBlock(Block):
    """What a turn cost."""

    outcome: str
    """Words for a turn that did not complete; empty where it did."""
    usage: Usage
    duration_s: float
    """Without `waited_s`."""
    waited_s: float = 0.0
    """How long questions waited for the user."""
    tokens_per_s: float | None = None
    first_token_s: float | None = None


AnyBlock: TypeAlias = (
    HeaderBlock
    | UserBlock
    | ReasoningBlock
    | ReplyBlock
    | ToolBlock
    | LiveBlock
    | NoticeBlock
    | CommandBlock
    | FooterBlock
)
