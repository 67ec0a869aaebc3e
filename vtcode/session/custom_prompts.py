"""Prompts that users keep in files and send as `#name`: their own, and those that come with a project.

A project's prompt is somebody else's text. It is sent only after the user has read all of it and said yes,
once for each content.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vtcode.errors import FileUnusable, ToolFailed, UsageError
from vtcode.events import Notice
from vtcode.questions import Choice, ChoiceQuestion
from vtcode.system.sensitive import is_sensitive
from vtcode.system.text_file import decode
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from vtcode.policy.trust import TrustStore
    from vtcode.questions import Answer, Question
    from vtcode.system.files import Workspace

PROJECT_FOLDER: Final = ".vtcode/prompts"
_MAX_BYTES: Final = 64 * 1024
_MAX_PROMPTS: Final = 200
"""In one folder."""
_NAME: Final = re.compile(r"\w[\w.-]*")
_CALL: Final = re.compile(r"#(\w[\w.-]*)(?:\s+(.*))?", re.DOTALL)
_LOOKS_LIKE_CALL: Final = re.compile(r"#([^\W\d][\w-]*)(?:\s|$)")
"""Not `#123`, which is an issue, nor `# Title`."""
_ALIKE: Final = 0.7
"""By the measure of difflib: `#fixx` and `#fix`, not `#test` and `#tidy`."""
_PLACE: Final = re.compile(r"\$(ARGUMENTS|[1-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomPrompt:
    """A prompt from a file."""

    name: str
    file: Path
    text: str
    is_own: bool
    """It is the user's; else the project's."""
    problem: str = ""
    """Why it can't be used; empty: it can."""

    @property
    def help(self) -> str:
        """Its first line, safe to show."""
        lines = (line.strip("# \t") for line in self.text.splitlines())
        return self.problem or revealed(next((line for line in lines if line), "(empty)"))

    @property
    def takes_arguments(self) -> bool:
        """Whether it has a place for what follows its name."""
        return bool(_PLACE.search(self.text))

    def filled(self, arguments: str) -> str:
        """Return the message: `$ARGUMENTS` is all that follows the name, `$1` to `$9` its words.

        A word that is not there is empty. Where there is no place for arguments, they follow the text.
        """
        if not self.takes_arguments:
            return f"{self.text}\n\n{arguments}".strip()
        words = _words(arguments)

        def argument(place: re.Match[str]) -> str:
            if place[1] == "ARGUMENTS":
                return arguments
            return next(iter(words[int(place[1]) - 1 :]), "")

        return _PLACE.sub(argument, self.text).strip()


