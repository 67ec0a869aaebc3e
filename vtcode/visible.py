"""Untrusted text made safe to look at: no control character of a model, a file or a server gets through.

Two treatments. `plain` is for reading (transcript, output): controls and escape sequences vanish.
`revealed` is for judging (a command about to run, a path): every character that hides or reorders text is
spelled out, so that what is approved is what is seen.
"""

from __future__ import annotations

import re

_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    # OSC, DCS, SOS, PM, APC up to their end; never past the line, so that an open one hides nothing after it
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]*[0-~]?"  # any other escape
)
# Format characters, default-ignorable ones, and blanks that a shell does not take for a blank.
_HIDDEN = (
    "\u00a0\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5"
    "\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\ud800-\udfff"
)
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_EMPTY_LINES = re.compile(r"\n(?: {0,24}\n){4,}")
_REVEALED = re.compile(f"[\x00-\x1f\x7f-\x9f{_HIDDEN}]")


def plain(text: str) -> str:
    """Return `text` without escape sequences, control characters and bidi overrides; keep LF and TAB."""
    text = text.replace("\r\n", "\n")
    if "\x1b" in text:
        text = _ESCAPE_SEQUENCE.sub("", text)
    return _CONTROL.sub("", text)


def revealed(text: str, *, keep_newlines: bool = True) -> str:
    r"""Return `text` with every control, bidi and zero-width character spelled out (`\x1b`, `\u202e`).

    Newlines stay unless `keep_newlines` is False; tabs become `\t`.
    """

    def spell(match: re.Match[str]) -> str:
        character = match.group()
        if character == "\n" and keep_newlines:
            return character
        return _spelled(character)

    return _REVEALED.sub(spell, text)


def unpadded(text: str, *, max_blanks: int = 24) -> str:
    """Return `text` with every longer run of blanks, and of empty lines, counted out: `[500 blanks]`.

    What stands behind such a run would be pushed out of view.
    """
    text = re.sub(f"[ \u3000]{{{max_blanks + 1},}}", lambda run: f" [{len(run.group()):,} blanks] ", text)
    return _EMPTY_LINES.sub(lambda run: f"\n[{run.group().count(chr(10)) - 1:,} empty lines]\n", text)


def _spelled(character: str) -> str:
    named = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(character)
    if named:
        return named
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
