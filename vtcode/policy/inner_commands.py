"""The commands that a command may run: behind wrappers, in shell text, under other names. Pure.

Read generously, for rules that deny or have something asked: what only may be a command is taken for one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.policy.shell import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vtcode.policy.shell import ParsedCommand

_SHELL = re.compile(r"[a-z]{0,4}sh[\d.-]*")
"""Every shell, of any version; `ssh`, which has one read its words elsewhere."""
_TAKE_SHELL_TEXT = frozenset(
    {
        "batch", "busybox", "entr", "eval", "flock", "hyperfine", "parallel", "runuser", "screen", "script",
        "sg", "su", "tmux", "toybox", "trap", "watch", "watchexec",
    }
)  # fmt: skip
"""Have a shell read their words, or some of them."""
_RUN_THEIR_WORDS = frozenset(
    {
        "arch", "aa-exec", "builtin", "bwrap", "bunx", "caffeinate", "capsh", "catchsegv", "chpst", "choom",
        "chroot", "chrt", "command", "coproc", "cpulimit", "daemonize", "dbus-run-session", "doas",
        "dumb-init", "env", "exec", "fakechroot", "fakeroot", "firejail", "gdb", "gosu", "i386", "ionice",
        "linux32", "linux64", "lldb", "ltrace", "nice", "nohup", "npx", "nsenter", "numactl", "perf", "pipx",
        "pkexec", "prlimit", "proxychains", "proxychains4", "rr", "run0", "runcon", "setarch", "setpriv",
        "setsid", "setuidgid", "softlimit", "start-stop-daemon", "stdbuf", "strace", "su-exec", "sudo",
        "systemd-inhibit", "systemd-run", "taskset", "time", "timeout", "tini", "torsocks", "tsocks",
        "uclampset", "unbuffer", "unshare", "uvx", "valgrind", "x86_64", "xargs", "xvfb-run",
    }
)  # fmt: skip
"""Run what their words name."""
_CODE_OR_LOADER = re.compile(r"(?:g|sys)?awk|ld(?:\.so|-linux|-musl).*")
"""Likewise: what is called a program may be a word of code, or the program that a loader starts."""
_EVALUATING_BUILTINS = frozenset(
    {
        "[",
        "declare",
        "export",
        "let",
        "local",
        "printf",
        "read",
        "readonly",
        "test",
        "typeset",
        "unset",
        "wait",
    }
)
"""A subscript among their words may run commands."""
_PACKAGE_RUNNERS = frozenset({"run", "exec", "x", "dlx", "shell", "develop", "-c", "--command"})
_CONTAINER_RUNNERS = frozenset({"run", "exec"})
_RUNS_BEHIND: Mapping[str, frozenset[str]] = {
    "find": frozenset({"-exec", "-execdir", "-ok", "-okdir"}),
    **dict.fromkeys(("fd", "fdfind"), frozenset({"-x", "-X", "--exec", "--exec-batch"})),
    "git": frozenset(
        {"run", "foreach", "-x", "--exec", "--extcmd", "-c", "config", "--upload-pack", "--receive-pack"}
    ),
    **dict.fromkeys(
        (
            "asdf", "bun", "bundle", "conda", "direnv", "hatch", "mamba", "micromamba", "mise", "nix", "npm",
            "pdm", "pipenv", "pixi", "pnpm", "poetry", "pyenv", "rbenv", "rye", "uv", "yarn",
        ),
        _PACKAGE_RUNNERS,
    ),
    **dict.fromkeys(("docker", "kubectl", "nerdctl", "podman"), _CONTAINER_RUNNERS),
}  # fmt: skip
"""Programs that run what is named behind one of these words."""
_ATTACHED = re.compile(r"--?[\w-]+=(.+)|-\w(.+)|[\w.]+=!?(.+)|!(.+)", re.DOTALL)
_GIT_OPTIONS_WITH_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"})
_MAX_DEPTH = 4
_MAX_WORDS = 64
"""Of a command: no rule has more."""
_BETWEEN_WORDS = re.compile(r"[\s;|&<>(){}$`=]+")
SHELL_QUOTES = re.compile(r"\\\n|['\"\\]")
"""What a shell takes out of words."""


def commands_in(parsed: ParsedCommand, depth: int = 0) -> Iterator[tuple[str, ...]]:
    """Yield every command that a line may run, under every name that it may be known by.

    Args:
        parsed: The line.
        depth: In how many others its text stands.
    """
    for part in parsed.parts:
        yield from _commands_in_words(part.words, depth)
    if not parsed.is_readable:
        # Any word may be the start of a command.
        words = tuple(shell_words(parsed.line))
        yield words
        for start in range(len(words)):
            yield from _names(words[start : start + _MAX_WORDS])


def _commands_in_words(words: tuple[str, ...], depth: int) -> Iterator[tuple[str, ...]]:
    yield from _names(words)
    start = _inner_start(words)
    for at in range(start, len(words)):
        yield from _names(words[at : at + _MAX_WORDS])
    if depth >= _MAX_DEPTH:
        return
    for text in inner_texts(words):
        yield from commands_in(parse(text), depth + 1)


def _inner_start(words: tuple[str, ...]) -> int:
    """From which word on a command inside this one may start; behind the last word: there is none."""
    name = _program(words)
    is_wrapper = not _RUN_THEIR_WORDS.isdisjoint((name, name.removeprefix("g")))
    if is_wrapper or _takes_shell_text(name) or _CODE_OR_LOADER.fullmatch(name):
        return 1
    marks = _RUNS_BEHIND.get(name, frozenset())
    return next((at for at, word in enumerate(words) if _is_mark(word, marks)), len(words)) + 1


def _is_mark(word: str, marks: frozenset[str]) -> bool:
    return word in marks or any(
        word.startswith(mark if len(mark) == 2 else f"{mark}=") for mark in marks if mark.startswith("-")
    )


def inner_commands(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield every command that this one may run, itself first, under every name that it may be known by."""
    return _commands_in_words(words, 0)


