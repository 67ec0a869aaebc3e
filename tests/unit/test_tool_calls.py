from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.errors import BadReply
from vtcode.providers.base import CallPart
from vtcode.providers.tool_calls import CallAssembler

if TYPE_CHECKING:
    from vtcode.messages import ToolCall


def piece(
    arguments: object = None, *, index: object = 0, call_id: object = None, name: object = None
) -> dict[str, Any]:
    return {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}


def calls_of(*fragments: dict[str, Any]) -> tuple[ToolCall, ...]:
    assembler = CallAssembler(tool_names=["read_file", "run_pty_cmd"])
    for fragment in fragments:
        assembler.feed(fragment)
    return assembler.calls()


def written(calls: tuple[ToolCall, ...]) -> list[tuple[str, str, str]]:
    return [(call.id, call.name, call.arguments) for call in calls]


def test_fragments_become_one_call() -> None:
    calls = calls_of(piece("", call_id="7", name="read_file"), piece('{"path"'), piece(': "a"}'))
    assert written(calls) == [("7", "read_file", '{"path": "a"}')]


@pytest.mark.parametrize("name", ["", None, "read_file"], ids=["blank", "null", "repeated"])
def test_names_on_later_fragments_change_nothing(name: str | None) -> None:
    calls = calls_of(
        piece("", call_id="7", name="read_file"),
        piece('{"path": "a"', call_id=name and "7", name=name),
        piece("}", name=name),
        piece("", name=name),
    )
    assert written(calls) == [("7", "read_file", '{"path": "a"}')]


def test_interleaved_indexes_stay_apart() -> None:
    calls = calls_of(
        piece("", index=0, call_id="a", name="read_file"),
        piece("", index=1, call_id="b", name="run_pty_cmd"),
        piece('{"x"', index=0),
        piece('{"y"', index=1),
        piece(": 1}", index=0),
        piece(": 2}", index=1),
    )
    assert written(calls) == [("a", "read_file", '{"x": 1}'), ("b", "run_pty_cmd", '{"y": 2}')]


@pytest.mark.parametrize("index", [0, None], ids=["all zero", "none"])
@pytest.mark.parametrize("ids", [("a", "b"), ("", "")], ids=["ids", "no ids"])
def test_whole_calls_without_a_telling_index_are_several(index: int | None, ids: tuple[str, str]) -> None:
    calls = calls_of(
        piece('{"x": 1}', index=index, call_id=ids[0], name="read_file"),
        piece('{"x": 2}', index=index, call_id=ids[1], name="read_file"),
    )
    assert [call.arguments for call in calls] == ['{"x": 1}', '{"x": 2}']
    assert len({call.id for call in calls}) == 2


def test_fragments_without_an_index_continue_the_last_call() -> None:
    calls = calls_of(
        piece("", index=None, call_id="a", name="read_file"),
        piece('{"x": ', index=None),
        piece("1}", index=None, call_id="a"),
    )
    assert written(calls) == [("a", "read_file", '{"x": 1}')]


def test_calls_without_a_name_are_dropped() -> None:
    assert calls_of(piece('{"x": 1}', call_id="a"), piece("{}", index=1, name=" ")) == ()


def test_arguments_that_come_before_the_name_are_told_with_it() -> None:
    assembler = CallAssembler()
    assert assembler.feed(piece('{"x"')) is None
    assert assembler.feed(piece(": 1}", name="f")) == CallPart(index=0, name="f", text='{"x": 1}')


def test_the_same_call_nine_times_is_one() -> None:
    calls = calls_of(*(piece("{}", index=n, call_id=str(n), name="read_file") for n in range(9)))
    assert written(calls) == [("0", "read_file", "{}")]


@pytest.mark.parametrize(
    "name",
    [
        "read_file",
        "Read_File",
        "read-file",
        "read_file<|channel|>commentary",
        "functions.read_file",
        " read file ",
    ],
)
def test_a_name_is_read_as_the_tool_that_it_means(name: str) -> None:
    assert calls_of(piece("{}", name=name))[0].name == "read_file"


def test_an_unknown_name_stays_as_it_is() -> None:
    assert calls_of(piece("{}", name="Delete-Everything"))[0].name == "Delete-Everything"


@pytest.mark.parametrize("call_id", ["", None, 7, "used", "with blank", "x" * 200, "\x1b[2J"])
def test_ids_that_cannot_be_used_are_replaced(call_id: object) -> None:
    assembler = CallAssembler(used_ids=["used", "000000002"])
    assembler.feed(piece("{}", call_id=call_id, name="f"))
    assert assembler.calls()[0].id == "000000003"


def test_two_calls_with_one_id_get_two() -> None:
    calls = calls_of(
        piece('{"x": 1}', call_id="a", name="read_file"),
        piece('{"x": 2}', index=1, call_id="a", name="read_file"),
    )
    assert [call.id for call in calls] == ["a", "000000002"]


def test_arguments_as_an_object_become_text() -> None:
    assert calls_of(piece({"path": "é"}, name="read_file"))[0].arguments == '{"path": "é"}'


@pytest.mark.parametrize("fragment", [None, "x", [1], {"function": "x"}, {"function": [1]}])
def test_a_fragment_without_shape_is_refused(fragment: object) -> None:
    with pytest.raises(BadReply):
        CallAssembler().feed(fragment)


@given(st.text(), st.lists(st.integers(min_value=1, max_value=9), min_size=1))
def test_any_split_of_the_arguments_gives_them_whole(arguments: str, sizes: list[int]) -> None:
    assembler = CallAssembler()
    told = [assembler.feed(piece("", name="f"))]
    start = turn = 0
    while start < len(arguments):
        size = sizes[turn % len(sizes)]
        told.append(assembler.feed(piece(arguments[start : start + size])))
        start, turn = start + size, turn + 1
    assert assembler.calls()[0].arguments == arguments
    assert "".join(part.text for part in told if part) == arguments