class CustomPrompts:
    """The prompts of a user in a workspace; their files are read anew each time."""

    def __init__(self, workspace: Workspace, own_folder: Path, trust: TrustStore) -> None:
        """Take the project, the user's folder, which need not exist, and which prompts are trusted."""
        self.own_folder = own_folder
        self._workspace = workspace
        self._trust = trust

    def listed(self) -> tuple[CustomPrompt, ...]:
        """Return all prompts by name; the user's own hide the project's of the same name."""
        found = {prompt.name: prompt for prompt in (*self._of_project(), *self._own())}
        return tuple(found[name] for name in sorted(found))

    async def message(
        self,
        typed: str,
        ask: Callable[[Question], Awaitable[Answer]],
        tell: Callable[[Notice], Awaitable[None]],
    ) -> str | None:
        """Return what `typed` means as a message: `#name arguments` its prompt, anything else itself.

        A project's prompt is shown whole, and asked about, until the user has agreed to what it says. Where
        no prompt is called so, but one almost, the user is asked which is meant; else `tell` takes a word
        on it.

        Returns:
            None where the user does not agree.

        Raises:
            UsageError: The prompt can't be used.
            UnwritableFolder: The user's answer can't be kept.
        """
        call = _CALL.fullmatch(typed)
        if call is None:
            return typed
        prompts = {prompt.name: prompt for prompt in self.listed()}
        prompt = prompts.get(call[1])
        if prompt is None and _LOOKS_LIKE_CALL.match(typed):
            similar = _similar(call[1], prompts)
            if similar is None:
                await tell(Notice(level="info", text=_sent_as_text(call[1])))
                return typed
            match (await ask(_which(call[1], similar))).choice:
                case "similar":
                    prompt = similar
                case "text":
                    return typed
                case _:
                    return None
        return await self._filled(prompt, (call[2] or "").strip(), ask) if prompt else typed

    async def _filled(
        self, prompt: CustomPrompt, arguments: str, ask: Callable[[Question], Awaitable[Answer]]
    ) -> str | None:
        problem = prompt.problem or ("" if prompt.text.strip() else "it is empty.")
        if problem:
            raise UsageError(f"#{prompt.name} can't be used: {problem}", hint=str(prompt.file))
        if not prompt.is_own and not await self._agreed(prompt, ask):
            return None
        return prompt.filled(arguments)

    async def _agreed(self, prompt: CustomPrompt, ask: Callable[[Question], Awaitable[Answer]]) -> bool:
        digest = hashlib.sha256(prompt.text.encode(errors="surrogatepass")).hexdigest()
        if self._trust.is_trusted(prompt.file, digest):
            return True
        if (await ask(_question(prompt))).choice != "yes":
            return False
        self._trust.trust(prompt.file, digest)
        return True

    def _own(self) -> Iterator[CustomPrompt]:
        for file in _files(self.own_folder):
            text, problem = _read_own(file)
            yield CustomPrompt(name=file.stem, file=file, text=text, is_own=True, problem=problem)

    def _of_project(self) -> Iterator[CustomPrompt]:
        for file in _files(self._workspace.root / PROJECT_FOLDER):
            text, problem = self._read_of_project(file)
            yield CustomPrompt(name=file.stem, file=file, text=text, is_own=False, problem=problem)

    def _read_of_project(self, file: Path) -> tuple[str, str]:
        """Read without following a link out of the project, or to what may hold secrets."""
        try:
            path = self._workspace.resolve(str(file))
            if is_sensitive(str(path), str(self._workspace.root)):
                return "", "it leads to a file that may hold secrets."
            text = self._workspace.read(path).text
        except ToolFailed as error:
            return "", error.message
        return (text, "") if len(text) <= _MAX_BYTES else ("", _too_long())


def _files(folder: Path) -> list[Path]:
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix == ".md")
    except OSError:
        return []
    return [file for file in files if _NAME.fullmatch(file.stem)][:_MAX_PROMPTS]


def _read_own(file: Path) -> tuple[str, str]:
    try:
        with file.open("rb") as opened:
            data = opened.read(_MAX_BYTES + 1)
        return (decode(data).text, "") if len(data) <= _MAX_BYTES else ("", _too_long())
    except OSError as error:
        return "", f"it can't be read ({error.strerror})."
    except FileUnusable as error:
        return "", f"it can't be read as text: {error.message}."


def _too_long() -> str:
    return f"it is longer than {_MAX_BYTES // 1024} KB."


def _words(arguments: str) -> list[str]:
    try:
        return shlex.split(arguments)
    except ValueError:  # a quote without its partner
        return arguments.split()


def _similar(name: str, prompts: Mapping[str, CustomPrompt]) -> CustomPrompt | None:
    """Return the prompt that somebody who typed `name` may have meant."""
    folded = {known.casefold(): prompt for known, prompt in prompts.items()}
    typed = name.casefold()
    begun = [known for known in folded if known.startswith(typed)]
    alike = begun or difflib.get_close_matches(typed, folded, n=1, cutoff=_ALIKE)
    return folded[alike[0]] if alike else None


def _sent_as_text(name: str) -> str:
    return f"There is no prompt #{name}: this is sent as text. /prompts lists those in files."


def _which(name: str, similar: CustomPrompt) -> ChoiceQuestion:
    return ChoiceQuestion(
        kind="prompt",
        title=f"There is no prompt #{name}",
        body=f"#{similar.name}: {similar.help}",
        choices=(
            Choice(id="similar", label=f"Send #{similar.name}", key="s"),
            Choice(id="text", label="Send it as it stands", key="t"),
            Choice(id="back", label="Back to the prompt", key="b"),
        ),
        refusal="back",
    )


def _question(prompt: CustomPrompt) -> ChoiceQuestion:
    return ChoiceQuestion(
        kind="trust",
        title=f"Send this prompt of the project? #{prompt.name}",
        body=f"{revealed(prompt.text)}\n\nIt comes with the project. You are asked again when it changes.",
        choices=(
            Choice(id="yes", label="Yes, I have read it", key="y"),
            Choice(id="no", label="No", key="n"),
        ),
        refusal="no",
    )
