"""The size limits and the manners of the code, held by a machine."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "vtcode").rglob("*.py"))
FRAMEWORK_METHODS = ("on_", "action_", "watch_", "validate_", "compute_", "key_", "_on_", "check_action")
FRAMEWORK_NAMES = {"compose", "render_line", "render", "get_content_height", "get_content_width"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT / "vtcode"))


def _functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield node


def _nesting(node: ast.AST, depth: int = 0) -> int:
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.Lambda | ast.ClassDef):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and child in node.orelse
        deeper = isinstance(child, BLOCKS) and not is_elif
        deepest = max(deepest, _nesting(child, depth + deeper))
    return deepest


def _own_methods(node: ast.ClassDef) -> list[str]:
    return [
        item.name
        for item in node.body
        if isinstance(item, Function)
        and not item.name.startswith(FRAMEWORK_METHODS)
        and item.name not in FRAMEWORK_NAMES
    ]


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_file_stays_within_the_limits(path: Path) -> None:
    problems = []
    lines = path.read_text().count("\n")
    if lines > 400:
        problems.append(f"{lines} lines")
    for function in _functions(path):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > 50:
            problems.append(f"{function.name}: {length} lines")
        if _nesting(function) > 3:
            problems.append(f"{function.name}: nested {_nesting(function)} deep")
        arguments = function.args
        names = [arg.arg for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        count = len([name for name in names if name not in {"self", "cls"}])
        if count > 6:
            problems.append(f"{function.name}: {count} parameters")
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef) and len(_own_methods(node)) > 20:
            problems.append(f"{node.name}: {len(_own_methods(node))} methods")
    assert not problems, f"{_name(path)}: {'; '.join(problems)}"


def test_nothing_is_called_a_manager_or_a_helper() -> None:
    banned = ("Manager", "Handler", "Helper", "Service", "Util")
    found = [
        f"{_name(path)}: {node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name.endswith(banned)
    ]
    assert not found
    assert not [path for path in FILES if path.stem in {"utils", "helpers", "misc", "common"}]
