"""Harmless commands made harmful: what is still allowed is run for real, and must change nothing."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy.commands import EVERYDAY
from tests.policy.support import Place, make_place
from vtcode.policy import CommandRules, Grants, Policy

HARM = (
    "touch harmed",
    "rm -rf src",
    "mv a.txt harmed",
    "cp a.txt harmed",
    "./ls",
    "bin/grep x",
    "sort -o harmed a.txt",
    'python3 -c \'open("harmed","w")\'',
    "git tag harmed",
    "tee harmed",
)
INSERTIONS = (
    *(form.replace("HARM", harm) for harm in HARM for form in (";HARM;", "\nHARM\n", "$(HARM)", "`HARM`")),
    *(f" {mark} {harm}" for harm in HARM for mark in ("&&", "||", "|", "&", "|&", "\\\n", "#\n", "\r\n")),
    *(
        "> harmed ",
        ">>harmed ",
        "2>harmed ",
        "&>harmed ",
        ">|harmed ",
        "<>harmed ",
        " >&harmed",
        "<(touch harmed)",
    ),
    *(" -o harmed ", " -oharmed ", " --output=harmed ", " --output harmed ", " -fprint harmed ", " -delete "),
    *(
        " -exec touch harmed + ",
        " --pre ./ls ",
        " -i ",
        " -s ",
        " w\\ harmed ",
        " -r ",
        " -R ",
        " harmed ",
        " -C ",
    ),
    *(
        "'",
        '"',
        "\\",
        "$",
        "`",
        "{a,b}",
        "*",
        "?",
        "~",
        "!",
        "=",
        "%",
        "^",
        "\t",
        "\n",
        ";",
        "|",
        "&",
        "(",
        ")",
    ),
    *("X=1 ", "env ", "sudo ", "command ", "exec ", "eval ", "xargs ", "nice ", "builtin ", "time ", "-- "),
)

BASES = (
    *(line for line in EVERYDAY if not line.startswith(("date", "cat -"))),
    "cat -- a.txt",
    "find . ! -name x \\( -type f -o -type d \\)",
    "sed 's/a/b/g' a.txt",
)


@pytest.fixture(scope="module")
def own_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("mutated"))


def state_of(root: Path) -> dict[str, tuple[int, str]]:
    """Modes and content of all files but git's index, whose times git refreshes."""
    return {
        str(path.relative_to(root)): (
            path.lstat().st_mode,
            "" if path.is_symlink() else path.read_text("latin-1"),
        )
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or (path.is_file() and path.name != "index")
    }


def _run(place: Place, line: str) -> None:
    """Run `line` as a shell would, its input empty."""
    command = ["bash", "--noprofile", "--norc", "-c", line]
    subprocess.run(
        command,
        cwd=place.root,
        env=place.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
    )


def _check(place: Place, line: str) -> None:
    if place.judge(line).decision != "allow":
        return
    before = state_of(place.root)
    _run(place, line)
    assert state_of(place.root) == before, line


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=st.sampled_from(BASES), insertion=st.sampled_from(INSERTIONS), data=st.data())
def test_an_insertion_anywhere_never_changes_anything_unasked(
    base: str, insertion: str, data: st.DataObject, own_place: Place
) -> None:
    at = data.draw(st.integers(min_value=0, max_value=len(base)))
    _check(own_place, base[:at] + insertion + base[at:])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from([*INSERTIONS, *BASES, " ", " "]), min_size=1, max_size=5))
def test_no_mixture_changes_anything_unasked(pieces: list[str], own_place: Place) -> None:
    _check(own_place, "".join(pieces))


def _spelled(data: st.DataObject, word: str) -> str:
    """Write a word in another way that means the same to bash."""
    forms = ("{}", "'{}'", '"{}"', "\\{}", "''{}", '{}""')
    plain = [letter if letter in "'\"\\ \n" else None for letter in word]
    return "".join(
        "\\" + letter if quoted else data.draw(st.sampled_from(forms)).format(letter)
        for letter, quoted in zip(word, plain, strict=True)
    )


WRAPPINGS = (
    "{}",
    "ls && {}",
    "{} | cat",
    "cat a.txt | {}",
    "cd src && {}",
    "{} 2>/dev/null",
    "true || {}",
    "pwd\n{}",
    "timeout 5 {}",
    "nice -n 1 {}",
    "env {}",
    "xargs {}",
    "command {}",
    "time {}",
    "time -p {}",
    "setsid {}",
    "stdbuf -oL {}",
    "sudo -n {}",
    "find . -exec {} +",
    "X=1 {}",
    "({})",
    "$({})",
    "`{}`",
    "{} &",
    "! {}",
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(harm=st.sampled_from(HARM), wrappings=st.lists(st.sampled_from(WRAPPINGS), max_size=3), data=st.data())
def test_harm_is_never_allowed_however_it_is_spelled_split_and_wrapped(
    harm: str, wrappings: list[str], data: st.DataObject, place: Place
) -> None:
    blank = st.sampled_from((" ", "  ", "\t", " 2>&1 "))
    line = "".join(_spelled(data, word) + data.draw(blank) for word in shlex.split(harm))
    for wrapping in wrappings:
        line = wrapping.replace("{}", line)
    policy = Policy(commands=CommandRules(allow_list=("ls", "cat", "make"), allow_glob=("git log*",)))
    assert place.judge(line).decision == "prompt"
    assert place.judge(line, policy, Grants().with_rule("run_pty_cmd(npm test)")).decision == "prompt"


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("joint", [" ; ", " && ", " || ", " | ", "\n", " & ", ";", "&&", "|"])
def test_a_harmful_part_is_never_allowed_by_its_harmless_neighbours(
    harm: str, joint: str, place: Place
) -> None:
    for line in (f"ls{joint}{harm}", f"{harm}{joint}ls", f"ls{joint}{harm}{joint}pwd"):
        assert place.judge(line).decision == "prompt"


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize(
    "disguise",
    [
        "sudo {}",
        "env {}",
        "nice -n 5 {}",
        "timeout 5 {}",
        "nohup {}",
        "xargs {}",
        "command {}",
        "X=1 {}",
        "$({})",
        "({})",
    ],
)
def test_a_wrapper_never_makes_harm_allowed(harm: str, disguise: str, place: Place) -> None:
    assert place.judge(disguise.format(harm)).decision == "prompt"
