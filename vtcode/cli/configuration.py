"""Loading the configuration as the command line asks for it."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from vtcode.bootstrap import Opening, trust_store
from vtcode.bootstrap.permissions import rule_problem
from vtcode.cli.crash import start_logging
from vtcode.config.load import Configuration, Overrides, load
from vtcode.config.locations import find_locations
from vtcode.errors import ConfigError
from vtcode.session.secrets import learn_key_variables
from vtcode.session.store import SessionStore

if TYPE_CHECKING:
    from vtcode.cli.arguments import Arguments
    from vtcode.session.store import RecordedSession


def load_configuration(arguments: Arguments) -> Configuration:
    """Return the effective configuration; the workspace's file widens rights as far as it is trusted.

    Raises:
        ConfigError: A file, a variable or a flag holds something wrong.
    """
    locations = find_locations(os.environ)
    workspace = arguments.workspace
    trust = trust_store(locations.state)
    configuration = load(
        workspace,
        locations=locations,
        environ=os.environ,
        overrides=Overrides(
            provider=arguments.provider,
            model=arguments.model,
            mode=arguments.mode,
            config_file=arguments.config_file,
            assignments=arguments.assignments,
        ),
        trusted=lambda digest: arguments.trust or trust.is_trusted(workspace, digest),
        rule_problem=rule_problem,
    )
    learn_key_variables(configuration)
    return configuration


def opening_for(arguments: Arguments, *, interactive: bool, recorded: bool = True) -> Opening:
    """Return how a session is to be opened for this command line.

    Raises:
        ConfigError: As in `load_configuration`, or nothing enables a headless `--full-auto`.
        SessionInUse: The session to continue is open in another vtcode.
        SessionNotFound: There is no session to continue or resume.
    """
    configuration = load_configuration(arguments)
    start_logging(configuration.locations.state, verbose=arguments.debug)
    full_auto = configuration.settings.automation.full_auto
    if arguments.full_auto and not full_auto.enabled and not interactive:  # the app may yet ask for trust
        raise ConfigError(
            "--full-auto is not enabled.",
            hint="Set enabled = true and allowed_tools under [automation.full_auto] in your vtcode.toml; a "
            "workspace's file counts there once the workspace is trusted (--trust).",
        )
    return Opening(
        configuration=configuration,
        reload=partial(load_configuration, arguments),
        interactive=interactive,
        welcomes=interactive and recorded and not (arguments.continue_last or arguments.resume is not None),
        recorded=recorded,
        full_auto=arguments.full_auto,
        trusts_project=arguments.trust,
        resume=_session_to_resume(arguments, configuration) if recorded else None,
        pick_session=recorded and arguments.resume == "",
        images=arguments.images,
    )


def _session_to_resume(arguments: Arguments, configuration: Configuration) -> RecordedSession | None:
    store = SessionStore(configuration.locations.state)
    if arguments.resume:
        return store.find(arguments.resume)
    return store.latest(configuration.workspace) if arguments.continue_last else None
