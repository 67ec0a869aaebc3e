"""What every request begins with: which size a window gets, and that the bytes never change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from vtcode.agent.prompt import prefix_for, prefix_without_tools
from vtcode.messages import Prefix
from vtcode.tools.registry import definitions

ROOT = Path(__file__).parents[2]
WORKSPACE = Path("/home/you/project")
SHOW_PREFIX = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from vtcode.agent.prompt import prefix_for
print(json.dumps(asdict(prefix_for(Path("/home/you/project"), "auto", int(sys.argv[1])))))
"""


def brief() -> Prefix:
    return prefix_for(WORKSPACE, "minimal", None)


@pytest.mark.parametrize(
    ("mode", "window_tokens", "is_brief"),
    [
        pytest.param("auto", 4_096, True, id="a small window"),
        pytest.param("auto", 8_191, True, id="just under"),
        pytest.param("auto", 8_192, False, id="not under"),
        pytest.param("auto", None, False, id="not known"),
        pytest.param("minimal", 131_072, True, id="asked for"),
        pytest.param("default", 2_048, False, id="asked for the other"),
    ],
)
def test_a_small_window_gets_the_small_prefix(mode: str, window_tokens: int | None, is_brief: bool) -> None:
    prefix = prefix_for(WORKSPACE, mode, window_tokens)  # type: ignore[arg-type]
    assert (prefix == brief()) == is_brief


def test_the_small_prefix_offers_every_tool_by_the_same_name() -> None:
    assert [tool.name for tool in brief().tools] == [tool.name for tool in definitions()]


def test_the_small_prefix_keeps_every_argument_that_a_call_needs() -> None:
    whole = {tool.name: tool.parameters for tool in definitions()}
    for tool in brief().tools:
        assert tool.parameters.get("required") == whole[tool.name].get("required")
        assert tool.parameters["properties"].keys() <= whole[tool.name]["properties"].keys()


def test_without_tools_nothing_is_said_of_a_project() -> None:
    prefix = prefix_without_tools()
    assert prefix.tools == ()
    assert "project" not in prefix.system_prompt


@pytest.mark.parametrize("window_tokens", [4_096, 32_768])
def test_other_processes_days_and_hash_seeds_send_the_same_bytes(window_tokens: int) -> None:
    shown = {
        _shown_by_another_process(window_tokens, seed, zone) for seed, zone in (("1", "UTC"), ("2", "X+9"))
    }
    assert shown == {json.dumps(asdict(prefix_for(WORKSPACE, "auto", window_tokens))) + "\n"}


def _shown_by_another_process(window_tokens: int, seed: str, zone: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SHOW_PREFIX, str(window_tokens)],
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
