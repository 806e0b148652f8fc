"""``export gesture``: trained networks of gesture to ONNX, or one of them."""

from __future__ import annotations

from typing import Final

import click

from .train import run_each

MODELS: Final = {
    "dance": "backend.gesture.dance.export",
    "gesture_prior": "backend.gesture.talk.export",
    "gesture_lstm": "backend.gesture.lstm.export",
}
"""By the name that ``--model`` gives: the module whose ``command`` exports it."""
_SETTINGS: Final = {"ignore_unknown_options": True, "help_option_names": []}
_HELP: Final = "Only this network."


@click.command(context_settings=_SETTINGS)
@click.option("--model", "task", type=click.Choice(tuple(MODELS)), help=_HELP)
@click.option("--help", "told", is_flag=True, help="With --model: the options of its export.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, task: str | None, told: bool, options: tuple[str, ...]) -> None:
    """Export networks of gesture and prove parity.

    OPTIONS are those of the export of one network, or, without --model, of all.
    """
    if told and task is None:
        click.echo(ctx.get_help())
        return
    chosen = (task,) if task else tuple(MODELS)
    run_each(ctx, {n: MODELS[n] for n in chosen}, [*options, *(["--help"] if told else [])])
