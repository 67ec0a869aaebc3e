"""The layers found, checked and merged into one configuration.

Low to high: built-in, the user's file, the workspace's, the environment, `--config FILE`, `-c key=value`,
flags. A workspace's file that is not trusted narrows what is allowed and widens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.config.check import unknown_provider
from vtcode.config.layers import assignment_layer, chosen_file, environment_layer, file_layer, flag_layer
from vtcode.config.merge import Layer, LayerTable, Merged
from vtcode.config.schema import PROVIDER_KINDS, CommandRuleSettings, Settings
from vtcode.config.source import TomlFile, read_toml
from vtcode.config.widening import narrowed
from vtcode.errors import ConfigError
from vtcode.system.environment import LMSTUDIO_KEY_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vtcode.config.locations import Locations

FILE_NAME = "vtcode.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line says."""

    provider: str | None = None
    model: str | None = None
    mode: str | None = None
    config_file: Path | None = None
    assignments: tuple[str, ...] = ()
    """`key=value`, in order; a later one wins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The settings of a run, and where they come from."""

    settings: Settings
    origins: Mapping[str, Layer]
    """Dotted key -> the layer it came from; what is not in it is built-in."""
    sources: Mapping[Layer, Path]
    """The files that were read."""
    warnings: tuple[str, ...]
    """A line each: keys and sections that are not used."""
    workspace: Path
    workspace_file: Path | None
    """The workspace's vtcode.toml; None where there is none."""
    workspace_digest: str | None
    """SHA-256 of that file as it was read for these settings, in hex."""
    widening: tuple[str, ...]
    """What the workspace's file says and is not applied for want of trust: `pty.preferred_shell = "zsh"`."""
    locations: Locations

    def origin(self, key: str) -> Layer:
        """Return the layer that the value of a dotted key came from."""
        return self.origins.get(key, "built-in")

    def chosen(self, key: str) -> bool:
        """Tell whether some layer sets a dotted key; False: its value is the built-in one."""
        return self.origin(key) != "built-in"


def load(
    workspace: Path,
    *,
    locations: Locations,
    environ: Mapping[str, str],
    overrides: Overrides,
    trusted: Callable[[str | None], bool],
    rule_problem: Callable[[CommandRuleSettings], str] | None = None,
) -> Configuration:
    """Read every layer and merge them.

    Args:
        workspace: The folder whose vtcode.toml counts.
        locations: Where the user's own file is.
        environ: The environment.
        overrides: What the command line says.
        trusted: Tells of the content that was read, by its `workspace_digest`, whether it may widen what is
            allowed.
        rule_problem: Says which of its own examples a rule gets wrong; None: they are not tried.

    Raises:
        ConfigError: A layer is wrong; the message says which, on which line, and what is allowed.
    """
    workspace_path = workspace / FILE_NAME
    user = read_toml(locations.user_file)
    own = None if _same_file(workspace_path, locations.user_file) else read_toml(workspace_path)
    chosen = chosen_file(overrides.config_file) if overrides.config_file else None

    lower, warnings = _file_layers([("user", user)])
    repository, more = _file_layers([("workspace", own)])
    upper, most = _upper_layers(environ, chosen, overrides)
    _check_providers([*lower, *repository, *upper])
    _check_rules([*lower, *repository, *upper], rule_problem)

    digest = own.digest if own else None
    merged, held_back = _with_workspace(_stacked(Merged(), lower), repository, lambda: trusted(digest))
    merged = _stacked(merged, upper)
    files: dict[Layer, TomlFile | None] = {"user": user, "workspace": own, "--config": chosen}
    return Configuration(
        settings=merged.settings,
        origins=merged.origins,
        sources={layer: file.path for layer, file in files.items() if file},
        warnings=warnings + more + most,
        workspace=workspace,
        workspace_file=own.path if own else None,
        workspace_digest=digest,
        widening=held_back,
        locations=locations,
    )


