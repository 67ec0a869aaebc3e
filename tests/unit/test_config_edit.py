"""One value written in place: every other byte of the file stays."""

from __future__ import annotations

import hashlib
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import tomli_w
from hypothesis import example, given
from hypothesis import strategies as st

from vtcode.config.edit import Edit, append_to_list, remove_from_list, set_value
from vtcode.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_POLICY = ("tools", "policies", "run_pty_cmd")


@pytest.mark.parametrize(
    ("key", "value", "before", "after"),
    [
        pytest.param(
            ("agent", "default_model"),
            "new",
            '# top\n[agent] # a\nprovider = "x"\ndefault_model = "old"   # mine\n# end\n',
            '# top\n[agent] # a\nprovider = "x"\ndefault_model = "new"   # mine\n# end\n',
            id="a value keeps its comment",
        ),
        pytest.param(
            _POLICY,
            "allow",
            '[tools.policies]\n  read_file = "allow" # r\n\n# next\n[commands]\n',
            '[tools.policies]\n  read_file = "allow" # r\n  run_pty_cmd = "allow"\n\n# next\n[commands]\n',
            id="a new key stands after the last one, before comments",
        ),
        pytest.param(
            _POLICY,
            "allow",
            '[tools.policies]\n# read_file = "allow"\n\n[ui]\n',
            '[tools.policies]\nrun_pty_cmd = "allow"\n# read_file = "allow"\n\n[ui]\n',
            id="a new key in an empty table",
        ),
        pytest.param(
            _POLICY,
            "allow",
            '[tools]\ndefault_policy = "prompt"\n',
            '[tools]\ndefault_policy = "prompt"\n\n[tools.policies]\nrun_pty_cmd = "allow"\n',
            id="a new table",
        ),
        pytest.param(_POLICY, "allow", "", '[tools.policies]\nrun_pty_cmd = "allow"\n', id="an empty file"),
        pytest.param(
            _POLICY,
            "allow",
            "[tools]\npolicies = { read_file = 'allow' } # inline\n",
            "[tools]\npolicies = { read_file = 'allow', run_pty_cmd = \"allow\" } # inline\n",
            id="an inline table",
        ),
        pytest.param(
            _POLICY,
            "allow",
            "tools = { policies = { run_pty_cmd = 'deny' } } # x\n",
            'tools = { policies = { run_pty_cmd = "allow" } } # x\n',
            id="an inline table in another",
        ),
        pytest.param(
            _POLICY,
            "allow",
            '[tools]\npolicies.read_file = "allow"\nmax_tool_loops = 3\n',
            '[tools]\npolicies.read_file = "allow"\npolicies.run_pty_cmd = "allow"\nmax_tool_loops = 3\n',
            id="dotted keys",
        ),
        pytest.param(
            _POLICY,
            "allow",
            "tools = {}\n",
            'tools = { policies.run_pty_cmd = "allow" }\n',
            id="an empty inline table",
        ),
        pytest.param(
            ("ui", "theme"),
            "x",
            "[ui]\r\n# c\r\ntheme = ''\r\n[pty]\r\n",
            '[ui]\r\n# c\r\ntheme = "x"\r\n[pty]\r\n',
            id="CRLF, a value",
        ),
        pytest.param(
            ("ui", "theme"),
            "x",
            "[ui]\r\n[pty]\r\n",
            '[ui]\r\ntheme = "x"\r\n[pty]\r\n',
            id="CRLF, a new key",
        ),
        pytest.param(
            ("ui", "theme"), "x", "[pty]\r\n[ui]", '[pty]\r\n[ui]\r\ntheme = "x"', id="CRLF, no final newline"
        ),
        pytest.param(
            ("ui", "theme"), "x", "[ui]\ntheme = ''", '[ui]\ntheme = "x"', id="a value, no final newline"
        ),
        pytest.param(
            ("ui", "theme"),
            "x",
            "[pty]\n# c",
            '[pty]\n# c\n\n[ui]\ntheme = "x"',
            id="a table, no final newline",
        ),
        pytest.param(
            ("ui", "theme"),
            "x",
            "\ufeff[ui]\ntheme = ''\n",
            '\ufeff[ui]\ntheme = "x"\n',
            id="a byte order mark",
        ),
        pytest.param(
            ("commands", "allow_list"),
            ["ls", "make", "git status"],
            '[commands]\nallow_list = [\n  "ls",   # list\n  "make", # build\n]\n',
            '[commands]\nallow_list = [\n  "ls",   # list\n  "make", # build\n  "git status",\n]\n',
            id="a list that grows keeps its layout",
        ),
        pytest.param(
            ("commands", "allow_list"),
            ["x"],
            "[commands]\r\nallow_list = [\r\n]\r\n",
            '[commands]\r\nallow_list = [\r\n    "x"\r\n]\r\n',
            id="an empty list over two lines",
        ),
        pytest.param(
            ("ui", "theme"),
            "x",
            '[[mcp.providers]]\nname = "a"\n[ui]\ntheme = "y"\n[[mcp.providers]]\nname = "b"\n',
            '[[mcp.providers]]\nname = "a"\n[ui]\ntheme = "x"\n[[mcp.providers]]\nname = "b"\n',
            id="beside arrays of tables",
        ),
        pytest.param(
            ("ui", "theme"),
            'a"\\\n\x1b\u202e',
            "[ui]\n",
            '[ui]\ntheme = "a\\"\\\\\\n\\u001b\\u202e"\n',
            id="a text that needs escapes",
        ),
        pytest.param(
            ("providers", "my server", "base_url"),
            "http://x",
            "",
            '[providers."my server"]\nbase_url = "http://x"\n',
            id="a name that needs quotes",
        ),
        pytest.param(("x",), 1, "# c\n[ui]\n", "x = 1\n# c\n[ui]\n", id="a key outside any table"),
    ],
)
def test_only_the_value_changes(
    tmp_path: Path, key: tuple[str, ...], value: Any, before: str, after: str
) -> None:
    file = tmp_path / "vtcode.toml"
    file.write_bytes(before.encode())

    edit = set_value(file, key, value)

    assert file.read_bytes() == after.encode()
    assert edit == Edit(before=_digest(before), after=_digest(after))


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        pytest.param(("tools", "policies"), "allow", "[tools.policies]\n", id="a table in its place"),
        pytest.param(("agent", "provider", "x"), 1, '[agent]\nprovider = "y"\n', id="a value on the way"),
        pytest.param(("mcp", "name"), "x", '[[mcp]]\nname = "y"\n', id="an array of tables"),
        pytest.param(
            ("commands", "allow_list"),
            [],
            '[commands]\nallow_list = [\n  "ls", # mine\n]\n',
            id="a lost comment",
        ),
        pytest.param(("ui", "theme"), "x", "[ui\n", id="broken TOML"),
    ],
)
def test_what_cannot_be_done_safely_is_refused(
    tmp_path: Path, key: tuple[str, ...], value: Any, text: str
) -> None:
    file = tmp_path / "vtcode.toml"
    file.write_text(text)

    with pytest.raises(ConfigError) as raised:
        set_value(file, key, value)

    assert raised.value.message.startswith(str(file))
    assert file.read_text() == text


