"""What the style names of lines look like under the theme of the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.ansi import AnsiDecoder
from rich.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.css.styles import RenderStyles

PREFIX = "transcript--"
COMPONENTS = (
    "text",
    "user",
    "muted",
    "reasoning",
    "heading",
    "code",
    "link",
    "quote",
    "rule",
    "keyword",
    "type",
    "name",
    "string",
    "number",
    "comment",
    "added",
    "removed",
    "success",
    "warning",
    "error",
    "running",
    "cursor",
    "match",
    "match-current",
)
"""What a theme decides; each is a component class `transcript--<name>`."""

_FIXED = {
    "strong": Style(bold=True),
    "tool-name": Style(bold=True),
    "table-header": Style(bold=True),
    "mark": Style(bold=True),
    "plan-current": Style(bold=True),
    "emphasis": Style(italic=True),
    "strike": Style(strike=True),
    "discarded": Style(strike=True),
    "title": Style(underline=True),
    "diff-word": Style(reverse=True),
}
_COMPONENT_OF = {
    "marker": "muted",
    "link-url": "muted",
    "footer": "muted",
    "header": "muted",
    "hint": "muted",
    "live": "running",
    "notice-info": "muted",
    "notice-warning": "warning",
    "notice-error": "error",
    "tool-words": "muted",
    "tool-running": "running",
    "tool-asking": "warning",
    "tool-waiting": "warning",
    "tool-completed": "success",
    "tool-failed": "error",
    "tool-denied": "error",
    "tool-cancelled": "warning",
    "plan-completed": "success",
    "diff-added": "added",
    "diff-removed": "removed",
    "diff-hunk": "muted",
    "diff-number": "muted",
    "code-block": "text",
    "code-keyword": "keyword",
    "code-type": "type",
    "code-name": "name",
    "code-string": "string",
    "code-number": "number",
    "code-comment": "comment",
}


class Palette:
    """Rich styles for style names, each combination worked out once."""

    def __init__(self, base: Style, components: dict[str, Style]) -> None:
        self.base = base
        self._components = components
        self._combined: dict[str, Style] = {}
        self._has_tints = self.component("added").bgcolor not in {None, base.bgcolor}
        """Changed lines are told by what is behind them; else their code has no colors."""

    def same_as(self, other: Palette) -> bool:
        """Return whether both give every name the same look."""
        return self.base == other.base and self._components == other._components

    def component(self, name: str) -> Style:
        """Return what a component sets itself, to be put over another style."""
        return self._components.get(name, Style())

    def style(self, names: str) -> Style:
        """Return the style for names separated by blanks; later ones win over earlier ones."""
        style = self._combined.get(names)
        if style is None:
            style = self.base
            is_plain = names.startswith("diff-") and not self._has_tints
            for name in names.split():
                style += Style() if is_plain and name.startswith("code-") else self._single(name)
            if len(self._combined) > 2_000:
                self._combined.clear()
            self._combined[names] = style
        return style

    def _single(self, name: str) -> Style:
        if name.startswith("sgr:"):
            return _sgr_style(name[len("sgr:") :])
        if name.startswith("href:"):
            return Style(link=name[len("href:") :])
        if name in _FIXED:
            return _FIXED[name]
        return self._components.get(_COMPONENT_OF.get(name, name), Style())


def read_palette(base: Style, component: Callable[[str], RenderStyles]) -> Palette:
    """Read the palette off a widget.

    Args:
        base: The widget's own look.
        component: Its `get_component_styles`.
    """
    return Palette(base, {name: _own_style(component(PREFIX + name)) for name in COMPONENTS})


def _own_style(styles: RenderStyles) -> Style:
    """Return what a component sets itself, with colours blended onto what is behind it."""
    blended = styles.rich_style
    has_color = styles.has_rule("color") or styles.has_rule("auto_color")
    return Style(
        color=blended.color if has_color else None,
        bgcolor=blended.bgcolor if styles.has_rule("background") else None,
    ) + Style.parse(str(styles.text_style))


def _sgr_style(codes: str) -> Style:
    """Return colours and weight that a command asked for; it can neither hide text nor make it blink."""
    text = AnsiDecoder().decode_line(f"\x1b[{codes}m.")
    style = Style()
    for span in text.spans:
        style += span.style if isinstance(span.style, Style) else Style.parse(span.style)
    return style + Style(conceal=False, blink=False, blink2=False)