def inner_texts(words: tuple[str, ...]) -> Iterator[str]:
    """Yield what this command may give a shell to read: words, and what is attached to options."""
    start = _inner_start(words)
    if words[0] in _EVALUATING_BUILTINS:
        yield from (word for word in words[1:] if "$(" in word or "`" in word)
    if start > len(words):
        return
    yield " ".join(words[start:])
    # An option that says what to run may hold it, too.
    for word in words[max(1, start - 1) :]:
        yield word
        while attached := _ATTACHED.fullmatch(word):
            word = attached[attached.lastindex or 0]
            yield word


def _takes_shell_text(name: str) -> bool:
    """Tell whether a program of this name has a shell read its words, or some of them."""
    return bool(_SHELL.fullmatch(name)) or not _TAKE_SHELL_TEXT.isdisjoint((name, name.removeprefix("g")))


def shell_texts(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the words that this command, or one that it runs, may give a shell to read."""
    for command in inner_commands(words):
        if command and _takes_shell_text(_program(command)):
            yield from command[1:]


def shell_words(text: str) -> list[str]:
    """Return the words of shell text of which nothing is known but where words may end."""
    return [word for word in _BETWEEN_WORDS.split(SHELL_QUOTES.sub("", text)) if word]


def _program(words: tuple[str, ...]) -> str:
    return words[0].rpartition("/")[2].casefold()


def _names(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    name = words[0].rpartition("/")[2]
    if name and name != words[0]:
        words = (name, *words[1:])
        yield words
    if name == "git":
        rest = _without_git_options(words[1:])
        if rest != words[1:]:
            yield (name, *rest)


def _without_git_options(words: tuple[str, ...]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _GIT_OPTIONS_WITH_VALUE else 1
    return words[at:]
