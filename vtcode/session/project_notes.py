"""A first AGENTS.md, drafted without a model from what a project's files show.

It becomes part of a system prompt, so nothing of a file's text gets into it: only commands that are spelled
here, and names of plain letters.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_BYTES = 500_000
_MOST_FOLDERS = 20
_TASKS = ("build", "test", "lint", "check", "typecheck", "format", "fmt", "dev", "start")
"""Names under which projects keep what an agent is to run, in the order in which they are told."""
_TARGET = re.compile(r"^([A-Za-z0-9_-]+)[ \t]*(?:[A-Za-z0-9_ \t\"'=*+-]*):(?!=)", re.MULTILINE)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}")
_MADE = {"node_modules", "target", "dist", "build", "venv", "env", "__pycache__", "coverage", "htmlcov"}
_RUNNERS = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lockb": "bun", "bun.lock": "bun"}
_PYTHON_RUNNERS = {"uv.lock": "uv run ", "poetry.lock": "poetry run ", "pdm.lock": "pdm run "}
_PYTHON_TOOLS = {
    "pytest": "pytest",
    "ruff": "ruff check .",
    "mypy": "mypy",
    "pyright": "pyright",
    "black": "black .",
    "tox": "tox",
}


def drafted_notes(folder: Path) -> str:
    """Return the text of an AGENTS.md for the project in `folder`; blocks for some milliseconds."""
    commands = list(dict.fromkeys(_commands(folder)))
    folders = _folders(folder)
    lines = ["# AGENTS.md", "", "What is needed to work on this project. Drafted from its files: correct it."]
    lines += ["", "## Commands", ""]
    lines += [f"- `{command}`" for command in commands] or ["- How it is built and tested: not found"]
    if folders:
        lines += ["", "## Layout", "", *(f"- `{name}/`" for name in folders)]
    lines += ["", "## Rules", "", "- Run the tests before you say that something is done.", ""]
    return "\n".join(lines)


def _commands(folder: Path) -> Iterator[str]:
    """Yield the commands that the project's files name."""
    yield from _make_commands(folder)
    yield from _python_commands(folder)
    yield from _node_commands(folder)
    if (folder / "Cargo.toml").is_file():
        yield from ("cargo build", "cargo test", "cargo clippy", "cargo fmt")
    if (folder / "go.mod").is_file():
        yield from ("go build ./...", "go test ./...", "go vet ./...")


def _make_commands(folder: Path) -> Iterator[str]:
    for program, file in (("make", "Makefile"), ("just", "justfile")):
        targets = set(_TARGET.findall(_text(folder / file)))
        yield from (f"{program} {task}" for task in _TASKS if task in targets)


def _python_commands(folder: Path) -> Iterator[str]:
    project = _table(folder / "pyproject.toml")
    tools = project.get("tool")
    named = set(tools) if isinstance(tools, dict) else set()
    named |= {tool for tool in ("pytest", "tox") if (folder / f"{tool}.ini").is_file()}
    runner = next((run for lock, run in _PYTHON_RUNNERS.items() if (folder / lock).is_file()), "")
    yield from (f"{runner}{command}" for tool, command in _PYTHON_TOOLS.items() if tool in named)


def _node_commands(folder: Path) -> Iterator[str]:
    try:
        package = json.loads(_text(folder / "package.json") or "{}")
    except (ValueError, RecursionError):
        return
    scripts = package.get("scripts") if isinstance(package, dict) else None
    runner = next((run for lock, run in _RUNNERS.items() if (folder / lock).is_file()), "npm")
    yield from (f"{runner} run {task}" for task in _TASKS if isinstance(scripts, dict) and task in scripts)


def _folders(folder: Path) -> list[str]:
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    except OSError:
        return []
    return [name for name in names if _PLAIN_NAME.fullmatch(name) and name not in _MADE][:_MOST_FOLDERS]


def _table(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(file))
    except (ValueError, RecursionError):
        return {}


def _text(file: Path) -> str:
    """Return the beginning of a file; empty where it is no file, or can't be read."""
    try:
        if not file.is_file():
            return ""
        with file.open("rb") as stream:
            return stream.read(_MOST_BYTES).decode(errors="replace")
    except OSError:
        return ""
