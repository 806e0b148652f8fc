"""``--model TASK``: one of a capability's models, for the commands that have several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from blender_addon.core.capabilities import CAPABILITIES

_HELP = "Only the model for this task."


def model_option(capability: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A click option that gives ``task``: one of a capability's, or None for all."""
    return click.option("--model", "task", type=click.Choice(tasks_of(capability)), help=_HELP)


def accept_model(command: click.Command, capability: str) -> click.Command:
    """Let a command with a single model take ``--model``, so that all have one grammar."""
    if not any("--model" in parameter.opts for parameter in command.params):
        choice = click.Choice(tasks_of(capability))
        command.params.append(
            click.Option(["--model"], type=choice, expose_value=False, help=_HELP)
        )
    return command


def tasks_of(capability: str) -> tuple[str, ...]:
    """What a capability's models are for."""
    return next(each.tasks for each in CAPABILITIES if each.name == capability)
