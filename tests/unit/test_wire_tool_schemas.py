"""Schemas of tools, in the form that every server takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.messages import ToolDefinition
from vtcode.providers.tool_schemas import portable_parameters


def portable(schema: dict[str, Any]) -> dict[str, Any]:
    return portable_parameters(ToolDefinition(name="f", description="", parameters=schema))


def portable_property(schema: dict[str, Any]) -> Any:
    return portable({"type": "object", "properties": {"p": schema}})["properties"]["p"]


@pytest.mark.parametrize(
    "schema",
    [{}, {"type": "object"}, {"properties": {}}, {"$schema": "x"}, {"type": "string"}, {"properties": None}],
    ids=str,
)
def test_arguments_are_always_an_object_with_properties(schema: dict[str, Any]) -> None:
    assert portable(schema) == {"type": "object", "properties": {}}


def test_what_every_server_takes_is_left_as_it_is() -> None:
    schema = {
        "type": "object",
        "properties": {"path": {"type": "string", "maxLength": 200, "enum": ["a", "b"]}},
        "required": ["path"],
        "additionalProperties": False,
        "$defs": {"x": {"type": "integer"}},
    }
    assert portable(schema) == schema


def test_alternatives_at_the_top_become_the_properties_of_all_of_them() -> None:
    branches = [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "integer"}}}]
    assert portable({"oneOf": branches}) == {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
    }


def test_a_pattern_is_left_out_and_a_property_of_that_name_is_not() -> None:
    assert portable_property({"type": "string", "pattern": "^a+$"}) == {"type": "string"}
    named = {"type": "object", "properties": {"pattern": {"type": "string"}}}
    assert portable(named) == named


@pytest.mark.parametrize(("limit", "kept"), [(1_000, True), (1_001, False)])
def test_a_huge_limit_is_left_out(limit: int, kept: bool) -> None:
    assert ("maxLength" in portable_property({"type": "string", "maxLength": limit})) is kept


def test_a_list_of_types_becomes_alternatives() -> None:
    schema = {"type": ["array", "null"], "items": {"type": ["string"]}, "description": "d"}
    assert portable_property(schema) == {
        "description": "d",
        "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}],
    }


def test_values_that_look_like_schemas_are_data() -> None:
    schema = {"enum": [{"pattern": "x", "type": ["a", "b"]}], "default": {"maxLength": 9_999}}
    assert portable_property(schema) == schema


WORDS = ["type", "properties", "items", "anyOf", "pattern", "maxLength", "enum", "$schema", "required"]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["string", "object", "null"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(WORDS), JSON, max_size=5))
def test_no_schema_is_too_odd_to_be_made_portable(schema: dict[str, Any]) -> None:
    made = portable(schema)
    assert made["type"] == "object"
    assert isinstance(made["properties"], dict)
    assert portable(made) == made
