"""What is left to say when a defect of ours ends the app."""

from __future__ import annotations

from rich.text import Text


class UnexpectedFailure(Exception):
    """A defect of ours ended the app; rendered in two lines, the traceback is in the log."""

    def __init__(self, error: BaseException, log_file: object) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self._log_file = log_file

    def __rich__(self) -> Text:
        where = f"\nDetails are in {self._log_file}" if self._log_file else ""
        return Text(f"vtcode failed unexpectedly: {self}{where}")
