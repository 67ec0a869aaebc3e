"""The template and the documentation say what the schema says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.configuration import configuration_from
from vtcode.config.keys import ANY_NAME, dotted, flatten, known_keys, toml_text
from vtcode.config.original_keys import USE_INSTEAD
from vtcode.config.reference import key_table, with_key_table
from vtcode.config.schema import Settings
from vtcode.config.template import template
from vtcode.permissions import POLICY_NAMES, TOOL_NAMES
from vtcode.tools import BUILTIN_TOOLS

ROOT = Path(__file__).parents[2]


def _uncommented() -> str:
    """The template with every key switched on."""
    return re.sub(r"^# (\[|\w+ = )", r"\1", template(), flags=re.MULTILINE)


def test_the_template_and_the_example_in_the_sources_are_one_text() -> None:
    assert (ROOT / "vtcode.toml.example").read_text(encoding="utf-8") == template()


def test_the_template_changes_nothing(tmp_path: Path) -> None:
    configuration = configuration_from(tmp_path, workspace=template())

    assert configuration.settings == Settings()
    assert configuration.warnings == ()


def test_the_template_has_every_key_with_its_default(tmp_path: Path) -> None:
    table = dict(flatten(tomllib.loads(_uncommented())))
    configuration_from(tmp_path, workspace=_uncommented(), trusted=True)

    for key in known_keys():
        if key.path[0] in ("providers", "models"):
            assert any((path[0], path[-1]) == (key.path[0], key.path[-1]) for path in table)
        elif key.path == ("tools", "policies", ANY_NAME):
            continue
        else:
            written = table[key.path]
            assert key.default is None or toml_text(written) == toml_text(key.default)


def test_the_template_has_every_tools_built_in_policy() -> None:
    policies = tomllib.loads(_uncommented())["tools"]["policies"]
    tools = Settings().tools

    assert policies == {tool: tools.standing(tool, default_chosen=False)[0] for tool in policies}
    assert set(policies) == set(POLICY_NAMES)


def test_the_tools_that_have_a_policy_are_those_there_are() -> None:
    assert tuple(tool.name for tool in BUILTIN_TOOLS) == TOOL_NAMES


def test_the_documentation_has_the_schemas_table() -> None:
    document = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert with_key_table(document) == document, "run python -m vtcode.config.reference docs/configuration.md"
    for (section, key), instead in USE_INSTEAD.items():
        assert (
            f"`{section}.{key}` is\n`{instead}`" in document
            or f"`{section}.{key}` is `{instead}`" in document
        )


def test_every_key_has_a_meaning() -> None:
    rows = key_table().splitlines()[2:]

    assert len(rows) == len(list(known_keys()))
    for row, key in zip(rows, known_keys(), strict=True):
        shown = ".".join(part if part == ANY_NAME else dotted((part,)) for part in key.path)
        assert row.startswith(f"| `{shown}` | ")
        assert re.search(r"\| [^|]{3,}\.? \|$", row)


def test_a_document_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        with_key_table("# Configuration\n")
