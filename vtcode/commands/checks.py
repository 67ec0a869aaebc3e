"""What a check found, and how it is told by `/doctor`, `/local` and their subcommands. Pure."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.providers.model_info import ToolMode

Verdict: TypeAlias = Literal["ok", "note", "warn", "fail"]
"""`note`: worth knowing, and neither good nor bad."""

_INDENT = 18
_NARROWEST = 40
_MARKDOWN = re.compile(r"([\\`*_\[\]<>&~|#!])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, and what was found."""

    name: str
    verdict: Verdict
    text: str
    hint: str = ""
    """The next step."""
    tool_mode: ToolMode | None = None
    """Of the doctor's last check: the mode that this model needs."""


def lines_of(check: Check, width: int | None = None) -> str:
    """Return a check, its next step below it; broken between words at `width`, where one is given."""
    told = [f"{check.verdict:<5} {check.name:<10}  {_shown(check.text)}"]
    told += [" " * _INDENT + _shown(check.hint)] if check.hint else []
    return "\n".join(told if width is None else (_broken(line, width) for line in told))


def report(checks: Iterable[Check]) -> str:
    """Return checks as a list in Markdown, in which what they quote is no markup."""
    return "\n".join(_item(check) for check in checks)


def _item(check: Check) -> str:
    item = f"- **{check.verdict}** {check.name}: {_escaped(check.text)}"
    return f"{item}\n  {_escaped(check.hint)}" if check.hint else item


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", _shown(text))


def _shown(text: str) -> str:
    return revealed(text, keep_newlines=False)


def _broken(line: str, width: int) -> str:
    return textwrap.fill(
        line,
        max(_NARROWEST, width),
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
