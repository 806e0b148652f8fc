"""The lifter that is shipped, on held-out motion before drawn cameras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.inference.session import ModelSession
from blender_addon.core.video.lifting.features import JOINT_COUNT
from blender_addon.core.video.lifting.lifter import Lifter
from blender_addon.core.video.lifting.mirror import mirrored_features, mirrored_joints
from blender_addon.core.video.points import joints_of, middle_of_hips
from tests.conftest import ROOT
from tests.video.lifting.lifting_samples import landmarks_m, level_camera, tracked_walk

MODEL = ROOT / "onnx_models" / "pose_lifter.onnx"
PLAIN_MM, WHOLE_MM = 75.0, 65.0
WALK_MM = 80.0
"""The walk of these tests is a crude one: nobody walks with such arms."""


@pytest.fixture(scope="module")
def session() -> ModelSession:
    if not MODEL.is_file():
        pytest.skip(f"no trained model at {MODEL}")
    return ModelSession(MODEL, ["CPUExecutionProvider"], threads=1)


def test_a_walk_is_lifted_whatever_is_known_of_the_camera(session: ModelSession) -> None:
    frames = 90
    truth = joints_of(level_camera(frames).to_camera(landmarks_m(frames)))
    truth = truth - middle_of_hips(truth)[:, None]
    for known in (True, False):
        lifted = Lifter(session).lift(tracked_walk(frames), level_camera(frames, is_known=known))
        off_mm = 1e3 * np.linalg.norm(lifted.joints_m - truth, axis=-1).mean()
        assert off_mm < WALK_MM


def test_a_mirrored_film_gives_the_mirrored_pose(session: ModelSession) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(1, 30, session.contract.inputs[0].shape[-1])).astype(np.float32)

    def asked(given: np.ndarray) -> np.ndarray:
        both = np.concatenate((given, mirrored_features(given)))
        one, other = session.run({"features": both})["joints"]
        return 0.5 * (one + mirrored_joints(other))

    mirror = mirrored_joints(asked(mirrored_features(features)))
    np.testing.assert_allclose(asked(features), mirror, atol=1e-5)
    assert asked(features).shape[-1] == 3 * JOINT_COUNT


@pytest.mark.torch
def test_held_out_motion_is_lifted_as_well_as_the_card_says(
    session: ModelSession, data_dir: Path
) -> None:
    torch = pytest.importorskip("torch")
    from backend.mocap.corpora.known import find_clip_files
    from backend.mocap.recordings import read_clips
    from backend.video.lifter.bodies import build_bank
    from backend.video.lifter.judging import judged_sequences, validate

    files = [each for each in find_clip_files(data_dir / "mocap") if each.split == "val"]
    files = [each for each in files if each.corpus == "cmu"][::3]
    judged = judged_sequences(build_bank(read_clips(files), mirrored=False), 200)

    class Shipped(torch.nn.Module):
        def forward(self, features):
            return torch.from_numpy(session.run({"features": features.numpy()})["joints"])

    found = validate(Shipped(), judged)
    assert found["mpjpe_mm"] < PLAIN_MM
    assert found["mpjpe_world_mm"] < WHOLE_MM
