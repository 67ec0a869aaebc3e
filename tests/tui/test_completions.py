"""What the word before the cursor may become: commands, files, custom prompts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events

from tests.support.tui_app import Bench, running_app
from vtcode.commands.builtin import COMMANDS
from vtcode.frontends.tui.candidates import file_candidates
from vtcode.frontends.words import word_before
from vtcode.policy.trust import TrustStore
from vtcode.session.custom_prompts import CustomPrompts
from vtcode.session.file_index import FileIndex
from vtcode.system.files import Workspace


@pytest.mark.parametrize(
    ("line", "is_all", "word"),
    [
        ("/mod", True, "/mod"),
        ("/mod", False, ""),
        ("/model x", True, ""),
        ("#fix", True, "#fix"),
        ("# Title", True, ""),
        ("see @src/a", False, "@src/a"),
        ("@", True, "@"),
        ("(@a", True, "@a"),
        ("me@home", True, ""),
        ('@"my fi', True, '@"my fi'),
        ('@"my file" and', True, ""),
        ("@a b", True, ""),
        ("!npm install @a", True, ""),
        ("! look at @a", False, "@a"),
        ("/compact keep @a", True, "@a"),
        ("#review @src/a", True, "@src/a"),
        ("# Title (@a", False, "@a"),
        ("", True, ""),
    ],
)
def test_the_word_that_is_completed(line: str, is_all: bool, word: str) -> None:
    assert word_before(line, is_all=is_all) == word


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/app.py", "@src/app.py"),
        ("my file.txt", '@"my file.txt"'),
        ("it's.md", '@"it\'s.md"'),
        ('a"b', None),
        ("a\x1b[2Jb", None),
        ("a\nb", None),
        ("src/", "@src/"),
        ("my src/", '@"my src/'),
    ],
)
def test_a_file_is_written_so_that_it_can_be_read_back(path: str, text: str | None) -> None:
    assert [candidate.text for candidate in file_candidates([path])] == ([text] if text else [])


def have_files(bench: Bench, folder: Path, *names: str) -> None:
    """Give the prompt a project with these files, and the folder's Markdown files as the user's prompts."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Say hello to $1.")
    prompts = CustomPrompts(Workspace(folder), folder, TrustStore(file=folder / "trusted"))
    bench.session.custom_prompts = prompts
    bench.app.completions.attach(prompts, FileIndex(folder, find_program=lambda: ""))


async def test_an_at_sign_lists_files_and_enter_takes_one_without_sending(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "src/parser.py", "src/printer.py", "docs/index.md")
        await bench.type("fix @prs")
        await bench.until(lambda: "parser.py  src" in bench.screen_text())
        assert "index.md" not in bench.screen_text()
        await bench.pilot.press("enter")
        assert bench.app.prompt.text == "fix @src/parser.py "
        assert not bench.app.completions.display
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.session.sent == ["fix @src/parser.py"])


async def test_the_files_of_a_session_that_is_left_are_no_longer_listed(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "old.py")
        left, closed = bench.app.completions._files, asyncio.Event()
        assert left
        listing = left._listing = asyncio.create_task(closed.wait())
        have_files(bench, tmp_path, "new.py")
        await bench.until(listing.cancelled)


async def test_a_file_is_completed_in_the_middle_of_a_text(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "my notes.txt")
        bench.app.prompt.put("see  and tell")
        bench.app.prompt.move_cursor((0, 4))
        await bench.type("@no")
        await bench.until(lambda: bench.app.completions.highlighted is not None)
        await bench.pilot.press("tab")
        assert bench.app.prompt.text == 'see @"my notes.txt" and tell'


async def test_enter_right_behind_the_letters_still_takes_the_file(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "src/parser.py")
        await bench.pilot.press("at", "p", "a", "r", "enter")
        assert bench.app.prompt.text == "@src/parser.py "
        assert bench.session.sent == []


async def test_keys_in_a_burst_are_not_mixed_up_with_an_earlier_list(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "greet.md")
        await bench.type("#")
        await bench.until(lambda: bench.app.completions.highlighted is not None)
        for key in "greet Ada":
            bench.app.prompt.post_message(events.Key({" ": "space"}.get(key, key), key))
        bench.app.prompt.post_message(events.Key("enter", "\r"))
        await bench.until(lambda: bench.session.sent == ["Say hello to Ada."])


async def test_a_file_that_is_typed_whole_is_sent_at_once(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "a.py")
        await bench.type("@a.py")
        await bench.until(lambda: bench.app.completions.highlighted is not None)
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.session.sent == ["@a.py"])


async def test_escape_closes_the_list_until_something_else_is_typed(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "alpha", "alphabet")
        await bench.type("@al")
        await bench.until(lambda: bench.app.completions.highlighted is not None)
        await bench.pilot.press("escape", "left", "right")
        await bench.type("p")
        await bench.until(lambda: bench.app.completions.highlighted is not None)


def marked(bench: Bench) -> list[str]:
    """Return the parts of the candidate that is marked."""
    row = next((row for row in bench.screen_text().split("\n") if "›" in row), "")
    return [part.strip() for part in row.partition("›")[2].split("  ") if part.strip()]


