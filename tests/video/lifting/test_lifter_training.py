"""Samples, training and export of the lifter, on a few seconds of made-up motion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from backend.mocap.recordings import Recording
from backend.video.lifter.bodies import BONES, build_bank, places
from backend.video.lifter.cameras import draw_axes, draw_paths
from backend.video.lifter.mixing import Mixer
from backend.video.lifter.noise import hidden
from backend.video.lifter.rendered import Lender, read_films
from backend.video.lifter.samples import Sampler, drawn_errors, even_errors
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.lifting.features import INPUT_LAYOUT, POINTS
from blender_addon.core.video.points import JOINTS, joints_of
from tests.video.lifting.lifting_samples import landmarks_m, level_camera, tracked_walk

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.video.lifter.export import export_lifter  # noqa: E402
from backend.video.lifter.loop import LifterConfig, load_lifter, train  # noqa: E402
from backend.video.lifter.network import Lifter, LifterShape, reach  # noqa: E402
from blender_addon.core.inference.session import ModelSession  # noqa: E402
from blender_addon.core.video.lifting.lifter import Lifter as LifterOfFilms  # noqa: E402

pytestmark = pytest.mark.torch

SMALL = LifterShape(width=16, dilations=(1, 2))


def _clip(frames: int = 90) -> MotionClip:
    """Arms and legs that swing about random axes."""
    rng = np.random.default_rng(4)
    joints = len(COMMON_SKELETON.names)
    axes = rng.normal(size=(joints, 3))
    axes /= np.linalg.norm(axes, axis=-1, keepdims=True)
    phase = rng.uniform(0, 6, joints)
    angle = 0.3 * np.sin(np.arange(frames)[:, None] / 9 + phase)
    turns = axis_angle_to_quaternion(np.broadcast_to(axes, (frames, joints, 3)), angle)
    root = np.zeros((frames, 3), np.float32)
    root[:, 1], root[:, 2] = 0.97, np.linspace(0, 2, frames)
    return MotionClip(COMMON_SKELETON, 30.0, root, turns.astype(np.float32))


def _recordings() -> list[Recording]:
    parts = (("a", "train", "walk"), ("b", "train", "dance"), ("c", "val", "walk"))
    return [Recording(name, "cmu", label, split, "", _clip()) for name, split, label in parts]


def _write_film(folder: Path, off_px: float = 2.0, error: float = 0.05) -> None:
    """A film of the bank in which every point is seen a little to the right."""
    frames = 45
    camera, tracked = level_camera(frames), tracked_walk(frames)
    truth = camera.to_camera(joints_of(landmarks_m(frames)))
    from_y_up = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    pose = np.tile(np.eye(4), (frames, 1, 1))
    pose[:, :3, :3] = from_y_up @ camera.rotations * np.array([1.0, -1.0, -1.0])
    np.savez(
        folder / "00001.npz",
        points_px=np.add(tracked.points_px, (off_px, 0.0)),
        visibility=tracked.visibility,
        presence=tracked.presence,
        world_m=tracked.world_m,
        seen=tracked.seen,
        crops_px=tracked.crops_px,
        size_px=np.array(tracked.size_px),
        focal_px=camera.focal_px[0],
        fps=30.0,
        truth_camera_m=truth,
        camera_to_world=pose,
        error_torso=error,
    )


def test_bones_of_their_own_length_make_the_skeletons_joints() -> None:
    bank = build_bank([replace(_recordings()[0])], mirrored=False)
    clip = _clip()
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    found = places(bank.bones[None], np.ones((1, len(BONES)), np.float32))[0]
    names = COMMON_SKELETON.names
    for point in set(JOINTS) - {"Neck", "HeadTop"}:
        expected = joints[:, names.index(point)] - joints[:, 0]
        np.testing.assert_allclose(found[:, POINTS.index(point)], expected, atol=1e-5)
    shoulders = joints[:, [names.index("LeftArm"), names.index("RightArm")]].mean(axis=1)
    neck = found[:, POINTS.index("Neck")]
    np.testing.assert_allclose(neck, shoulders - joints[:, 0], atol=1e-5)


def test_cameras_look_at_the_person_and_keep_their_distance() -> None:
    rng = np.random.default_rng(0)
    axes = draw_axes(500, rng)
    np.testing.assert_allclose(axes @ axes.transpose(0, 2, 1), np.tile(np.eye(3), (500, 1, 1)),
                               atol=1e-9)  # fmt: skip
    np.testing.assert_allclose(np.linalg.det(axes), 1.0)
    looks_down = np.degrees(np.arcsin(-axes[:, 2, 1]))
    assert looks_down.min() > -16.0
    assert looks_down.max() < 51.0
    hips = np.cumsum(rng.normal(size=(500, 60, 3)) * 0.1, axis=1)
    path = draw_paths(hips, axes, rng)
    assert path[..., 2].min() >= 1.2 - 1e-6
    assert (np.abs(path[..., :2] / path[..., 2:])).max() < 0.71


@pytest.mark.parametrize("see", [drawn_errors, even_errors])
def test_samples_are_finite_alike_for_a_seed_and_near_the_truth(see) -> None:
    bank = build_bank(_recordings())
    one, other = (Sampler(bank, np.random.default_rng(3)).samples(16, 30, see) for _ in range(2))
    np.testing.assert_array_equal(one.sight.features, other.sight.features)
    assert np.isfinite(one.sight.features).all()
    assert np.isfinite(one.joints_m).all()
    seen = one.sight.features[..., INPUT_LAYOUT.slices["points"]].reshape(16, 30, -1, 2)
    size = np.sqrt((one.joints_m**2).sum(axis=-1).mean(axis=-1))[..., None, None]
    off = np.linalg.norm(seen[:, :, :14] * size - one.joints_m[..., :2], axis=-1)
    assert np.median(off) < 0.2


def test_a_wrist_behind_the_trunk_is_hidden() -> None:
    rest = build_bank(_recordings()[:1], mirrored=False)
    body = places(rest.bones[None, :1] * 1.0, np.ones((1, len(BONES)), np.float32))
    seen = body * np.array([-1.0, -1.0, -1.0])  # from the front: right, down, ahead
    behind = seen.copy()
    wrist = POINTS.index("LeftHand")
    behind[0, 0, wrist] = seen[0, 0, POINTS.index("Neck")] * 0.5 + (0.0, 0.0, 0.25)
    assert hidden(behind)[0, 0, wrist]
    behind[0, 0, wrist, 2] -= 0.6
    assert not hidden(behind)[0, 0, wrist]


def test_films_lend_their_errors(tmp_path: Path) -> None:
    _write_film(tmp_path, off_px=7.0)
    films = read_films(tmp_path)
    # 7 px of 700 at 4 m are 4 cm; the film once as it is and once mirrored
    np.testing.assert_allclose(np.abs(films.flat_m[..., 0]), 0.04, atol=0.004)
    np.testing.assert_allclose(films.flat_m[..., 1], 0.0, atol=3e-3)
    np.testing.assert_allclose(films.solid_m, 0.0, atol=0.03)
    np.testing.assert_allclose(films.views[0], [0.0, 0.0, 1.0], atol=0.02)
    lender = Lender(films, np.random.default_rng(0))
    bodies = Sampler(build_bank(_recordings()), np.random.default_rng(1)).bodies(6, 50)
    seen = lender.detect(bodies, np.random.default_rng(2))
    whole = (bodies.places_m + bodies.hips_m[:, :, None])[:, :, :14]
    off = seen.rays[:, :, :14] - whole[..., :2] / whole[..., 2:]
    off_m = np.abs(off[..., 0]) * whole[..., 2]
    assert 0.02 < np.median(off_m) < 0.05
    own = lender.samples(4, 60)
    assert np.isfinite(own.sight.features).all()
    assert own.joints_m.shape == (4, 60, 14, 3)


def test_a_film_of_somebody_else_is_left_out(tmp_path: Path) -> None:
    _write_film(tmp_path, error=0.9)
    with pytest.raises(InputError, match="1 looked at"):
        read_films(tmp_path)


def test_a_mixture_has_all_kinds(tmp_path: Path) -> None:
    _write_film(tmp_path)
    mixer = Mixer(build_bank(_recordings()), np.random.default_rng(0), tmp_path)
    has_world = [mixer.draw(4, 20).sight.features[..., INPUT_LAYOUT.slices["has_world"]].any()
                 for _ in range(40)]  # fmt: skip
    assert 0 < sum(has_world) < 40


def test_a_network_sees_as_many_frames_as_it_says() -> None:
    torch.manual_seed(0)
    network = Lifter(np.zeros(INPUT_LAYOUT.size), np.ones(INPUT_LAYOUT.size), SMALL).eval()
    features = torch.randn(1, 21, INPUT_LAYOUT.size)
    changed = features.clone()
    changed[0, 10] += 1.0
    with torch.inference_mode():
        moved = (network(features) - network(changed)).abs().amax(dim=-1)[0] > 1e-6
    assert torch.nonzero(moved).flatten().tolist() == list(range(10 - reach(SMALL), 14))


def test_training_resumes_exports_and_lifts(tmp_path: Path) -> None:
    config = LifterConfig(
        shape=SMALL, batch=4, frames=20, max_updates=2, validate_every=2, averaging=0.5,
        precision="fp32", max_minutes=60.0,
    )  # fmt: skip
    run = tmp_path / "run"
    train(_recordings(), run, config)
    train(_recordings(), run, replace(config, max_updates=4))
    report = export_lifter(run, tmp_path, "for a test")
    assert report.parity.largest < 1e-4
    session = ModelSession(report.path, ["CPUExecutionProvider"], threads=1)
    frames = 33
    lifted = LifterOfFilms(session).lift(tracked_walk(frames), level_camera(frames))
    assert np.isfinite(lifted.joints_m).all()
    assert load_lifter(run).shape == SMALL


def test_nothing_to_judge_by_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found 2 recordings to learn from and 0"):
        train(_recordings()[:2], tmp_path / "run", LifterConfig())
