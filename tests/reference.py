"""Write docs/keys.md and docs/commands.md: `python -m tests.reference`."""

from __future__ import annotations

from tests.support.reference_pages import pages


def main() -> None:
    """Write both pages."""
    for file, text in pages().items():
        file.write_text(text, encoding="utf-8")
        print(file.name)


if __name__ == "__main__":
    main()
