"""What the program itself writes into a vtcode.toml, because the user picked that.

Every comment, key and newline of the file is kept, and the program's own write renews trust in the file: the
user decided about that content a moment ago.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.config.load import FILE_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.config.edit import Edit, Value
    from vtcode.config.keys import KeyPath
    from vtcode.config.load import Configuration
    from vtcode.policy.trust import TrustStore

Place: TypeAlias = Literal["user", "workspace"]


class SavedSettings:
    """Edits of the workspace's vtcode.toml, or of the user's where that is the place."""

    def __init__(self, configuration: Configuration, trust: TrustStore) -> None:
        self._workspace = configuration.workspace
        self._file = configuration.workspace / FILE_NAME
        self._user_file = configuration.locations.user_file
        self._provider = configuration.settings.agent.provider
        self._trust = trust
        self._accepted: set[str | None] = set()
        """Digests of the content that is in force as a whole: a write of our own extends that, no other."""
        if not configuration.widening:
            self._accepted.add(configuration.workspace_digest)

    def save_default_model(self, provider: str, model: str) -> Path:
        """Make this the default; in the workspace's file where there is one, else in the user's.

        Raises:
            ConfigError: The file can't be edited safely.
        """
        file = self._file if self._file.is_file() else self._user_file
        if provider != self._provider:
            self._write(file, ("agent", "provider"), provider)
        self._write(file, ("agent", "default_model"), model)
        return file

    def save_base_url(self, provider: str, url: str) -> Path:
        """Make this a server's address, in the user's file: it is about the machine, not about the project.

        Raises:
            ConfigError: The file can't be edited safely.
        """
        self._write(self._user_file, ("providers", provider, "base_url"), url)
        return self._user_file

    def save_theme(self, theme: str) -> Path:
        """Make this the app's theme, in the user's file.

        Raises:
            ConfigError: The file can't be edited safely.
        """
        self._write(self._user_file, ("ui", "theme"), theme)
        return self._user_file

    def save_value(self, place: Place, key: KeyPath, value: Value) -> Path:
        """Set any key, in the user's file or the workspace's; the value is one that the schema takes.

        Raises:
            ConfigError: The file can't be edited safely.
        """
        file = self.file_of(place)
        self._write(file, key, value)
        return file

    def file_of(self, place: Place) -> Path:
        """Return the file of this place, which need not be there."""
        return self._user_file if place == "user" else self._file

    def allow_tool(self, tool: str) -> None:
        """Allow a tool for everybody who uses the workspace's file and trusts it."""
        self._write(self._file, ("tools", "policies", tool), "allow")

    def allow_command(self, pattern: str) -> None:
        """Allow the command lines that match a shell pattern, likewise."""
        from vtcode.config.edit import append_to_list

        self._follow(self._file, append_to_list(self._file, ("commands", "allow_glob"), pattern))

    def add_command_rule(self, decision: Literal["ask", "deny"], words: str) -> Path:
        """Have commands that begin with these words asked about or refused: in the user's file, everywhere.

        Raises:
            ConfigError: The file can't be edited safely.
        """
        from vtcode.config.edit import append_to_list

        append_to_list(self._user_file, ("commands", f"{decision}_list"), words)
        return self._user_file

    def remove_command_rule(self, decision: Literal["ask", "deny"], words: str) -> Path | None:
        """Take a rule back that `add_command_rule` saved; None: there is none in the user's file.

        Raises:
            ConfigError: The file can't be edited safely.
        """
        from vtcode.config.edit import remove_from_list

        removed = remove_from_list(self._user_file, ("commands", f"{decision}_list"), words)
        return self._user_file if removed else None

    def _write(self, file: Path, key: KeyPath, value: Value) -> None:
        from vtcode.config.edit import set_value

        self._follow(file, set_value(file, key, value))

    def _follow(self, file: Path, edit: Edit) -> None:
        """Have trust follow the content of the workspace's file."""
        if file == self._file and edit.before in self._accepted:
            self._accepted.add(edit.after)
            self._trust.trust(self._workspace, edit.after)