def test_a_missing_file_is_created_with_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "config" / "vtcode.toml"

    edit = set_value(file, ("ui", "theme"), "x")

    assert tomllib.loads(file.read_text()) == {"ui": {"theme": "x"}}
    assert edit == Edit(before=None, after=_digest(file.read_text()))


def test_a_value_that_is_there_already_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "vtcode.toml"
    file.write_text('[ui]\ntheme = "x"\n')
    before = file.stat()

    set_value(file, ("ui", "theme"), "x")

    assert file.stat().st_ino == before.st_ino
    assert file.stat().st_mtime_ns == before.st_mtime_ns


def test_the_mode_stays_and_a_link_still_leads_to_the_file(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text("[ui]\n")
    target.chmod(0o640)
    link = tmp_path / "vtcode.toml"
    link.symlink_to(target)

    set_value(link, ("ui", "theme"), "x")

    assert link.is_symlink()
    assert target.read_text() == '[ui]\ntheme = "x"\n'
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dotfiles.toml", "vtcode.toml"]


def test_the_edit_tells_the_digest_that_trust_is_bound_to(tmp_path: Path) -> None:
    file = tmp_path / "vtcode.toml"
    file.write_text("[ui]\n")

    edit = set_value(file, ("ui", "theme"), "x")

    assert edit == Edit(before=_digest("[ui]\n"), after=_digest(file.read_text()))


_LIST = ("commands", "allow_glob")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '[commands]\nallow_glob = [\n  "a", # mine\n]\n',
            '[commands]\nallow_glob = [\n  "a", # mine\n  "new",\n]\n',
            id="after what is there",
        ),
        pytest.param(
            "\ufeff[ui]\r\n",
            '\ufeff[ui]\r\n\r\n[commands]\r\nallow_glob = ["new"]\r\n',
            id="a list that was not there",
        ),
        pytest.param(
            '[commands]\nallow_glob = ["new", "b"]\n',
            '[commands]\nallow_glob = ["new", "b"]\n',
            id="what is in it already",
        ),
    ],
)
def test_a_text_is_added_to_a_list_once(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "vtcode.toml"
    file.write_bytes(before.encode())

    edit = append_to_list(file, _LIST, "new")

    assert file.read_bytes().decode() == after
    assert edit == Edit(before=_digest(before), after=_digest(after))


def test_a_list_is_begun_in_a_file_that_was_not_there(tmp_path: Path) -> None:
    edit = append_to_list(tmp_path / "vtcode.toml", _LIST, "new")

    assert (tmp_path / "vtcode.toml").read_text() == '[commands]\nallow_glob = ["new"]\n'
    assert edit.before is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[commands\n", ":1: not valid TOML"),
        ('[commands]\nallow_glob = "a"\n', "commands.allow_glob: is not a list of texts"),
        ("[commands]\nallow_glob = [1]\n", "commands.allow_glob: is not a list of texts"),
        ("commands = 3\n", "commands.allow_glob: can't be set"),
        ("[commands.allow_glob]\n", "commands.allow_glob: is not a list of texts"),
    ],
)
def test_a_list_that_can_not_be_added_to_is_told_and_the_file_stays(
    tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "vtcode.toml"
    file.write_text(content)

    with pytest.raises(ConfigError) as raised:
        append_to_list(file, _LIST, "new")

    assert raised.value.message.startswith(str(file))
    assert told in raised.value.message
    assert file.read_text() == content


_NAMES = st.sampled_from(["agent", "tools", "policies", "a b", "x"]) | st.text(min_size=1, max_size=3)
_SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.datetimes()
)
_TABLES = st.recursive(
    st.dictionaries(_NAMES, _SCALARS | st.lists(_SCALARS, max_size=3), max_size=4),
    lambda inner: st.dictionaries(
        _NAMES, _SCALARS | inner | st.lists(inner, min_size=1, max_size=2), max_size=4
    ),
    max_leaves=6,
)
_VALUES = (
    st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.lists(st.text(max_size=4), max_size=3)
)


