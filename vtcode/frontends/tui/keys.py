"""The one table of keys: the bindings and the help screen are both made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from textual.binding import Binding

if TYPE_CHECKING:
    from textual.binding import BindingType

Place: TypeAlias = Literal[
    "prompt", "transcript", "blocks", "elsewhere", "search", "input", "question", "list"
]

PLACES: dict[Place, str] = {
    "prompt": "Prompt",
    "transcript": "Transcript",
    "blocks": "When the transcript has the keyboard (Tab)",
    "elsewhere": "When the transcript has the keyboard (Tab)",
    "search": "While you search",
    "input": "While a command waits for input",
    "question": "Questions",
    "list": "Lists",
}
"""The places and their headings, in the order of the help screen; places of one heading share its rows."""
_PLACE_OF: dict[str, Place] = {"transcript": "blocks", "search-line": "search", "command-line": "input"}
"""By the id of the widget that has the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a key does at one place."""

    place: Place
    names: str
    """Textual's names, comma-separated; empty for a row of the help screen that a widget handles itself."""
    action: str
    shown: str
    """As the help screen names it."""
    help: str


KEYS: tuple[Key, ...] = (
    Key(place="prompt", names="enter", action="send", shown="Enter", help="send; while busy: queue"),
    Key(
        place="prompt",
        names="ctrl+j,shift+enter,alt+enter",
        action="newline",
        shown="Ctrl+J, Shift+Enter, \\ Enter",
        help="new line",
    ),
    Key(
        place="prompt",
        names="ctrl+s,ctrl+enter",
        action="steer",
        shown="Ctrl+S, Ctrl+Enter",
        help="steer: join the running turn",
    ),
    Key(
        place="prompt",
        names="shift+tab",
        action="app.next_mode",
        shown="Shift+Tab",
        help="next mode: build, plan, auto",
    ),
    Key(place="blocks", names="shift+tab", action="app.next_mode", shown="", help=""),
    Key(
        place="prompt",
        names="ctrl+b",
        action="app.leave_command",
        shown="Ctrl+B",
        help="leave what runs in the background",
    ),
    Key(place="blocks", names="ctrl+b", action="app.leave_command", shown="", help=""),
    Key(place="prompt", names="alt+up", action="app.edit_queue", shown="Alt+Up", help="take the queue back"),
    Key(place="prompt", names="up", action="older", shown="Up", help="earlier prompt, on the first line"),
    Key(place="prompt", names="down", action="newer", shown="Down", help="later prompt, on the last line"),
    Key(
        place="prompt", names="ctrl+r", action="app.search_history", shown="Ctrl+R", help="search the prompts"
    ),
    Key(
        place="prompt",
        names="ctrl+p",
        action="app.open_palette",
        shown="Ctrl+P",
        help="all commands and keys, by a few letters",
    ),
    Key(place="elsewhere", names="ctrl+p", action="app.open_palette", shown="", help=""),
    Key(place="prompt", names="ctrl+g", action="app.edit_draft", shown="Ctrl+G", help="write in $EDITOR"),
    Key(place="prompt", names="tab", action="complete", shown="/ @ # Tab", help="command, file, own prompt"),
    Key(place="prompt", names="", action="", shown="!COMMAND", help="run a shell command yourself"),
    Key(
        place="prompt",
        names="escape",
        action="escape",
        shown="Esc",
        help="close what is open, else interrupt",
    ),
    Key(
        place="prompt",
        names="ctrl+c,super+c",
        action="cancel",
        shown="Ctrl+C",
        help="copy the selection, clear, interrupt; twice: exit",
    ),
    Key(
        place="prompt",
        names="ctrl+d",
        action="leave_or_delete",
        shown="Ctrl+D",
        help="exit, when the prompt is empty",
    ),
    Key(
        place="prompt", names="question_mark", action="help", shown="?", help="keys, when the prompt is empty"
    ),
    Key(place="prompt", names="", action="", shown="Ctrl+A, Ctrl+E", help="start, end of the line"),
    Key(
        place="prompt",
        names="",
        action="",
        shown="Ctrl+U, Ctrl+K, Ctrl+W",
        help="delete to start, to end, a word",
    ),
    Key(place="prompt", names="", action="", shown="Ctrl+Z, Ctrl+Y", help="undo (else suspend), redo"),
    Key(
        place="prompt",
        names="ctrl+o",
        action="unfold_paste",
        shown="Ctrl+O",
        help="unfold the paste at the cursor",
    ),
    Key(
        place="prompt",
        names="ctrl+f",
        action="app.read('search')",
        shown="Ctrl+F",
        help="search the transcript",
    ),
    Key(
        place="transcript",
        names="pageup",
        action="app.scroll_transcript('page_up')",
        shown="PageUp",
        help="a page up",
    ),
    Key(
        place="transcript",
        names="pagedown",
        action="app.scroll_transcript('page_down')",
        shown="PageDown",
        help="a page down",
    ),
    Key(
        place="transcript",
        names="ctrl+home",
        action="app.scroll_transcript('home')",
        shown="Ctrl+Home",
        help="to the start",
    ),
    Key(
        place="transcript",
        names="ctrl+end",
        action="app.scroll_transcript('end')",
        shown="Ctrl+End",
        help="to the end",
    ),
    Key(
        place="transcript",
        names="ctrl+o",
        action="app.toggle_last_fold",
        shown="Ctrl+O",
        help="unfold or fold the last foldable",
    ),
    Key(
        place="transcript",
        names="ctrl+t",
        action="app.change_reasoning",
        shown="Ctrl+T",
        help="reasoning: folded, shown, hidden",
    ),
    Key(
        place="transcript",
        names="ctrl+l",
        action="app.redraw",
        shown="Ctrl+L",
        help="draw the screen anew",
    ),
    Key(place="blocks", names="up,k", action="move_cursor(-1)", shown="Up, Down, k, j", help="move"),
    Key(place="blocks", names="down,j", action="move_cursor(1)", shown="", help=""),
    Key(
        place="blocks", names="enter,space", action="toggle_fold", shown="Enter, Space", help="fold or unfold"
    ),
    Key(
        place="blocks",
        names="left",
        action="lay_out('unified')",
        shown="Left, Right",
        help="a diff in one column, side by side",
    ),
    Key(place="blocks", names="right", action="lay_out('side_by_side')", shown="", help=""),
    Key(place="blocks", names="e", action="fold_all(False)", shown="e, c", help="unfold all, fold all"),
    Key(place="blocks", names="c", action="fold_all(True)", shown="", help=""),
    Key(
        place="blocks",
        names="pageup,b",
        action="page(-1)",
        shown="PageUp, PageDown, b, f",
        help="a page up, down",
    ),
    Key(place="blocks", names="pagedown,f", action="page(1)", shown="", help=""),
    Key(
        place="blocks",
        names="home,g",
        action="go_home",
        shown="Home, End, g, G",
        help="to the start, the end",
    ),
    Key(place="blocks", names="end,G,shift+g", action="go_end", shown="", help=""),
    Key(
        place="blocks",
        names="slash,ctrl+f",
        action="app.read('search')",
        shown="/, Ctrl+F",
        help="search",
    ),
    Key(
        place="blocks",
        names="n",
        action="app.read('next')",
        shown="n, N",
        help="the next match, the one before",
    ),
    Key(place="blocks", names="N,shift+n", action="app.read('previous')", shown="", help=""),
    Key(place="blocks", names="escape", action="app.read('close')", shown="", help=""),
    Key(place="blocks", names="y", action="app.read('copy block')", shown="y", help="copy this block"),
    Key(
        place="blocks",
        names="a",
        action="app.read('copy answer')",
        shown="a, s",
        help="copy the last answer, the last code block",
    ),
    Key(place="blocks", names="s", action="app.read('copy code')", shown="", help=""),
    Key(
        place="blocks",
        names="o",
        action="app.read('open')",
        shown="o, Ctrl+click",
        help="open a file that is named here in $EDITOR",
    ),
    Key(place="blocks", names="question_mark", action="app.show_keys", shown="?", help="these keys"),
    Key(
        place="elsewhere",
        names="escape,tab",
        action="app.to_prompt",
        shown="Esc, Tab",
        help="back to the prompt",
    ),
    Key(
        place="elsewhere",
        names="ctrl+c",
        action="app.interrupt_or_return",
        shown="Ctrl+C",
        help="copy the selection, interrupt, back to the prompt",
    ),
    Key(place="elsewhere", names="", action="", shown="any other letter", help="is typed into the prompt"),
    Key(
        place="search",
        names="enter,tab",
        action="app.read('read on')",
        shown="Enter",
        help="to the match; n, N go on from there",
    ),
    Key(place="search", names="up", action="app.read('previous')", shown="Up, Down", help="another match"),
    Key(place="search", names="down", action="app.read('next')", shown="", help=""),
    Key(place="search", names="escape,ctrl+c", action="app.read('close')", shown="Esc", help="close"),
    Key(
        place="input", names="enter", action="type_line", shown="Enter", help="type the line into the command"
    ),
    Key(place="input", names="ctrl+d", action="end_input", shown="Ctrl+D", help="end of input"),
    Key(
        place="input", names="ctrl+b", action="background", shown="Ctrl+B", help="leave it in the background"
    ),
    Key(place="input", names="ctrl+x", action="kill", shown="Ctrl+X", help="kill it"),
    Key(
        place="input",
        names="escape,ctrl+c,tab",
        action="leave",
        shown="Esc, Tab",
        help="to the prompt and back",
    ),
    Key(
        place="question",
        names="",
        action="",
        shown="letter, number, Up, Down, Enter",
        help="answer; s, a, w choose, then Enter",
    ),
    Key(place="question", names="escape", action="refuse", shown="Esc", help="refuse"),
    Key(place="question", names="ctrl+c", action="stop", shown="Ctrl+C", help="interrupt the turn"),
    Key(
        place="question",
        names="tab",
        action="move_hunk(1)",
        shown="Tab, Shift+Tab",
        help="in a change: the next hunk, the one before",
    ),
    Key(place="question", names="shift+tab", action="move_hunk(-1)", shown="", help=""),
    Key(
        place="question",
        names="space",
        action="toggle_hunk",
        shown="Space",
        help="leave the hunk out, take it again",
    ),
    Key(
        place="question",
        names="ctrl+o",
        action="unfold",
        shown="Ctrl+O",
        help="all that the model has read, which may be behind it",
    ),
    Key(
        place="question",
        names="left",
        action="lay_out('unified')",
        shown="Left, Right",
        help="a diff in one column, side by side",
    ),
    Key(place="question", names="right", action="lay_out('side_by_side')", shown="", help=""),
    Key(
        place="question",
        names="pageup",
        action="scroll_body('page_up')",
        shown="PageUp, PageDown",
        help="read on in what is asked",
    ),
    Key(place="question", names="pagedown", action="scroll_body('page_down')", shown="", help=""),
    Key(
        place="question",
        names="shift+up,ctrl+up",
        action="scroll_body('up')",
        shown="Shift+Up, Shift+Down",
        help="the same by lines",
    ),
    Key(place="question", names="shift+down,ctrl+down", action="scroll_body('down')", shown="", help=""),
    Key(
        place="question",
        names="ctrl+home",
        action="scroll_body('home')",
        shown="Ctrl+Home, Ctrl+End",
        help="to its start, its end",
    ),
    Key(place="question", names="ctrl+end", action="scroll_body('end')", shown="", help=""),
    Key(place="list", names="", action="", shown="any text", help="filter"),
    Key(place="list", names="up", action="move(-1)", shown="Up, Down, PageUp, PageDown", help="move"),
    Key(place="list", names="down", action="move(1)", shown="", help=""),
    Key(place="list", names="pageup", action="move(-10)", shown="", help=""),
    Key(place="list", names="pagedown", action="move(10)", shown="", help=""),
    Key(place="list", names="escape,ctrl+c", action="refuse", shown="Esc", help="close"),
)


def bindings(*places: Place) -> list[BindingType]:
    """Return the bindings of these places."""
    return [
        Binding(key.names, key.action, key.help, show=False)
        for key in KEYS
        if key.place in places and key.names
    ]


def place_of(widget_id: str | None) -> Place:
    """Return the place whose keys work in a widget; the prompt's where it has none of its own."""
    return _PLACE_OF.get(widget_id or "", "prompt")


def help_rows(here: Place = "prompt") -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the headings with their rows, a key and what it does: first what works right here."""
    working = {PLACES[here], PLACES["transcript"]}
    headings = sorted(dict.fromkeys(PLACES.values()), key=lambda heading: _rank(heading, here))
    return [
        (
            f"{heading}: right now" if heading in working else heading,
            [(key.shown, key.help) for key in KEYS if PLACES[key.place] == heading and key.shown],
        )
        for heading in headings
    ]


def _rank(heading: str, here: Place) -> int:
    return (PLACES[here], PLACES["transcript"], heading).index(heading)
