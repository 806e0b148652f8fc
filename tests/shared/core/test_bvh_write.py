"""What is written as BVH is read back the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from blender_addon.core.bvh import read_bvh, write_bvh
from blender_addon.core.errors import SkeletonError
from blender_addon.core.maths.rotations import heading_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.skeleton import Skeleton
from tests.shared.core.motion_samples import clips, rotation_gap, stepping_clip


@given(clips())
@settings(deadline=None, max_examples=80)
def test_round_trip(tmp_path_factory, clip: MotionClip) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.bvh"
    write_bvh(path, clip)
    back = read_bvh(path)
    assert back.skeleton.names == clip.skeleton.names
    assert back.frame_rate_hz == pytest.approx(clip.frame_rate_hz, rel=1e-4)
    np.testing.assert_array_equal(back.skeleton.parents, clip.skeleton.parents)
    np.testing.assert_allclose(back.skeleton.offsets, clip.skeleton.offsets, atol=1e-6)
    np.testing.assert_allclose(back.root_positions, clip.root_positions, atol=1e-5)
    assert rotation_gap(back.rotations_wxyz, clip.rotations_wxyz) < 1e-5
    assert back.skeleton.ends.keys() == clip.skeleton.ends.keys()
    for name, end in clip.skeleton.ends.items():
        assert back.skeleton.ends[name] == pytest.approx(end, abs=1e-6)


@pytest.mark.parametrize("rate", [24.0, 23.976, 24 / 1.001, 29.97, 30 / 1.001, 60.0, 120.0])
def test_frame_rate_survives(tmp_path: Path, rate: float) -> None:
    write_bvh(tmp_path / "a.bvh", stepping_clip(frames=3, rate_hz=rate))
    assert read_bvh(tmp_path / "a.bvh").frame_rate_hz == pytest.approx(rate, rel=2e-5)


@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["cmu/amc_02_01", "cmu/acrnn_salsa_01", "kaykit/kaykit_walk_a", "quaternius/ual_walk"]
)
def test_real_clips_round_trip(data_dir: Path, tmp_path: Path, name: str) -> None:
    clip = read_bvh(data_dir / "mocap" / f"{name}.bvh")
    write_bvh(tmp_path / "a.bvh", clip)
    back = read_bvh(tmp_path / "a.bvh")
    here, there = (
        forward_kinematics(c.skeleton, c.root_positions, c.rotations_wxyz)[0] for c in (clip, back)
    )
    np.testing.assert_allclose(here, there, atol=1e-4)
    assert back.frame_rate_hz == clip.frame_rate_hz


def test_joints_out_of_order_are_written_depth_first(tmp_path: Path) -> None:
    names = ("root", "left", "right", "left_tip", "right_tip")
    offsets = np.arange(15, dtype=np.float32).reshape(5, 3) * 0.1
    skeleton = Skeleton(names, np.array([-1, 0, 0, 1, 2]), offsets)
    turns = np.zeros((1, 5, 4), np.float32)
    turns[0, :, 0] = 1.0
    turns[0, 1] = heading_to_quaternion(0.7)
    write_bvh(tmp_path / "a.bvh", MotionClip(skeleton, 30.0, np.zeros((1, 3)), turns))
    back = read_bvh(tmp_path / "a.bvh")
    assert back.skeleton.names == ("root", "left", "left_tip", "right", "right_tip")
    for name in names:
        there, here = back.skeleton.index(name), skeleton.index(name)
        np.testing.assert_allclose(back.skeleton.offsets[there], offsets[here], atol=1e-6)
        assert rotation_gap(back.rotations_wxyz[:, there], turns[:, here]) < 1e-6


def test_angles_run_on_instead_of_jumping(tmp_path: Path) -> None:
    clip = stepping_clip(frames=200)
    rotations = clip.rotations_wxyz.copy()
    rotations[:, 0] = heading_to_quaternion(np.linspace(0, 1.4, 200).astype(np.float32))
    spin = np.linspace(0, 20, 200)
    rotations[:, 1] = np.stack((np.cos(spin), 0 * spin, 0 * spin, np.sin(spin)), axis=-1)
    path = tmp_path / "a.bvh"
    write_bvh(path, MotionClip(clip.skeleton, 60.0, clip.root_positions, rotations))
    rows = np.array([r.split() for r in path.read_text().partition("Time:")[2].split("\n")[1:-1]])
    assert np.abs(np.diff(rows.astype(float), axis=0)).max() < 30


@pytest.mark.parametrize("name", ["", " hips", "a{b", "a}b", "a\nb", "a\rb", "a\0b"])
def test_names_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    skeleton = Skeleton((name,), np.array([-1]), np.zeros((1, 3)))
    clip = MotionClip(skeleton, 30.0, np.zeros((1, 3)), np.array([[[1.0, 0, 0, 0]]]))
    with pytest.raises(SkeletonError, match="rename"):
        write_bvh(tmp_path / "a.bvh", clip)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "a.bvh"
    write_bvh(path, stepping_clip(frames=2))
    before = path.read_bytes()

    def full_disk(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_bvh(path, stepping_clip(frames=5))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_bvh(tmp_path / "none" / "a.bvh", stepping_clip(frames=2))