async def test_a_folder_that_is_picked_is_completed_inside(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "docs/deep/index.md", "src/a.py")
        await bench.type("see @doc")
        await bench.until(lambda: "› docs/" in bench.screen_text())
        await bench.pilot.press("tab")
        assert bench.app.prompt.text == "see @docs/"
        await bench.until(lambda: marked(bench) == ["docs/", "this folder"])
        await bench.pilot.press("tab")
        await bench.until(lambda: marked(bench) == ["deep/", "docs"])
        await bench.pilot.press("tab")
        await bench.until(lambda: marked(bench) == ["deep/", "this folder"])
        assert bench.app.prompt.text == "see @docs/deep/"
        await bench.pilot.press("down", "enter")
        assert bench.app.prompt.text == "see @docs/deep/index.md "


async def test_a_folder_that_is_named_whole_is_sent_by_enter(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "src/a.py")
        await bench.type("@src/")
        await bench.until(lambda: "this folder" in bench.screen_text())
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.session.sent == ["@src/"])


async def test_a_path_with_spaces_is_completed_between_its_quotes(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "my docs/first notes.txt")
        bench.app.prompt.put('see @""')
        await bench.pilot.press("left")
        await bench.type("my d")
        await bench.until(lambda: "› my docs/" in bench.screen_text())
        await bench.pilot.press("tab")
        assert bench.app.prompt.text == 'see @"my docs/'
        await bench.type("no")
        await bench.until(lambda: "› first notes.txt" in bench.screen_text())
        await bench.pilot.press("tab")
        assert bench.app.prompt.text == 'see @"my docs/first notes.txt" '


async def test_the_quotes_of_a_folder_are_closed_where_it_is_meant_itself(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "my docs/notes.txt")
        await bench.type('@"my docs/')
        await bench.until(lambda: "this folder" in bench.screen_text())
        await bench.pilot.press("enter")
        assert bench.app.prompt.text == '@"my docs/" '


async def test_arrows_choose_another_file(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "one.py", "other.py")
        await bench.type("@o")
        await bench.until(lambda: bench.app.completions.highlighted is not None)
        await bench.pilot.press("down", "enter")
        assert bench.app.prompt.text == "@other.py "


async def test_a_hash_lists_the_prompts_with_their_first_line(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "greet.md", "plain.md")
        (tmp_path / "plain.md").write_text("# Plain words")
        await bench.type("#")
        await bench.until(lambda: "#greet  Say hello to $1." in bench.screen_text())
        assert "#plain  Plain words" in bench.screen_text()
        await bench.type("gr")
        await bench.pilot.press("enter")
        assert bench.app.prompt.text == "#greet "
        await bench.type("Ada")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.session.sent == ["Say hello to Ada."])


async def test_a_prompt_without_arguments_is_sent_by_one_enter(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "plain.md")
        (tmp_path / "plain.md").write_text("Plain words")
        await bench.type("#pl")
        await bench.until(lambda: bench.app.completions.highlighted is not None)
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.session.sent == ["Plain words"])


async def test_an_at_sign_where_nothing_fits_is_text(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "a.py")
        await bench.type("ask @zzz")
        await bench.pilot.press("enter")
        await bench.until(lambda: bench.session.sent == ["ask @zzz"])


@pytest.mark.parametrize(
    ("columns", "told"), [(80, "Show what is allowed, asked about"), (40, "Show what is")]
)
async def test_a_long_usage_leaves_room_for_what_a_command_does(columns: int, told: str) -> None:
    async with running_app() as bench:
        await bench.pilot.resize_terminal(columns, 24)
        await bench.type("/p")
        await bench.until(lambda: f"  {told}" in bench.screen_text())


async def test_what_a_command_does_is_listed_without_markup() -> None:
    async with running_app() as bench:
        await bench.type("/vi")
        await bench.until(lambda: "no longer; ui.vim_mode" in bench.screen_text())


async def test_a_list_that_goes_on_says_which_part_of_it_is_seen(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, *(f"part{number:02}.md" for number in range(12)))
        for sign, ending in (("@", "1-8 of 12"), ("#", "1-8 of 12"), ("/", f"1-8 of {len(COMMANDS)}")):
            await bench.type(sign)
            await bench.until(lambda: bench.app.completions.display)
            await bench.pilot.pause()
            *others, last = bench.region_text("#completions").splitlines()
            assert last.rstrip().endswith(f"  {ending}")
            assert not any(" of 12" in line for line in others)
            await bench.pilot.press("backspace")
        await bench.type("@part")
        await bench.until(lambda: "› part00.md" in bench.screen_text())
        await bench.pilot.press("up")
        await bench.until(lambda: "5-12 of 12" in bench.screen_text())


async def test_a_list_that_is_seen_whole_says_nothing_of_itself(tmp_path: Path) -> None:
    async with running_app() as bench:
        have_files(bench, tmp_path, "one.md", "two.md")
        await bench.type("@")
        await bench.until(lambda: "one.md" in bench.screen_text())
        assert " of " not in bench.region_text("#completions")
