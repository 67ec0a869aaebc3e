"""What tree-sitter's grammar of bash sees in a command line. Pure; the grammar is loaded on first use.

The grammar finds the commands inside substitutions, loops and functions, which deny rules must see. It is not
trusted to call a line plain: on some input it is wrong without an error (a backslash before a newline, a
carriage return, brace words, here-documents, arguments after a redirection). Nor does it get any character
beyond ASCII: its scanner looks these up in a table that ends before them, and may take the program down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from vtcode.policy.shell_words import single_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Parser

FlatItem: TypeAlias = tuple[str, ...] | str
"""The raw words of one command, or a separator."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_FLAT_NODES = frozenset({"program", "list", "pipeline", "redirected_statement"})
_WORD_NODES = frozenset({"word", "string", "raw_string", "concatenation", "number", "test_operator"})
_SEPARATORS = frozenset({"&&", "||", ";", "|"})
_COMMAND_NODES = frozenset({"command", "declaration_command", "unset_command"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GrammarReading:
    """What the grammar finds in a line that is more than plain words."""

    commands: tuple[tuple[str, ...], ...]
    """Every command at any depth, quotes removed where that is safe, assignments left out."""
    is_readable: bool
    """No error, and every program's name and every redirection's target is spelled out."""


def flat_items(line: str) -> tuple[FlatItem, ...] | None:
    """Return the commands and separators of `line`; None where it is more than these, or not understood."""
    root = _root(line)
    return None if root.has_error else _flat(root, line)


def read(line: str) -> GrammarReading:
    """Find every command in `line`, and tell what can be said about it."""
    root = _root(line)
    nodes = tuple(_descendants(root))
    commands = tuple(_raw_words(node, line) for node in nodes if node.type in _COMMAND_NODES)
    return GrammarReading(
        commands=tuple(tuple(_unquoted(raw) for raw in words) for words in commands if words),
        is_readable=not root.has_error and all(_spelled_out(node, line) for node in nodes),
    )


def _root(line: str) -> Node:
    """Parse the line, each character beyond ASCII replaced by one that no word of the shell's own has.

    So a node's bytes are the line's characters.
    """
    return _parser().parse(_BEYOND_ASCII.sub("_", line).encode()).root_node


@cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def _descendants(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def _flat(root: Node, line: str) -> tuple[FlatItem, ...] | None:
    items: list[FlatItem] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in _FLAT_NODES:
            waiting.extend(reversed(node.children))
        elif node.type == "command" and all(_is_word(child) for child in node.children):
            if items and not isinstance(items[-1], str):
                items.append(";")
            items.append(tuple(_text(child, line) for child in node.children))
        elif node.type == "test_command" and (words := _test_words(node, line)):
            if items and not isinstance(items[-1], str):
                items.append(";")
            items.append(words)
        elif node.type in _SEPARATORS:
            items.append(node.type)
        elif node.type == "comment":
            continue
        elif not (node.type == "file_redirect" and _swallows_nothing(node)):
            return None
    if items and items[-1] == ";":
        items.pop()
    return tuple(items)


def _test_words(node: Node, line: str) -> tuple[str, ...]:
    """Return the raw words of `[ … ]`; none, if it is another test or holds more than words."""
    if node.children[0].type != "[":
        return ()
    words: list[str] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if _is_word(part) or not part.children:
            words.append(_text(part, line))
        else:
            waiting.extend(reversed(part.children))
    return tuple(words)


def _is_word(node: Node) -> bool:
    return node.type in _WORD_NODES or node.type == "command_name"


def _swallows_nothing(redirect: Node) -> bool:
    """Whether it holds its target alone: in `cat > f -n b` the grammar puts the arguments there too."""
    return len([child for child in redirect.named_children if child.type != "file_descriptor"]) <= 1


def _raw_words(command: Node, line: str) -> tuple[str, ...]:
    left_out = ("file_redirect", "variable_assignment")
    return tuple(_text(child, line) for child in command.children if child.type not in left_out)


def _spelled_out(node: Node, line: str) -> bool:
    match node.type:
        case "command_name":
            return _literal(_text(node, line)) is not None
        case "file_redirect":
            targets = [child for child in node.named_children if child.type != "file_descriptor"]
            texts = [_text(target, line) for target in targets]
            return _swallows_nothing(node) and all(_literal(text) is not None for text in texts)
        case "heredoc_redirect" | "herestring_redirect" | "ERROR":
            return False
        case _:
            return True


def _unquoted(raw: str) -> str:
    literal = _literal(raw)
    return raw.strip("\"'") if literal is None else literal


def _literal(raw: str) -> str | None:
    """What the word `raw` means, if it is one plain word; else None."""
    word = single_word(raw)
    return word.text if word and not word.is_pattern else None


def _text(node: Node, line: str) -> str:
    return line[node.start_byte : node.end_byte]
