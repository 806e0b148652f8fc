"""``train gesture``: the networks of gesture, or one of them."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

MODELS: Final = {
    "dance": "backend.gesture.dance.train",
    "gesture_prior": "backend.gesture.talk.train",
    "gesture_lstm": "backend.gesture.lstm.train",
    "spoken": "backend.gesture.spoken.train",
    "planner": "backend.gesture.spoken.planner",
}
"""By the name that ``--model`` gives: the module whose ``command`` trains it."""
USUAL: Final = ("dance", "gesture_prior", "gesture_lstm")
_CORPORA: Final = ("trinity:", "twh:", "beat:")
"""Of recordings with their speech: where DATA begins so, speech to gesture is trained."""
_SETTINGS: Final = {"ignore_unknown_options": True, "help_option_names": []}
_HELP: Final = "Only this network."


@click.command(context_settings=_SETTINGS)
@click.option("--model", "task", type=click.Choice(tuple(MODELS)), help=_HELP)
@click.option("--help", "told", is_flag=True, help="With --model: the options of its training.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, task: str | None, told: bool, options: tuple[str, ...]) -> None:
    """Train the networks of gesture and export them beside their checkpoints; run again to resume.

    OPTIONS are those of the training of one network, or, without --model, of the three that come
    with the extension; with --data trinity:DIR, twh:DIR or beat:DIR speech to gesture is trained.
    """
    if told and task is None:
        click.echo(ctx.get_help())
        return
    if task is None and any(
        option.partition("=")[2].startswith(_CORPORA) or option.startswith(_CORPORA)
        for option in options
    ):
        task = "spoken"
    chosen = (task,) if task else USUAL
    run_each(ctx, {n: MODELS[n] for n in chosen}, [*options, *(["--help"] if told else [])])


def run_each(ctx: click.Context, modules: dict[str, str], arguments: list[str]) -> None:
    """Run the commands of the modules chosen, once the arguments fit all of them.

    Args:
        ctx: of the command that is asked for.
        modules: by name, each with a ``command``.
        arguments: given to each.
    """
    path = f"{ctx.command_path} --model"
    inner = []
    for name, module in modules.items():
        found: click.Command = import_module(module).command
        inner.append(found.make_context(f"{path} {name}", list(arguments)))
    for each in inner:
        with each:
            each.command.invoke(each)
