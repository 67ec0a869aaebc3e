"""The app looks in its states as it did, word for word and color for color; so do the documents' pictures.

Where that is meant to change: `python -m tests.snapshots`, then look at the difference.
"""

from __future__ import annotations

import re
from difflib import unified_diff

import pytest

from tests.support.snapshots import AT_EVERY_SIZE, ROOT, SCREENSHOTS, SNAPSHOTS, expected_files, taken
from tests.support.states import ALL

COMMAND = "python -m tests.snapshots"


@pytest.mark.parametrize("name", ALL)
async def test_a_state_looks_as_it_did(name: str) -> None:
    for file, content in (await taken(ALL[name])).items():
        kept = file.read_text(encoding="utf-8").splitlines()
        difference = unified_diff(kept, content.splitlines(), f"kept {file.name}", "now", lineterm="", n=1)
        told = "\n".join(difference)
        assert not told, f"{told}\n\nIf that is meant: {COMMAND} {name}"


def test_there_is_a_file_for_each_form_of_each_state_and_no_other() -> None:
    assert {*SNAPSHOTS.iterdir(), *SCREENSHOTS.iterdir()} == expected_files()
    assert len(ALL) >= 20
    assert len(AT_EVERY_SIZE) == 6


@pytest.mark.parametrize("file", sorted(SCREENSHOTS.glob("*.svg")), ids=lambda file: file.stem)
def test_a_picture_asks_nobody_for_anything(file: object) -> None:
    text = (SCREENSHOTS / str(file)).read_text(encoding="utf-8")
    assert set(re.findall(r"\w+://[^\s\"]+", text.partition("<title>")[0])) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"href|url\(|@import|<script|<style|<image", text)


def test_every_picture_is_in_a_document_with_words_for_who_does_not_see_it() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = "\n".join(document.read_text(encoding="utf-8") for document in documents)
    embedded = set(re.findall(r"!\[[^\]]{20,}\]\((?:docs/)?screenshots/([\w-]+\.svg)\)", shown))
    assert embedded == {file.name for file in SCREENSHOTS.glob("*.svg")}