@given(
    table=_TABLES,
    key=st.lists(_NAMES, min_size=1, max_size=3).map(tuple),
    value=_VALUES,
    newline=st.sampled_from(["\n", "\r\n"]),
    final_newline=st.booleans(),
)
@example(table={"x": [{"x": 1}]}, key=("x", "x"), value=1, newline="\n", final_newline=True)
def test_any_file_keeps_every_line_and_gains_the_value(
    tmp_path_factory: pytest.TempPathFactory,
    table: dict[str, Any],
    key: tuple[str, ...],
    value: Any,
    newline: str,
    final_newline: bool,
) -> None:
    text = _commented(table)
    content = (text if final_newline else text.rstrip("\n")).replace("\n", newline)
    file = tmp_path_factory.mktemp("edit") / "vtcode.toml"
    file.write_bytes(content.encode())
    old = tomllib.loads(content.replace("\r\n", "\n"))

    try:
        set_value(file, key, value)
    except ConfigError:
        assert file.read_bytes() == content.encode()
        return

    after = file.read_bytes().decode()
    lines = after.split(newline)
    assert tomllib.loads(after.replace("\r\n", "\n")) == _with(old, key, value)
    assert [line for line in lines if line.startswith("# ")] == [
        line for line in content.split(newline) if line.startswith("# ")
    ]
    if content:
        assert after.count("\n") == after.count(newline)
    if content.strip():
        assert after.endswith(newline) == content.endswith(newline)


def _commented(table: dict[str, Any]) -> str:
    """Return the table as TOML with a comment after every line; strings stay on one line."""
    lines = tomli_w.dumps(table).rstrip("\n").split("\n") if table else []
    return "".join(f"{line}\n# {number}\n" for number, line in enumerate(lines))


def _with(table: dict[str, Any], key: tuple[str, ...], value: Any) -> dict[str, Any]:
    if len(key) == 1:
        return {**table, key[0]: value}
    return {**table, key[0]: _with(table.get(key[0], {}), key[1:], value)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_text_is_taken_out_of_a_list_and_nothing_else_changes(tmp_path: Path) -> None:
    file = tmp_path / "vtcode.toml"
    file.write_text('# mine\n[commands]\ndeny_list = ["a", "b"]  # why\nask_list = ["a"]\n')
    assert remove_from_list(file, ("commands", "deny_list"), "a")
    assert file.read_text() == '# mine\n[commands]\ndeny_list = ["b"]  # why\nask_list = ["a"]\n'


def test_what_is_not_in_a_list_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "vtcode.toml"
    assert not remove_from_list(file, ("commands", "deny_list"), "a")
    assert not file.exists()
    file.write_text('[commands]\ndeny_list = ["b"]\n')
    assert not remove_from_list(file, ("commands", "deny_list"), "a")
    assert file.read_text() == '[commands]\ndeny_list = ["b"]\n'
