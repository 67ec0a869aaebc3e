"""`vtcode models list`: the server's models."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from vtcode.bootstrap import build_provider
from vtcode.cli.configuration import load_configuration
from vtcode.commands.model_facts import describe
from vtcode.frontends.text import TextLines
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.cli.arguments import Arguments
    from vtcode.providers.base import ModelInfo


def run_models(arguments: Arguments) -> int:
    """List the models of the configured server; returns the exit code.

    Raises:
        ProviderError: The server can't be asked.
    """
    models = asyncio.run(_models(arguments))
    if arguments.json:
        print(json.dumps([asdict(model) for model in models], ensure_ascii=False, indent=2))
        return 0
    for model in models:
        print(f"{revealed(model.id)}\n    {revealed(describe(model))}")
    if not models:
        print("The server lists no model.")
    return 0


async def _models(arguments: Arguments) -> Sequence[ModelInfo]:
    configuration = load_configuration(arguments)
    quiet = TextLines(write=sys.stdout.write, progress=sys.stderr.write)
    provider = build_provider(configuration, configuration.settings.agent.provider, quiet)
    try:
        await provider.open()
        return await provider.list_models()
    finally:
        await provider.aclose()
