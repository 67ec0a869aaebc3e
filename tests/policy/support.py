"""A small workspace to judge commands in, with everything that tricks need: links, secrets, a repository."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtcode.actions import CommandAction
from vtcode.policy import Grants, Policy, Verdict
from vtcode.policy.gathering import collect_facts
from vtcode.policy.rules import judge
from vtcode.policy.shell import parse

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.system.facts import Facts, PartFacts

TOOL = "run_pty_cmd"
SECRET = "what-lies-outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A workspace and the environment that its commands get."""

    root: Path
    environ: dict[str, str]

    def action(self, line: str) -> CommandAction:
        return CommandAction(command=line, cwd=str(self.root), timeout_s=10)

    def facts(self, line: str) -> Facts:
        """The real facts; a program that this machine lacks is taken for installed."""
        facts = collect_facts(self.action(line), self.root, self.environ)
        parts = parse(line).parts if facts.parts else ()
        known = zip(facts.parts, parts, strict=True)
        return replace(
            facts, parts=tuple(_as_if_installed(part, command.words[0]) for part, command in known)
        )

    def judge(self, line: str, policy: Policy | None = None, grants: Grants | None = None) -> Verdict:
        return judge(TOOL, self.action(line), policy or Policy(), grants or Grants(), self.facts(line))

    def run(self, *command: str) -> None:
        subprocess.run(command, cwd=self.root, env=self.environ, check=True, capture_output=True)


def make_place(folder: Path) -> Place:
    """Fill `folder` with a workspace named `project`, and things outside it."""
    outside = folder / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(f"{SECRET}\n")
    (folder / "home").mkdir()
    root = folder / "project"
    (root / "src").mkdir(parents=True)
    for name in ("README.md", "AGENTS.md", "vtcode.toml", "a.txt", "b.txt", "src/app.py", "src/util.py"):
        (root / name).write_text(f"{name}\nTODO\n")
    (root / ".env").write_text("KEY=1\n")
    (root / "two words.txt").write_text("x\n")
    (root / "outward").symlink_to(outside)
    (root / "leak.txt").symlink_to(outside / "secret.txt")
    (root / "hooklink").symlink_to(root / ".git" / "hooks")
    _program(root / "ls")
    _program(root / "bin" / "grep")
    environ = {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
        "HOME": str(folder / "home"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
        "GIT_PAGER": "cat",
    }
    place = Place(root=root.resolve(), environ=environ)
    place.run("git", "init", "--quiet", "--initial-branch=main")
    place.run("git", "add", "README.md", "src")
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    place.run("git", *identity, "commit", "--quiet", "-m", "first")
    return place


def _program(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\ntouch ran\n")
    path.chmod(0o755)


def _as_if_installed(part: PartFacts, name: str) -> PartFacts:
    if part.program or "/" in name:
        return part
    return replace(part, program=f"/usr/bin/{name}", is_program_trusted=True)
