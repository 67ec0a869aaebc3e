"""No module imports itself by way of others: neither as it is loaded, nor in a function, nor for types."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "vtcode"

Graph = Mapping[str, Set[str]]


def _module_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.AST, modules: Set[str]) -> Iterator[str]:
    """Yield the modules that a file imports anywhere in it; the project writes every import whole."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in modules)
            case ast.ImportFrom(module=str(package), names=names, level=0):
                for alias in names:
                    inner = f"{package}.{alias.name}"
                    yield inner if inner in modules else package
            case _:
                pass


def imports_below(root: Path) -> Graph:
    """Return what each module of the package in `root` imports of the others."""
    paths = {_module_of(path, root): path for path in (root / PACKAGE).rglob("*.py")}
    return {
        module: paths.keys() & set(_imported(ast.parse(path.read_text()), paths.keys()))
        for module, path in paths.items()
    }


def circle_in(imports: Graph) -> list[str]:
    """Return modules each of which is imported by the next, the first again at the end; empty: no circle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as found:
        circle: list[str] = found.args[1]
        return circle
    return []


def test_no_import_leads_back_to_where_it_began() -> None:
    imports = imports_below(ROOT)
    assert len(imports) > 400
    assert not (circle := circle_in(imports)), " <- ".join(circle)


@pytest.mark.parametrize(
    "back",
    [
        "import vtcode.one",
        "from vtcode.one import Word",
        "from vtcode import one",
        "if TYPE_CHECKING:\n    from vtcode.one import Word",
        "def say():\n    from vtcode.one import Word",
    ],
    ids=["module", "name", "from the package", "for types", "in a function"],
)
def test_a_circle_is_found_however_it_is_closed(back: str, tmp_path: Path) -> None:
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text("from vtcode.two import Other\n")
    (folder / "two.py").write_text(f"{back}\n")
    assert set(circle_in(imports_below(tmp_path))) == {"vtcode.one", "vtcode.two"}
    (folder / "two.py").write_text("import os\n")
    assert circle_in(imports_below(tmp_path)) == []
