"""Command line of the training package: ``python -m backend COMMAND NAME``.

Each step of a capability lives in a module of its own that offers ``command``, and is imported
only when it is asked for, so that preparing data does not wait for torch.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from importlib.util import find_spec

import click
from rich.logging import RichHandler

from blender_addon.core.errors import NeuralMotionError

CAPABILITIES = ("locomotion", "gaze", "speech_face")
STEPS = {
    "prepare": ("backend.datasets.{name}_prepare", "Make the training set from recorded motion."),
    "train": ("backend.training.{name}", "Train a network."),
    "export": ("backend.export.{name}", "Export a trained network to ONNX and prove parity."),
    "evaluate": ("backend.evaluation.{name}", "Measure a model and the baselines."),
}
MEASURES = {
    "bench": ("backend.evaluation.bench", "Time the runtime."),
    "rigs": ("backend.rigs.measure", "Let every family of rigs walk, and measure it."),
}


class StepGroup(click.Group):
    """One step; its sub-commands are the capabilities that have a module for it."""

    def __init__(self, step: str) -> None:
        self._module, summary = STEPS[step]
        super().__init__(step, help=summary, no_args_is_help=True)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Capabilities whose module exists."""
        return [name for name in CAPABILITIES if find_spec(self._module.format(name=name))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the capability's module and take its command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return load_command(self._module.format(name=cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them by name: a summary would have to import them all."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, "") for name in self.list_commands(ctx)])


class RootGroup(click.Group):
    """All steps, and the measures that have no capability to choose."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Steps in the order of work."""
        return [*STEPS, *MEASURES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A step's group, or a measure's own command."""
        if cmd_name in STEPS:
            return StepGroup(cmd_name)
        return load_command(MEASURES[cmd_name][0]) if cmd_name in MEASURES else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing the measures."""
        steps = [(name, summary) for name, (_, summary) in STEPS.items()]
        with formatter.section("Commands"):
            measures = [(name, summary) for name, (_, summary) in MEASURES.items()]
            formatter.write_dl([*steps, *measures])


def load_command(module_name: str) -> click.Command:
    """Import a step's module and return its ``command``."""
    found = getattr(import_module(module_name), "command", None)
    if not isinstance(found, click.Command):
        raise TypeError(f"{module_name} must offer a click.Command named command; found {found!r}")
    return found


@click.group(cls=RootGroup, no_args_is_help=True)
@click.option("-v", "--verbose", is_flag=True, help="Log every step.")
def cli(verbose: bool) -> None:
    """Prepare data, train, export, evaluate and time the models of Neural Motion."""
    level = logging.DEBUG if verbose else logging.INFO
    handler = RichHandler(show_path=False, show_level=False)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[handler])
    for ours in ("backend", "blender_addon"):
        logging.getLogger(ours).setLevel(level)


def main() -> int:
    """Run the command line; an error raised on purpose is one line, not a traceback."""
    try:
        cli(prog_name="python -m backend")
    except NeuralMotionError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
