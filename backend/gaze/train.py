"""``train gaze``: both networks."""

from __future__ import annotations

from pathlib import Path

import click

from backend.export.onnx_export import ExportReport
from backend.training.options import training_command

from . import train_behaviour as behaviour_loop
from . import train_eye_head as eye_head_loop
from .calibration import calibrate
from .export_behaviour import export_behaviour
from .export_eye_head import export_eye_head
from .prepare import BEHAVIOUR, EYE_HEAD, PREPARED, load_split
from .train_behaviour import TrainingConfig, save_calibrated, train_behaviour
from .train_eye_head import EyeHeadConfig, train_eye_head

RUN = Path(".build/runs/gaze")


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Train the networks of gaze and export them; both by their defaults, unless one is named."""
    if ctx.invoked_subcommand is None:
        for network in command.commands.values():
            network.main([], ctx.command_path, standalone_mode=False)


@training_command(
    TrainingConfig,
    name="behaviour",
    data=PREPARED,
    run=RUN / BEHAVIOUR,
    ablations=behaviour_loop.ABLATIONS,
)
def behaviour(data: Path, run: Path, config: TrainingConfig) -> None:
    """Train what decides where to look, calibrate and export it; run again to resume."""
    people = load_split(data, "train")
    network = train_behaviour(people, load_split(data, "val"), config, run)
    calibrate(network, people)
    save_calibrated(run, network)
    _tell(export_behaviour(run, data, run, "backend train gaze behaviour"))


@training_command(
    EyeHeadConfig,
    name="eye_head",
    data=PREPARED,
    run=RUN / EYE_HEAD,
    ablations=eye_head_loop.ABLATIONS,
    without=("patience",),
)
@click.option("--cross-validate", is_flag=True, help="Afterwards hold out each person in turn.")
def eye_head(data: Path, run: Path, config: EyeHeadConfig, cross_validate: bool) -> None:
    """Train how eye and head get there, and export it; run again to resume."""
    train_eye_head(data / EYE_HEAD, run, config, cross_validate=cross_validate)
    _tell(export_eye_head(run, run, command_line="backend train gaze eye_head"))


command.add_command(behaviour)
command.add_command(eye_head)


def _tell(report: ExportReport) -> None:
    click.echo(f"trained; {report.path}, parity {report.parity.largest:.1e}")
