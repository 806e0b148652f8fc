"""The networks of speech by name, and commands that are another for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        recorded: the module whose ``command`` takes recorded faces, where ``--data`` names some.
    """

    def __init__(self, modules: Mapping[str, str], summary: str, recorded: str = "") -> None:
        self._modules, self._recorded = modules, recorded
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
        name, prog = ctx.params["model"], ctx.command_path
        module = self._modules[name]
        if self._recorded and _names_recordings(ctx.args):
            module, prog = self._recorded, f"{prog} --data READER:FOLDER"
        else:
            prog = f"{prog} --model {name}"
        command: click.Command = import_module(module).command
        if "--help" in ctx.args:
            click.echo(self.get_help(ctx))
        return command.main(list(ctx.args), prog_name=prog, standalone_mode=False)


def _names_recordings(arguments: Sequence[str]) -> bool:
    """Whether ``--data`` is a reader and a folder, such as voca:FOLDER."""
    from .recordings.readers import names_reader

    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(
        (name == "--data" and names_reader(value)) or names_reader(name.removeprefix("--data="))
        for name, value in pairs
    )