def api_key(provider_name: str, settings: Settings, environ: Mapping[str, str]) -> str | None:
    """Return the key to a provider's server, which is in the environment and never in the settings.

    Where `api_key_env` names a variable only that one counts; a blank one counts as unset.

    Returns:
        The key without blanks around it; None: send none.
    """
    named = settings.provider(provider_name).api_key_env
    variables: tuple[str, ...] = (named,) if named else ()
    if not named and settings.provider_kind(provider_name) == "lmstudio":
        variables = LMSTUDIO_KEY_VARIABLES
    keys = (environ.get(variable, "").strip() for variable in variables)
    return next((key for key in keys if key), None)


def _same_file(one: Path, other: Path) -> bool:
    """Tell whether the workspace is the user's own configuration folder."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _file_layers(files: list[tuple[Layer, TomlFile | None]]) -> tuple[list[LayerTable], tuple[str, ...]]:
    tables: list[LayerTable] = []
    warnings: tuple[str, ...] = ()
    for layer, file in files:
        if file is not None:
            table, more = file_layer(layer, file)
            tables.append(table)
            warnings += more
    return tables, warnings


def _upper_layers(
    environ: Mapping[str, str], chosen: TomlFile | None, overrides: Overrides
) -> tuple[list[LayerTable], tuple[str, ...]]:
    """Return the layers above the workspace's, in order, and their warnings."""
    environment = environment_layer(environ)
    tables = [environment] if environment else []
    files, warnings = _file_layers([("--config", chosen)])
    tables += files
    for assignment in overrides.assignments:
        table, more = assignment_layer(assignment, Path.cwd())
        tables.append(table)
        warnings += more
    if overrides.provider is not None:
        tables.append(flag_layer("--provider", ("agent", "provider"), overrides.provider))
    if overrides.model is not None:
        tables.append(flag_layer("--model", ("agent", "default_model"), overrides.model))
    if overrides.mode is not None:
        tables.append(flag_layer("--mode", ("agent", "default_mode"), overrides.mode))
    return tables, warnings


def _stacked(lower: Merged, tables: list[LayerTable]) -> Merged:
    for table in tables:
        lower = lower.with_layer(table)
    return lower


def _with_workspace(
    lower: Merged, tables: list[LayerTable], is_trusted: Callable[[], bool]
) -> tuple[Merged, tuple[str, ...]]:
    """Put the workspace's file on top, without what it widens where it is not trusted; return that, too."""
    held_back: tuple[str, ...] = ()
    for layer in tables:
        table, held_back = (layer.table, ()) if is_trusted() else narrowed(layer.table, lower)
        lower = lower.with_layer(LayerTable(layer=layer.layer, table=table, place=layer.place))
    return lower, held_back


def _check_providers(tables: list[LayerTable]) -> None:
    """Check what one layer alone does not show: that every provider that is chosen is defined somewhere."""
    defined = list(
        dict.fromkeys(
            (*PROVIDER_KINDS, *(name for layer in tables for name in layer.table.get("providers", {})))
        )
    )
    for layer in tables:
        for name, provider in layer.table.get("providers", {}).items():
            _check_kind(name, provider.get("kind"), layer)
        wanted = layer.table.get("agent", {}).get("provider")
        if wanted is not None and wanted not in defined:
            raise unknown_provider(wanted, defined, layer.place.at(("agent", "provider")))


def _check_rules(tables: list[LayerTable], rule_problem: Callable[[CommandRuleSettings], str] | None) -> None:
    """Try every rule on its own examples, wherever it stands."""
    if rule_problem is None:
        return
    for layer in tables:
        for item, rule in enumerate(layer.table.get("commands", {}).get("rules", ())):
            if problem := rule_problem(CommandRuleSettings.model_validate(rule)):
                raise ConfigError(
                    f"{layer.place.at(('commands', 'rules'), item)}: {problem}",
                    hint="Change the rule, or its examples.",
                )


def _check_kind(name: str, kind: str | None, layer: LayerTable) -> None:
    if name in PROVIDER_KINDS and kind not in {None, name}:
        at = layer.place.at(("providers", name, "kind"))
        raise ConfigError(
            f'{at}: providers.{name}.kind: {name} is built in; allowed: "{name}"',
            hint="Define a server under a name of your own: [providers.<name>].",
        )
