"""What the documentation says is so: links, names of files, configuration, command lines, lists of code."""

from __future__ import annotations

import dataclasses
import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.policy.support import make_place
from tests.support.configuration import configuration_from
from vtcode.cli.arguments import parse
from vtcode.commands.builtin import COMMANDS
from vtcode.config.load import Overrides
from vtcode.policy.paths import PROTECTED_NAMES
from vtcode.policy.readonly_git import SUBCOMMANDS
from vtcode.policy.readonly_programs import PROGRAMS, TALKERS
from vtcode.providers.script import Script, Turn, load_script
from vtcode.system.sandbox.hidden import SECRETS_OF_HOME

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w[\w ]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BETWEEN_COMMANDS = "|&;<>"

Named: TypeAlias = tuple[str, str]
"""A document's name, and something in it."""


def blocks(kind: str) -> list[Named]:
    """Return the documents' code blocks of one kind."""
    return [
        (document.name, text)
        for document in DOCUMENTS
        for found, text in BLOCK.findall(document.read_text(encoding="utf-8"))
        if found == kind
    ]


def command_lines() -> list[Named]:
    """Return what the shell blocks have vtcode do; `[...]` may be left out, so it is taken along."""
    found = []
    for name, text in blocks("sh"):
        for line in text.splitlines():
            whole = re.sub(r" \[([^\]]+)\]", r" \1", line)
            lexer = shlex.shlex(whole, posix=True, punctuation_chars=BETWEEN_COMMANDS)
            lexer.whitespace_split = True
            command: list[str] = []
            for word in (*lexer, ";"):
                if set(word) <= set(BETWEEN_COMMANDS):
                    found += [(name, shlex.join(command[1:]))] if is_vtcode(command) else []
                    command = []
                elif command or not re.match(r"\w+=", word):
                    command.append(word)
    return found


def is_vtcode(command: list[str]) -> bool:
    return command[:1] != [] and command[0].rpartition("/")[2] == "vtcode"


def listed(mark: str, document: str = "policy.md") -> list[str]:
    """Return the names between two marks of a document."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    (between,) = re.findall(rf"<!-- {mark} -->(.*?)<!-- end of {mark} -->", text, re.DOTALL)
    return re.findall(r"`([^`]+)`", between)


def prose(document: Path) -> str:
    """Return a document without its blocks of code, in which `#` begins no heading."""
    return re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def linked(document: Path) -> set[Path]:
    """Return the files that a document links to or shows."""
    links = LINK.findall(prose(document))
    return {(document.parent / link.partition("#")[0]).resolve() for link in links if "://" not in link}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(prose(document)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_and_picture_is_led_to() -> None:
    reached = {file for document in DOCUMENTS for file in linked(document) - {document}}
    there = {*DOCUMENTS, *(ROOT / "docs" / "screenshots").iterdir()} - {ROOT / "README.md"}
    assert there - reached == set()


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_decision_has_its_context_and_its_consequences(record: Path) -> None:
    number = int(record.name[:4])
    (title,) = re.findall(rf"^# {number}\. (.+)$", prose(record), re.MULTILINE)
    assert f"| [{number}]({record.name}) | {title} |" in (record.parent / "README.md").read_text()
    assert re.findall(r"^\*\*(\w+)\.\*\* ", prose(record), re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
    ]


@pytest.mark.parametrize(
    "document", [ROOT / "docs" / "contributing.md", *RECORDS], ids=lambda path: path.name
)
def test_every_file_and_folder_of_the_code_that_is_named_is_there(document: Path) -> None:
    named = re.findall(r"`([\w.]+(?:/[\w.*]+)*/?)`", prose(document))
    paths = [name for name in named if name.endswith((".py", "/")) or name.startswith("tests/")]
    tops = (
        ROOT,
        ROOT / "vtcode",
        ROOT / "vtcode" / "frontends" / "tui",
        ROOT / "vtcode" / "system" / "sandbox",
    )
    missing = [path for path in paths if not any(list(top.glob(path.rstrip("/"))) for top in tops)]
    assert missing == []


def test_every_module_that_is_to_be_run_is_there() -> None:
    text = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    modules = set(re.findall(r"-m ((?:tests|vtcode)[\w.]*)", text))
    assert "tests.benchmarks" in modules
    assert {name for name in modules if find_spec(name) is None} == set()


@pytest.mark.parametrize(("name", "text"), blocks("toml"))
def test_every_configuration_loads_as_written(tmp_path: Path, name: str, text: str) -> None:
    configuration = configuration_from(tmp_path, workspace=text, trusted=True)
    assert configuration.warnings == (), name
    assert configuration.origins, f"{name}: nothing is set"


@pytest.mark.parametrize(("name", "line"), command_lines())
def test_every_command_line_is_understood(tmp_path: Path, name: str, line: str) -> None:
    arguments = parse(shlex.split(line))
    overrides = Overrides(
        provider=arguments.provider, model=arguments.model, assignments=arguments.assignments
    )
    configuration_from(tmp_path, overrides=overrides)


def test_there_are_command_lines_to_understand() -> None:
    assert ("README.md", "--provider embedded") in command_lines()
    assert ("usage.md", "exec -") in command_lines()


def test_the_script_loads_and_all_its_keys_are_told(tmp_path: Path) -> None:
    ((name, text),) = blocks("toml script")
    (tmp_path / "demo.toml").write_text(text)
    script = load_script(tmp_path / "demo.toml")
    assert [call.name for turn in script.turns for call in turn.calls] == ["list_files"]
    told = (ROOT / "docs" / name).read_text(encoding="utf-8")
    keys = {field.name for shape in (Script, Turn) for field in dataclasses.fields(shape)} - {"turns"}
    assert keys <= set(re.findall(r"`(\w+)`", told))


def test_the_commands_that_wait_for_the_model_are_told() -> None:
    text = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"^While the model works, (.+) and all of `/model`", text, re.MULTILINE)
    waiting = {f"/{known.name}" for known in COMMANDS if not known.while_busy}
    assert set(re.findall(r"`(/[\w-]+)`", told)) == waiting


def test_every_command_has_its_row() -> None:
    text = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`/.+?) \| (?=\w)", text, re.MULTILINE)
    told = {name for cell in cells for name in re.findall(r"`/([\w-]+)", cell)}
    assert told == {known.name for known in COMMANDS}


def test_the_read_only_set_is_listed_whole() -> None:
    assert listed("programs") == sorted({*PROGRAMS, *TALKERS, "[", "cd", "find", "git", "test"})
    assert listed("git") == sorted(SUBCOMMANDS)


def test_the_protected_paths_are_listed_whole() -> None:
    assert listed("protected") == sorted(PROTECTED_NAMES)


def test_the_secrets_that_commands_do_not_see_are_listed_whole() -> None:
    assert listed("secrets", "security.md") == list(SECRETS_OF_HOME)


def test_the_examples_of_commands_are_judged_as_the_table_says(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    examples = re.findall(r"^\| `(.+)` \| (allowed|asked) \|$", text, re.MULTILINE)
    place = make_place(tmp_path)
    judged = [(line, place.judge(line.replace(r"\|", "|")).decision) for line, _ in examples]
    assert judged == [(line, {"allowed": "allow", "asked": "prompt"}[word]) for line, word in examples]
    assert judged
