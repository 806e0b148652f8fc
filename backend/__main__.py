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

from backend.model_option import accept_model
from backend.processes import run_main
from blender_addon.core.capabilities import CAPABILITIES
from blender_addon.core.errors import NeuralMotionError, RegistryError

STEPS = {
    "prepare": "Make the training set from recordings.",
    "train": "Train a network.",
    "export": "Export a trained network to ONNX and prove parity.",
    "evaluate": "Measure a model and the baselines.",
}
OTHERS = {
    "bench": ("backend.bench.command", "Time the runtime."),
    "tables": ("backend.manual.tables", "Write the tables of README and manual anew."),
    "translations": ("backend.translations.command", "Say which texts a language lacks."),
    "farm": ("backend.farm.command", "Do the jobs of a file on many machines."),
    "hardness": ("backend.hardness.command", "Try to break things, and count what was lost."),
    "films": ("backend.video.films.command", "Render films of known motion to judge by."),
    "rigs": ("backend.rigs.measure", "Let every family of rigs walk, and measure it."),
}

CHARACTER = "character"
CHARACTER_STEPS = ("prepare", "export")


class StepGroup(click.Group):
    """One step; its sub-commands are the capabilities that have a module for it."""

    def __init__(self, step: str) -> None:
        super().__init__(step, help=STEPS[step], no_args_is_help=True)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every capability that has a model or the step, and the body of the demo characters."""
        bodies = [CHARACTER] if self.name in CHARACTER_STEPS else []
        having = [each for each in CAPABILITIES if each.models or has_step(each.name, self.name)]
        return [*(each.name for each in having), *bodies]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the capability's module and take its command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        if cmd_name == CHARACTER:
            return load_command(f"backend.people.{self.name}")
        return accept_model(load_step(cmd_name, str(self.name)), cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them by name: a summary would have to import them all."""
        with formatter.section("Commands"):
            told = {each.name: ", ".join(each.tasks) for each in CAPABILITIES}
            told[CHARACTER] = "the body of the demo characters"
            formatter.write_dl([(name, told[name]) for name in self.list_commands(ctx)])


class RootGroup(click.Group):
    """All steps, and what has no capability to choose."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Steps in the order of work."""
        return [*STEPS, *OTHERS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A step's group, or a measure's own command."""
        if cmd_name in STEPS:
            return StepGroup(cmd_name)
        return load_command(OTHERS[cmd_name][0]) if cmd_name in OTHERS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing the measures."""
        measures = [(name, summary) for name, (_, summary) in OTHERS.items()]
        with formatter.section("Commands"):
            formatter.write_dl([*STEPS.items(), *measures])


def has_step(capability: str, step: str | None) -> bool:
    """Whether a capability has a module for a step; nothing but its package is imported."""
    package = f"backend.{capability}"
    return find_spec(package) is not None and find_spec(f"{package}.{step}") is not None


def load_step(capability: str, step: str) -> click.Command:
    """A capability's command for a step.

    Raises:
        RegistryError: the capability is registered, but its module is missing.
    """
    name = f"backend.{capability}.{step}"
    try:
        return load_command(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # something that the module itself needs
        raise RegistryError(
            f"core/capabilities.py names '{capability}', but there is no "
            f"{name.replace('.', '/')}.py. Add it, or take the line out"
        ) from error


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
    sys.exit(run_main(main))
