"""A film whose every point is known moves a rig as the person moved, as Blender shows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.video.judging.ours import LiftedBy, Told
from backend.video.judging.truth import read_truth
from blender_addon.core.video.camera import FilmCamera
from blender_addon.core.video.pipeline import VideoPipeline
from blender_addon.core.video.tracked import LiftedBody, TrackedPerson
from tests.video.measures.made_film import perfectly_tracked

SIZE_PX = (384, 384)


@pytest.mark.blender
@pytest.mark.parametrize("rig", ["quaternius_women", "Rigify generated, legs IK arms FK"])
def test_limbs_point_as_they_do_in_truth(rig: str, data_dir: Path) -> None:
    from backend.rigs.filmed.on_rigs import measure_on_rigs

    film = data_dir / "pose_clips" / "front.mp4"
    if not film.is_file():
        pytest.skip("no films among the data")
    truth = read_truth(film.with_suffix(".npz"), film, SIZE_PX)
    tracked = perfectly_tracked(truth)

    def lift(seen: TrackedPerson, camera: FilmCamera) -> LiftedBody:
        del camera
        joints = truth.seen_m - truth.seen_m[:, 4:6].mean(axis=1, keepdims=True)
        return LiftedBody(joints, np.ones((seen.frame_count, 14)))

    pipeline = VideoPipeline(Told(tracked), LiftedBy(lift))
    found = measure_on_rigs(truth, pipeline, data_dir, [rig])[rig]
    assert found["fit_legs_mm"] < 40.0
    assert found["fit_arms_mm"] < 40.0
    # Feet stay where they are with legs of other proportions, so knees lie elsewhere.
    assert found["legs_mm"] < found["fit_legs_mm"] + 30.0
    assert found["arms_mm"] < found["fit_arms_mm"] + 10.0
    assert found["limbs_deg"] < found["fit_limbs_deg"] + 2.0
    assert 0.5 < found["scale"] < 2.0
