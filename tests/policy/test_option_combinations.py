"""Whatever mixture of options and odd operands is allowed: run for real, it changes and leaks nothing."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy.support import SECRET, Place, make_place
from tests.policy.test_mutations import state_of
from vtcode.policy.readonly_git import SUBCOMMANDS
from vtcode.policy.readonly_programs import FIND_WORDS, PROGRAMS

OUTSIDE = (
    "leak.txt",
    "../outside/secret.txt",
    "outward",
    "outward/secret.txt",
    "../outside",
    "{outside}/secret.txt",
)
VALUES = (
    "harmed",
    "a.txt",
    "src",
    "README.md",
    "1",
    "-1",
    "HEAD",
    "--",
    "main",
    "%h",
    "*.txt",
    "w harmed",
    "1p",
    ".",
)
WRITING = (
    "--output",
    "-o",
    "--output=harmed",
    "-oharmed",
    "-i",
    "--ext-diff",
    "-exec",
    "-delete",
    "--pre=./ls",
    "-c",
)
OPTIONS: dict[str, tuple[str, ...]] = {
    "find": tuple(FIND_WORDS),
    **{name: tuple(program.options.split()) for name, program in PROGRAMS.items()},
    **{f"git {name}": tuple(program.options.split()) for name, program in SUBCOMMANDS.items()},
}


@pytest.fixture(scope="module")
def own_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("combined"))


@st.composite
def _lines(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(sorted(OPTIONS)))
    values = st.sampled_from(VALUES + OUTSIDE + WRITING)
    options = st.sampled_from([option.rstrip(":@%?!") for option in OPTIONS[name]] or ["-x"])
    attached = st.builds(
        lambda option, value: f"{option}={value}" if "--" in option else option + value, options, values
    )
    words = draw(st.lists(options | values | attached, max_size=6))
    return f"{name} {' '.join(word if word == '*.txt' else shlex.quote(word) for word in words)}"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=_lines())
def test_what_is_allowed_neither_writes_nor_shows_what_is_outside(line: str, own_place: Place) -> None:
    line = line.replace("{outside}", str(own_place.root.parent / "outside"))
    if own_place.judge(line).decision != "allow" or shutil.which(line.split()[0]) is None:
        return
    before = state_of(own_place.root)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", line],
        cwd=own_place.root,
        env=own_place.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert state_of(own_place.root) == before
    assert SECRET.encode() not in done.stdout + done.stderr
