"""Pictures of what a network makes of held-out music: ``python -m`` this module.

For each feature set one sheet of joint angles over time against the recording, and one film strip.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from backend.motion_quality.pictures import draw_clip_sheet
from blender_addon.core.conventions import Floats
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import quaternion_conjugate, quaternion_multiply
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .evaluate import generate, mean_state
from .export import FOLDER, model_name
from .feature_sets import RATE_HZ, SETS
from .state import LAYOUT, decode_states
from .takes import VAL, Dancer, load_dancers
from .train import DATA, ROOT

JOINTS: Final = (
    "LeftArm", "RightArm", "LeftForeArm", "RightForeArm", "LeftUpLeg", "LeftLeg", "Spine1", "Head",
)  # fmt: skip
_FROM_S, _SHOWN_S = 8.0, 10.0


def draw_angles(generated: Floats, dancer: Dancer, still: Floats, path: Path, title: str) -> None:
    """Angles from the mean pose of some joints and the height of the hips, over ten seconds.

    Args:
        generated: (T, 134) states.
        dancer: whose recording they are drawn over.
        still: (134,) the mean pose.
        path: of the PNG.
        title: over the sheet.
    """
    part = slice(round(_FROM_S * RATE_HZ), round((_FROM_S + _SHOWN_S) * RATE_HZ))
    times = np.arange(part.start, part.stop) / RATE_HZ
    figure = Figure(figsize=(14, 16), dpi=70, layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(len(JOINTS) + 1, 1, sharex=True)
    curves = [_angles(states[part], still) for states in (dancer.states, generated)]
    height = LAYOUT.slices["height_m"].start
    for row, name in enumerate(JOINTS):
        joint = COMMON_SKELETON.index(name)
        axes[row].plot(times, curves[0][:, joint], color="black", lw=1, label="recorded")
        axes[row].plot(times, curves[1][:, joint], color="#1f5fbf", lw=1.2, label="generated")
        axes[row].set_ylabel(f"{name} °")
    for states, colour in ((dancer.states, "black"), (generated, "#1f5fbf")):
        axes[-1].plot(times, states[part, height], color=colour, lw=1)
    axes[-1].set(ylabel="hips m", xlabel="s")
    axes[0].legend(loc="upper right")
    FigureCanvasAgg(figure).print_png(str(path))


def _angles(states: Floats, still: Floats) -> Floats:
    """(T, J) degrees away from the mean pose."""
    both = decode_states(np.concatenate((still[None], states)) * _not_turning(), RATE_HZ)
    turns = both.rotations_wxyz
    away = quaternion_multiply(quaternion_conjugate(turns[:1]), turns[1:])
    return np.rad2deg(2.0 * np.arccos(np.clip(np.abs(away[..., 0]), 0.0, 1.0)))


def _not_turning() -> Floats:
    factors = np.ones(LAYOUT.size, np.float32)
    factors[LAYOUT.slices["turn_rate_rad_s"]] = 0.0
    return factors


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@click.option("--models", type=click.Path(path_type=Path), default=ROOT / "onnx_models")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the PNGs.")
def main(data: Path, models: Path, out: Path) -> None:
    """Draw every network of the comparison."""
    out.mkdir(parents=True, exist_ok=True)
    dancer = load_dancers(data, VAL)[0]
    still = mean_state([dancer])
    part = slice(round(_FROM_S * RATE_HZ), round((_FROM_S + 3.0) * RATE_HZ))
    draw_clip_sheet(decode_states(dancer.states[part], RATE_HZ), out / "recorded.png")
    for name in SETS:
        path = models / FOLDER / f"{model_name(name)}.onnx"
        states = generate(ModelSession(path, ["CPUExecutionProvider"]), name, dancer)
        title = f"{name}, {dancer.name}"
        draw_angles(states, dancer, still, out / f"{name}_angles.png", title)
        draw_clip_sheet(
            decode_states(states[part], RATE_HZ), out / f"{name}_strip.png", title=title
        )


if __name__ == "__main__":
    main()
