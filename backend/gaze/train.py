"""``train gaze``: both networks, or one of them."""

from __future__ import annotations

from pathlib import Path

import click

from backend.export.onnx_export import ExportReport
from backend.model_option import model_option
from backend.training.options import training_command
from blender_addon.core.gaze.pipeline import BEHAVIOUR_TASK, EYE_HEAD_TASK

from . import train_behaviour as behaviour
from . import train_eye_head as eye_head
from .calibration import calibrate
from .export_behaviour import export_behaviour
from .export_eye_head import export_eye_head
from .prepare import BEHAVIOUR, EYE_HEAD, PREPARED, load_split

RUN = Path(".build/runs/gaze")
_SETTINGS = {"ignore_unknown_options": True, "help_option_names": []}


@click.command(context_settings=_SETTINGS)
@model_option("gaze")
@click.option("--help", "told", is_flag=True, help="With --model: the options of its training.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, task: str | None, told: bool, options: tuple[str, ...]) -> None:
    """Train the networks of gaze and export them beside their checkpoints; run again to resume.

    OPTIONS are those of the training of one network, or, without --model, of both.
    """
    if told and task is None:
        click.echo(ctx.get_help())
        return
    arguments = [*options, *(["--help"] if told else [])]
    chosen = [task] if task else [BEHAVIOUR_TASK, EYE_HEAD_TASK]
    # All that is asked for is looked through before any of it, which may take an hour, begins.
    path = f"{ctx.command_path} --model"
    for inner in [TRAININGS[n].make_context(f"{path} {n}", list(arguments)) for n in chosen]:
        with inner:
            inner.command.invoke(inner)


@training_command(behaviour.TrainingConfig, data=PREPARED, run=RUN, ablations=behaviour.ABLATIONS)
def train_behaviour(data: Path, run: Path, config: behaviour.TrainingConfig) -> None:
    """Train what decides where to look, calibrate it and export it."""
    folder, people = run / BEHAVIOUR, load_split(data, "train")
    network = behaviour.train_behaviour(people, load_split(data, "val"), config, folder)
    calibrate(network, people)
    behaviour.save_calibrated(folder, network)
    _tell(export_behaviour(folder, data, folder, "backend train gaze"))


@training_command(
    eye_head.EyeHeadConfig,
    data=PREPARED,
    run=RUN,
    ablations=eye_head.ABLATIONS,
    without=("patience",),
)
@click.option("--cross-validate", is_flag=True, help="Afterwards hold out each person in turn.")
def train_eye_head(
    data: Path, run: Path, config: eye_head.EyeHeadConfig, cross_validate: bool
) -> None:
    """Train how eye and head get there, and export it."""
    folder = run / EYE_HEAD
    eye_head.train_eye_head(data / EYE_HEAD, folder, config, cross_validate=cross_validate)
    _tell(export_eye_head(folder, folder))


TRAININGS = {BEHAVIOUR_TASK: train_behaviour, EYE_HEAD_TASK: train_eye_head}


def _tell(report: ExportReport) -> None:
    click.echo(f"trained; {report.path}, parity {report.parity.largest:.1e}")
