"""``train gaze``: both networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import torch

from backend.export.onnx_export import ExportReport

from .behaviour_data import NO_VARIATION
from .calibration import calibrate
from .export_behaviour import export_behaviour
from .prepare import BEHAVIOUR, EYE_HEAD, PREPARED, load_split
from .train_behaviour import TrainingConfig, save_network, train_behaviour, with_shape


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=PREPARED, show_default=True)
@click.option("--run", type=click.Path(path_type=Path), default=Path(".build/runs/gaze"))
@click.option("--network", type=click.Choice(("behaviour", "eye_head", "both")), default="both")
@click.option("--max-minutes", default=TrainingConfig.max_minutes, help="Time budget of each.")
@click.option("--max-updates", default=TrainingConfig.max_updates, help="Of the behaviour.")
@click.option(
    "--cell", type=click.Choice(("gru", "lstm")), help="Recurrent layer instead of the one shipped."
)
@click.option("--hidden", default=64, help="Units of the behaviour's recurrent layer.")
@click.option("--seed", default=TrainingConfig.seed)
@click.option("--threads", default=2)
@click.option("--ablation", type=click.Choice(("none", "no-variation")), default="none")
def command(
    data: Path,
    run: Path,
    network: str,
    max_minutes: float,
    max_updates: int,
    cell: str | None,
    hidden: int,
    seed: int,
    threads: int,
    ablation: str,
) -> None:
    """Train the networks of gaze and export them beside their checkpoints; run again to resume.

    DATA is what prepare wrote.
    """
    torch.set_num_threads(threads)
    if network != "eye_head":
        config = TrainingConfig(max_minutes=max_minutes, max_updates=max_updates, seed=seed)
        config = with_shape(config, cell=cell or "gru", hidden=hidden)
        if ablation == "no-variation":
            config = replace(config, variation=NO_VARIATION)
        folder = run / BEHAVIOUR
        people = load_split(data, "train")
        trained = train_behaviour(people, load_split(data, "val"), config, folder)
        calibrate(trained, people)
        save_network(folder, trained)
        _tell(export_behaviour(folder, data, folder, "backend train gaze"))
    if network != "behaviour":
        from .export_eye_head import export_eye_head
        from .train_eye_head import EyeHeadConfig, train_eye_head

        eyes = EyeHeadConfig(max_minutes=max_minutes, seed=seed)
        eyes = replace(eyes, cell=cell) if cell else eyes
        train_eye_head(data / EYE_HEAD, run / EYE_HEAD, eyes)
        _tell(export_eye_head(run / EYE_HEAD, run / EYE_HEAD))


def _tell(report: ExportReport) -> None:
    click.echo(f"trained; {report.path}, parity {report.parity.largest:.1e}")
