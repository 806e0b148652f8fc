"""The networks of speech by name, and commands that are another for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

REGRESSION, DIFFUSION, CNN2017, PHONES, ENCODER = (
    "regression", "diffusion", "cnn2017", "phones", "encoder",
)  # fmt: skip


class ChosenCommand(click.Command):
    """A command whose options depend on ``--model``: those of the chosen network's own command.

    Args:
        modules: by name of the network, the module that offers ``command``; the first is usual.
        summary: of the step, for the help.
    """

    def __init__(self, modules: Mapping[str, str], summary: str) -> None:
        self._modules = modules
        usual = next(iter(modules))
        choice = click.Option(
            ["--model"], type=click.Choice(list(modules)), default=usual, show_default=True,
            help="The network; its own options follow with '--model NAME --help'.",
        )  # fmt: skip
        super().__init__(
            "speech", params=[choice], help=summary, add_help_option=False,
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )  # fmt: skip

    def invoke(self, ctx: click.Context) -> Any:
        """Hand all other arguments to the chosen network's command."""
        name = ctx.params["model"]
        command: click.Command = import_module(self._modules[name]).command
        if "--help" in ctx.args:
            click.echo(self.get_help(ctx))
        prog = f"{ctx.command_path} --model {name}"
        return command.main(list(ctx.args), prog_name=prog, standalone_mode=False)
