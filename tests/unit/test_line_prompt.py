from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.support.fake_session import Rules
from tests.support.recorder import Recorder
from vtcode.frontends.line.completing import WordCompleter, _common_start
from vtcode.frontends.line.history import PromptHistory
from vtcode.frontends.line.prompt import MessagePrompt
from vtcode.policy.trust import TrustStore
from vtcode.session.custom_prompts import CustomPrompts
from vtcode.session.file_index import FileIndex
from vtcode.session.modes import Modes
from vtcode.system.files import Workspace

ALT_ENTER = "\x1b\r"
CTRL_C = "\x03"
CTRL_D = "\x04"
CTRL_J = "\n"
SHIFT_TAB = "\x1b[Z"
UP = "\x1b[A"


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        yield keyboard


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param("Hello\r", "Hello", id="enter sends"),
        pytest.param(f"one{ALT_ENTER}two\r", "one\ntwo", id="alt+enter"),
        pytest.param(f"one{CTRL_J}two\r", "one\ntwo", id="ctrl+j"),
        pytest.param("one\\\rtwo\r", "one\ntwo", id="backslash"),
        pytest.param("C:\\x\r", "C:\\x", id="a backslash inside is kept"),
        pytest.param("\x1b[200~one\rtwo\x1b[201~\r", "one\ntwo", id="a paste is one message"),
    ],
)
async def test_keys_make_a_message(keyboard: PipeInput, keys: str, message: str) -> None:
    keyboard.send_text(keys)
    assert await MessagePrompt(None).read() == message


async def test_shift_tab_goes_to_the_next_mode_and_keeps_the_text(keyboard: PipeInput) -> None:
    modes = Modes(Rules(), None, Recorder().ask)  # type: ignore[arg-type]
    prompt = MessagePrompt(None, modes=modes)
    keyboard.send_text(f"plan{SHIFT_TAB} it\r")
    assert await prompt.read() == "plan it"
    assert modes.current == "plan"


async def test_a_draft_stands_in_the_prompt(keyboard: PipeInput) -> None:
    keyboard.send_text(" and more\r")
    assert await MessagePrompt(None).read("queued before") == "queued before and more"


@pytest.mark.parametrize(("key", "error"), [(CTRL_C, KeyboardInterrupt), (CTRL_D, EOFError)])
async def test_leaving_keys_are_told(keyboard: PipeInput, key: str, error: type[BaseException]) -> None:
    keyboard.send_text(key)
    prompt = MessagePrompt(None)
    read = prompt.read()
    with pytest.raises(error):
        await read


async def test_up_brings_back_what_an_earlier_run_sent(keyboard: PipeInput, tmp_path: Path) -> None:
    keyboard.send_text("first\r")
    await MessagePrompt(tmp_path / "prompts.jsonl").read()
    keyboard.send_text(f"{UP} again\r")
    assert await MessagePrompt(tmp_path / "prompts.jsonl").read() == "first again"


def test_history_is_one_json_string_a_line(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    PromptHistory(file).store_string("one\ntwo “ä”")
    assert [json.loads(line) for line in file.read_text().splitlines()] == ["one\ntwo “ä”"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_history_comes_newest_first_and_skips_what_it_does_not_know(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_bytes(b'"old"\n{"a": 1}\nnot json\n\xff\xfe\n"new"\n"torn')
    assert list(PromptHistory(file).load_history_strings()) == ["new", "old"]


@pytest.mark.parametrize("where", ["file/prompts.jsonl", ""])
def test_a_history_that_cannot_be_kept_does_no_harm(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").touch()
    history = PromptHistory(tmp_path / where)
    history.append_string("hello")
    assert history.get_strings() == ["hello"]
    assert list(PromptHistory(tmp_path / where).load_history_strings()) == []


def test_a_pasted_file_is_not_kept(tmp_path: Path) -> None:
    PromptHistory(tmp_path / "prompts.jsonl").store_string("x" * 20_001)
    assert not (tmp_path / "prompts.jsonl").exists()


@pytest.mark.parametrize(
    ("typed", "becomes", "told"),
    [
        pytest.param("/mo", "/mode", "", id="as far as there is no choice"),
        pytest.param("/mode", "/mode", "[complete] /mode, /model", id="the choice"),
        pytest.param("/doc", "/doctor ", "", id="the only one"),
        pytest.param("/zz", "/zz", "[complete] Nothing fits.", id="nothing"),
        pytest.param("#", "#fix ", "", id="a prompt"),
        pytest.param("@", "@", "[complete] docs/, my notes.txt, src/", id="the top of the project"),
        pytest.param("@s", "@src/", "", id="a folder is gone on in"),
        pytest.param("@src/", "@src/p", "", id="inside a folder"),
        pytest.param("@src/pa", "@src/parser.py ", "", id="a file"),
        pytest.param("@prnt", "@src/printer.py ", "", id="letters from anywhere"),
        pytest.param("@rer", "@rer", "[complete] src/parser.py, src/printer.py", id="several of them"),
        pytest.param("@my", '@"my notes.txt" ', "", id="spaces"),
        pytest.param('@"my n', '@"my notes.txt" ', "", id="in quotes"),
    ],
)
async def test_tab_completes_as_in_a_shell(tmp_path: Path, typed: str, becomes: str, told: str) -> None:
    for name in ("src/parser.py", "src/printer.py", "docs/index.md", "my notes.txt"):
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).touch()
    (tmp_path / "fix.md").write_text("Fix it.")
    prompts = CustomPrompts(Workspace(tmp_path), tmp_path, TrustStore(file=tmp_path / "trusted"))
    files = FileIndex(tmp_path / "project", find_program=lambda: "")
    assert await WordCompleter(prompts, files).complete(typed) == (becomes, told)


@given(st.lists(st.text(alphabet="ab/", min_size=1), min_size=2), st.text(alphabet="ab/", max_size=3))
async def test_tab_never_takes_away_what_was_typed(names: list[str], typed: str) -> None:
    assert all(name.startswith(_common_start(names)) for name in names)
    becomes, _ = await WordCompleter().complete(f"/{typed}")
    assert becomes.startswith(f"/{typed}")


async def test_many_names_are_not_read_out_to_the_end(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.py").touch()
    _, told = await WordCompleter(None, FileIndex(tmp_path, find_program=lambda: "")).complete("@")
    assert told.endswith(", and 10 more")


async def test_tab_completes_the_word_at_the_cursor(keyboard: PipeInput, tmp_path: Path) -> None:
    (tmp_path / "parser.py").touch()
    index = FileIndex(tmp_path, find_program=lambda: "")
    await index.search("", limit=1)
    completed = asyncio.Event()
    prompt = MessagePrompt(None, on_typing=lambda: "parser" in prompt.text and completed.set(), files=index)
    reading = asyncio.ensure_future(prompt.read("see @par"))
    keyboard.send_text("\t")
    async with asyncio.timeout(20):
        await completed.wait()
    keyboard.send_text("now\r")
    assert await reading == "see @parser.py now"


async def test_vims_keys_work_where_they_are_wanted(keyboard: PipeInput) -> None:
    prompt = MessagePrompt(None)
    prompt.vim = True
    keyboard.send_text("one two\x1bbcw2\r")
    assert await prompt.read() == "one 2"
