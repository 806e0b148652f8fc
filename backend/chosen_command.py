"""Commands that are another for each of a capability's networks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from typing import Any

import click


class ChosenCommand(click.Command):
    """A command whose options depend on ``--model``: those of the chosen network's own command.

    Args:
        name: of the capability.
        modules: by name of the network, the module that offers ``command``, or ``module:name`` of
            a command that is called otherwise; the first is usual.
        summary: of the step, for the help.
        recorded: the module whose ``command`` takes recordings, where ``--data`` names some.
        names_reader: whether a text, such as voca:FOLDER, names recordings.
        readers: networks whose own command takes recordings.
    """

    def __init__(
        self,
        name: str,
        modules: Mapping[str, str],
        summary: str,
        *,
        recorded: str = "",
        names_reader: Callable[[str], bool] | None = None,
        readers: Collection[str] = (),
    ) -> None:
        self._modules, self._recorded = modules, recorded
        self._names_reader, self._readers = names_reader, readers
        usual = next(iter(modules))
        choice = click.Option(
            ["--model"], type=click.Choice(list(modules)), default=usual, show_default=True,
            help="The network; its own options follow with '--model NAME --help'.",
        )  # fmt: skip
        super().__init__(
            name, params=[choice], help=summary, add_help_option=False,
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )  # fmt: skip

    def invoke(self, ctx: click.Context) -> Any:
        """Hand all other arguments to the chosen network's command."""
        name, prog = ctx.params["model"], ctx.command_path
        module = self._modules[name]
        if self._recorded and name not in self._readers and self._has_recordings(ctx.args):
            module, prog = self._recorded, f"{prog} --data READER:FOLDER"
        else:
            prog = f"{prog} --model {name}"
        place, _, called = module.partition(":")
        command: click.Command = getattr(import_module(place), called or "command")
        if "--help" in ctx.args:
            click.echo(self.get_help(ctx))
        return command.main(list(ctx.args), prog_name=prog, standalone_mode=False)

    def _has_recordings(self, arguments: Sequence[str]) -> bool:
        """Whether ``--data`` names a reader and a folder."""
        names = self._names_reader or (lambda _: False)
        pairs = zip(arguments, [*arguments[1:], ""], strict=True)
        return any(
            (name == "--data" and names(value)) or names(name.removeprefix("--data="))
            for name, value in pairs
        )
