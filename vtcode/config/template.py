"""The commented vtcode.toml that `vtcode init` writes; vtcode.toml.example in the sources is the same."""

from __future__ import annotations


def template() -> str:
    """Return the text: every key with its default, commented out."""
    from importlib.resources import files

    return files("vtcode.config").joinpath("vtcode.toml.example").read_text(encoding="utf-8")
