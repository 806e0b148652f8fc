"""Reading DeepMimic's motion files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.physics.deepmimic import FRAME_SIZE, read_deepmimic
from blender_addon.core.errors import InputError
from blender_addon.core.physics.clip_poses import clip_to_poses
from blender_addon.core.physics.joints import joint_vectors
from blender_addon.core.physics.observation import MUSCLE_COLUMNS
from blender_addon.core.physics.reference import reference_of

STILL = [0.0333, 0.0, 0.88, 0.0, *([1.0, 0, 0, 0] * 4), 0.0, *([1.0, 0, 0, 0] * 2), 0.0,
         1.0, 0, 0, 0, 0.0, *([1.0, 0, 0, 0] * 2), 0.0]  # fmt: skip
RIGHT_KNEE, LEFT_ELBOW, RIGHT_HIP = 20, 43, 16


def written(folder: Path, frames: Any, loop: str = "none") -> Path:
    path = folder / "motion.txt"
    path.write_text(json.dumps({"Loop": loop, "Frames": frames}), "utf-8")
    return path


def walking(steps: int, speed_m_s: float, turn_rad: float = 0.0) -> list[list[float]]:
    """Gliding ahead, which is X there."""
    out = []
    for n in range(steps):
        frame, angle = list(STILL), n * turn_rad
        frame[1] = n * speed_m_s * 0.0333
        frame[4:8] = [np.cos(angle / 2), 0.0, np.sin(angle / 2), 0.0]
        out.append(frame)
    return out


def test_the_layout_is_what_the_files_have(tmp_path: Path) -> None:
    assert len(STILL) == FRAME_SIZE
    clip = read_deepmimic(written(tmp_path, [STILL, STILL, STILL]))
    poses = clip_to_poses(clip).poses
    assert np.abs(joint_vectors(poses)).max() < 0.05  # hanging arms, straight legs
    assert poses[0, 1] == pytest.approx(0.975, abs=0.02)  # stands on the ground in our size


def test_ahead_is_ahead_and_joints_bend_the_right_way(tmp_path: Path) -> None:
    frames = walking(30, 1.2)
    for frame in frames:
        frame[RIGHT_KNEE], frame[LEFT_ELBOW] = -0.8, 0.9
        frame[RIGHT_HIP : RIGHT_HIP + 4] = [np.cos(0.2), 0.0, 0.0, np.sin(0.2)]  # thigh ahead
    clip = read_deepmimic(written(tmp_path, frames))
    went = clip.root_positions[-1] - clip.root_positions[0]
    assert went[2] > 1.0 and abs(went[0]) < 1e-3
    poses = clip_to_poses(clip).poses
    vectors = joint_vectors(poses)[5]
    assert vectors[MUSCLE_COLUMNS["right_shin"]] == pytest.approx(0.8, abs=0.02)
    assert vectors[MUSCLE_COLUMNS["left_forearm"]] == pytest.approx(-0.9, abs=0.02)
    assert vectors[MUSCLE_COLUMNS["right_thigh"]][0] == pytest.approx(-0.4, abs=0.02)


def test_what_repeats_goes_on_from_where_it_ended(tmp_path: Path) -> None:
    path = written(tmp_path, walking(31, 1.0, turn_rad=0.02), "wrap")
    clip = read_deepmimic(path, seconds=5.0)
    steps = np.linalg.norm(np.diff(clip.root_positions[:, [0, 2]], axis=0), axis=1)
    assert clip.duration_s == pytest.approx(5.0, abs=0.05)
    assert steps.max() < 1.5 * np.median(steps)
    assert reference_of(clip).steps > 140


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "JSON"),
        ("[]", "Frames"),
        ('{"Frames": [[1, 2]]}', "Frames"),
        ('{"Frames": [[1, 2], [1, 2]]}', "2 numbers"),
        (json.dumps({"Frames": [STILL, ["x"] * FRAME_SIZE]}), "other than numbers"),
        (json.dumps({"Frames": [STILL, [*STILL[:-1], float("nan")]]}), "finite"),
        (json.dumps({"Frames": [[0.0, *STILL[1:]], STILL]}), "lasts"),
        (json.dumps({"Frames": [STILL, [*STILL[:4], *([0.0] * 40)]]}), "rotation"),
    ],
)
def test_bad_files_are_refused_with_a_reason(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=told):
        read_deepmimic(path)
