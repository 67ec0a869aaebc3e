"""What the app shows of models that are loaded and downloaded."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tui_app import running_app
from vtcode.commands import model_picker
from vtcode.events import ModelDownloading, ModelLoading, ModelSelected, Notice
from vtcode.frontends.tui.screens.pick import chord
from vtcode.frontends.tui.widgets.downloads_view import download_line
from vtcode.questions import Choice

USAGE = (Path(__file__).parents[2] / "docs" / "usage.md").read_text(encoding="utf-8")
DOWNLOAD = ModelDownloading(
    model="qwen/qwen3-8b",
    state="downloading",
    downloaded_bytes=1_200_000_000,
    total_bytes=4_800_000_000,
    bytes_per_s=48e6,
    remaining_s=75,
)
SELECTED = ModelSelected(provider="lmstudio", model="qwen/qwen3-8b", window_tokens=16_384)


def test_the_keys_of_the_list_are_those_of_the_documentation() -> None:
    choices = [known for known in vars(model_picker).values() if isinstance(known, Choice)]
    (rows,) = re.findall(
        r"^\| Keys in the list of models \|.*\n\| --- .*\n((?:\|.*\n)+)", USAGE, re.MULTILINE
    )
    told = {row.split("|")[1].strip().lower() for row in rows.splitlines()}
    assert {chord(choice) for choice in choices} == told - {"enter", "any text"}
    assert len({choice.key for choice in choices}) == len(choices)


async def test_a_load_shows_how_far_it_is_and_marks_a_guess() -> None:
    async with running_app() as bench:
        await bench.app.front_end.show(ModelLoading(model="acme/coder", progress=None))
        await bench.until(lambda: "loading acme/coder …" in bench.screen_text())
        assert "loading the model" in bench.status_text()
        await bench.app.front_end.show(ModelLoading(model="acme/coder", progress=0.45, estimated=True))
        await bench.until(lambda: "loading acme/coder: ~45%  ━━━━━━━━━───────────" in bench.screen_text())
        assert "loading ~45%" in bench.status_text()


@pytest.mark.parametrize(
    "end", [SELECTED, Notice(level="error", text="Out of memory.")], ids=["loaded", "refused"]
)
async def test_nothing_of_a_load_is_left_when_it_is_over(end: ModelSelected | Notice) -> None:
    async with running_app() as bench:
        await bench.app.front_end.show(ModelLoading(model="acme/coder", progress=0.5))
        await bench.app.front_end.show(end)
        await bench.until(lambda: "loading acme/coder" not in bench.screen_text())
        assert "ready" in bench.status_text()


async def test_another_model_leaves_a_line_and_the_same_one_loaded_again_none() -> None:
    async with running_app() as bench:
        await bench.app.front_end.show(SELECTED)
        told = "· qwen/qwen3-8b on lmstudio answers from now on, window 16,384 tokens"
        await bench.until(lambda: told in bench.screen_text())
        await bench.app.front_end.show(SELECTED)
        await bench.app.front_end.show(replace(SELECTED, window_tokens=None))
        await bench.until(lambda: "on lmstudio answers from now on\n" in f"{bench.screen_text()}\n")
        assert bench.screen_text().count("answers from now on") == 2


async def test_downloads_have_a_line_each_until_they_end() -> None:
    other = replace(DOWNLOAD, model="acme/other", downloaded_bytes=2_400_000_000)
    async with running_app() as bench:
        await bench.app.front_end.show(DOWNLOAD)
        await bench.app.front_end.show(other)
        await bench.until(lambda: "acme/other  ━━━━━━━━────────" in bench.screen_text())
        assert "1.2 of 4.8 GB (25%), 48 MB/s, 1:15 left" in bench.screen_text()
        await bench.app.front_end.show(replace(DOWNLOAD, state="completed"))
        await bench.app.front_end.show(replace(other, state="failed"))
        await bench.until(lambda: not bench.app.downloads_view.display)
        assert "↓" not in bench.screen_text()


async def test_the_prompt_can_be_used_while_a_download_runs() -> None:
    async with running_app() as bench:
        await bench.app.front_end.show(DOWNLOAD)
        await bench.send("Hello.")
        await bench.until(lambda: bench.session.sent == ["Hello."])
        await bench.until(lambda: "↓ qwen/qwen3-8b" in bench.screen_text())


@given(
    name=st.text(min_size=1),
    done=st.none() | st.integers(min_value=0, max_value=10**13),
    total=st.none() | st.integers(min_value=0, max_value=10**12),
    width=st.integers(min_value=1, max_value=200),
)
def test_a_line_fits_at_any_width(name: str, done: int | None, total: int | None, width: int) -> None:
    event = replace(DOWNLOAD, model=name, downloaded_bytes=done, total_bytes=total)
    assert download_line(event, width).cell_length <= width
