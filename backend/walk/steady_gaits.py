"""Steady gaits straight ahead, as BVH files: what others compare a manner of walking with.

``python -m backend.walk.steady_gaits OUT`` writes the average style from slow to fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from blender_addon.core.bvh import write_bvh
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.ground.path import Path as Way
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.walk.direction import Directions, StyleChoice
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.request import WalkRequest

SPEEDS_M_S: Final = (0.5, 0.7, 0.9, 1.1, 1.3, 1.5, 1.7, 1.9, 2.3, 2.7, 3.1, 3.5)
MODEL: Final = Path("onnx_models/locomotion_biped.onnx")
_WALK_S: Final = 12.0
_SETTLING_S: Final = 3.0
_AVERAGE: Final = "average"


def steady_gaits(
    model: Path = MODEL, speeds_m_s: Sequence[float] = SPEEDS_M_S, style: str = _AVERAGE
) -> list[MotionClip]:
    """Gaits of the locomotion model, straight ahead, without beginning and end, at 60 Hz.

    Args:
        model: the .onnx.
        speeds_m_s: of each.
        style: one of the model's named styles.
    """
    pipeline = LocomotionPipeline(ModelSession(model, ["CPUExecutionProvider"]))
    requests = [
        WalkRequest(
            path=Way.from_points([(0, 0, 0), (0, 0, speed * _WALK_S)], speed),
            directions=Directions(style=StyleChoice(name=style)),
            stand_before_s=0.0, stand_after_s=0.0, seed=n,
        )
        for n, speed in enumerate(speeds_m_s)
    ]  # fmt: skip
    return [_steady(result.clip) for result in pipeline.generate(requests)]


def _steady(clip: MotionClip) -> MotionClip:
    cut = int(_SETTLING_S * MODEL_FRAME_RATE_HZ)
    part = slice(cut, clip.frame_count - cut)
    return MotionClip(
        clip.skeleton, clip.frame_rate_hz, clip.root_positions[part], clip.rotations_wxyz[part]
    )


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--model", type=click.Path(path_type=Path, exists=True), default=MODEL)
@click.option("--style", default=_AVERAGE, help="Of the model's named styles.")
def command(out: Path, model: Path, style: str) -> None:
    """Write steady gaits from slow to fast as BVH files."""
    out.mkdir(parents=True, exist_ok=True)
    for speed, clip in zip(SPEEDS_M_S, steady_gaits(model, SPEEDS_M_S, style), strict=True):
        write_bvh(out / f"{style}_{speed:.1f}.bvh", clip)


if __name__ == "__main__":
    command()
