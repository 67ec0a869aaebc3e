from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vtcode.agent.instructions import fitted_instructions
from vtcode.messages import InstructionFile
from vtcode.providers.estimates import most_tokens


def project(path: str, text: str) -> InstructionFile:
    return InstructionFile(path=path, text=text, is_users=False)


def test_files_stand_in_their_order_with_where_they_are_from() -> None:
    users = InstructionFile(path="/home/you/AGENTS.md", text="Be terse.", is_users=True)
    fitted = fitted_instructions([users, project("AGENTS.md", "Use tabs.")], 8_192)
    assert fitted.text == (
        "\nThe user wants (/home/you/AGENTS.md):\nBe terse.\n\nThe project wants (AGENTS.md):\nUse tabs.\n"
    )
    assert fitted.files == ("/home/you/AGENTS.md", "AGENTS.md")
    assert not fitted.is_cut


def test_a_long_file_is_cut_and_says_so_and_a_short_one_stays_whole() -> None:
    files = [project("AGENTS.md", "long " * 2_000), project("src/AGENTS.md", "short")]
    fitted = fitted_instructions(files, 8_192)
    assert "[cut: the rest does not fit]" in fitted.text
    assert fitted.text.endswith("The project wants (src/AGENTS.md):\nshort\n")
    assert fitted.files[0].endswith("of 10,000 characters)")
    assert fitted.files[1] == "src/AGENTS.md"
    assert fitted.is_cut


def test_a_larger_window_takes_more() -> None:
    file = [project("AGENTS.md", "word " * 2_000)]
    assert fitted_instructions(file, 4_096).is_cut
    assert not fitted_instructions(file, 65_536).is_cut


def test_without_files_there_is_nothing() -> None:
    assert fitted_instructions([], 4_096).text == ""


@given(
    st.lists(st.text(min_size=1, max_size=5_000), min_size=1, max_size=4),
    st.integers(min_value=4_096, max_value=200_000),
)
def test_all_files_together_take_a_tenth_of_the_window_at_most(texts: list[str], window_tokens: int) -> None:
    files = [project(f"{n}/AGENTS.md", text) for n, text in enumerate(texts)]
    assert most_tokens(fitted_instructions(files, window_tokens).text) <= window_tokens / 10


def test_a_script_with_more_tokens_for_each_character_gets_fewer_characters() -> None:
    english, chinese = (
        fitted_instructions([project("AGENTS.md", letter * 9_000)], 4_096) for letter in ("e", "文")
    )
    assert 1_000 < len(english.text) < 1_366
    assert 100 < len(chinese.text) < 410


def test_where_nobody_tells_the_window_a_common_one_is_assumed() -> None:
    files = [project("AGENTS.md", "word " * 2_000)]
    assert fitted_instructions(files, None) == fitted_instructions(files, 8_192)
