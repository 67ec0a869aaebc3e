"""Real sessions for tests: everything but the model's words is the program's own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from vtcode.agent.answer_schema import AnswerSchema
from vtcode.bootstrap import Opening, open_session, trust_store
from vtcode.config.load import Configuration, Overrides, load
from vtcode.config.locations import Locations
from vtcode.frontend import FrontEnd
from vtcode.providers.script import ScriptedCall, Turn
from vtcode.providers.scripted import ScriptedProvider
from vtcode.session.session import Session
from vtcode.session.store import RecordedSession, SessionStore


def call(name: str, **arguments: object) -> ScriptedCall:
    """Return a call of the pretended model's."""
    return ScriptedCall(name=name, arguments=arguments)


@dataclass
class Bench:
    """A workspace with folders of its own for settings, state and cache."""

    folder: Path
    settings: list[str] = field(default_factory=list)
    """`key=value`, as after `-c`."""

    def __post_init__(self) -> None:
        self.workspace.mkdir(parents=True, exist_ok=True)

    @property
    def workspace(self) -> Path:
        return self.folder / "project"

    @property
    def locations(self) -> Locations:
        return Locations(
            config=self.folder / "config", state=self.folder / "state", cache=self.folder / "cache"
        )

    @property
    def store(self) -> SessionStore:
        return SessionStore(self.locations.state)

    def write_script(self, turns: Sequence[Turn]) -> Path:
        path = self.folder / "script.jsonl"
        lines = [json.dumps({k: v for k, v in asdict(turn).items() if v is not None}) for turn in turns]
        path.write_text("\n".join(lines) + "\n")
        return path

    def configuration(self, *, trusted: bool = True) -> Configuration:
        return load(
            self.workspace,
            locations=self.locations,
            environ={},
            overrides=Overrides(assignments=tuple(self.settings)),
            trusted=lambda digest: (
                trusted or trust_store(self.locations.state).is_trusted(self.workspace, digest)
            ),
        )

    @asynccontextmanager
    async def session(
        self,
        front_end: FrontEnd,
        *turns: Turn,
        resume: RecordedSession | None = None,
        interactive: bool = True,
        welcomes: bool = False,
        answer_schema: AnswerSchema | None = None,
        full_auto: bool = False,
        recorded: bool = True,
    ) -> AsyncIterator[Session]:
        """Open a session whose model says `turns`, and close it."""
        if turns:
            script = self.write_script(turns)
            self.settings += ["agent.provider=scripted", f"providers.scripted.script={script}"]
        opening = Opening(
            configuration=self.configuration(),
            reload=self.configuration,
            interactive=interactive,
            welcomes=welcomes,
            resume=resume,
            answer_schema=answer_schema,
            full_auto=full_auto,
            recorded=recorded,
        )
        session = await open_session(opening, front_end)
        try:
            yield session
        finally:
            await session.close()


def scripted(session: Session) -> ScriptedProvider:
    """Return the session's provider, which plays a script."""
    assert isinstance(session.provider, ScriptedProvider)
    return session.provider
