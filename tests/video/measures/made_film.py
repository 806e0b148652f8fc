"""A film with truth in a folder, and what a tracker without error would have kept of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backend.video.judging.kept import keep_tracked
from backend.video.judging.truth import FilmTruth, Reals
from blender_addon.core.video.points import JOINTS
from blender_addon.core.video.tracked import Seen, TrackedPerson
from tests.video.measures.constructed import SIZE_PX

_BLENDER_OF_CORE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
_LANDMARKS = {
    0: "HeadTop", 11: "LeftArm", 12: "RightArm", 13: "LeftForeArm", 14: "RightForeArm",
    15: "LeftHand", 16: "RightHand", 23: "LeftUpLeg", 24: "RightUpLeg", 25: "LeftLeg",
    26: "RightLeg", 27: "LeftFoot", 28: "RightFoot", 29: "LeftFoot", 30: "RightFoot",
    31: "LeftFoot", 32: "RightFoot", 17: "LeftHand", 18: "RightHand", 19: "LeftHand",
    20: "RightHand", 21: "LeftHand", 22: "RightHand",
}  # fmt: skip


def write_truth(truth: FilmTruth, film: Path) -> Path:
    """An empty file for the film, and its truth beside it in Blender's axes."""
    film.write_bytes(b"")
    matrices = np.tile(np.eye(4), (truth.frame_count, 1, 1))
    pinhole = np.diag([1.0, -1.0, -1.0])
    matrices[:, :3, :3] = _BLENDER_OF_CORE @ truth.camera.rotations @ pinhole
    matrices[:, :3, 3] = truth.camera.positions_m @ _BLENDER_OF_CORE.T
    focal = float(truth.camera.focal_px[0])
    np.savez(
        film.with_suffix(".npz"),
        joints=np.array(JOINTS),
        positions_m=truth.joints_m @ _BLENDER_OF_CORE.T,
        camera_to_world=matrices,
        lens_mm=focal / max(SIZE_PX) * 36.0,
        sensor_mm=36.0,
        fps=truth.rate_hz,
    )
    return film.with_suffix(".npz")


def perfectly_tracked(truth: FilmTruth) -> TrackedPerson:
    """What a tracker without error says; ears lie so that the top of the head is right."""
    seen = truth.seen_m - truth.seen_m[:, 4:6].mean(axis=1, keepdims=True)
    return TrackedPerson(
        0, truth.rate_hz, truth.camera.size_px,
        _landmarks(truth.points_px),
        np.full((truth.frame_count, 33), 0.95),
        np.ones(truth.frame_count),
        _landmarks(seen),
        np.full(truth.frame_count, Seen.FOUND, np.uint8),
        np.full((truth.frame_count, 4), np.nan),
    )  # fmt: skip


def _landmarks(joints: Reals) -> Reals:
    neck, top = joints[:, JOINTS.index("Neck")], joints[:, JOINTS.index("HeadTop")]
    points = np.repeat(((top + 0.6 * neck) / 1.6)[:, None], 33, axis=1)
    for landmark, joint in _LANDMARKS.items():
        points[:, landmark] = joints[:, JOINTS.index(joint)]
    return points


def make_film(truth: FilmTruth, folder: Path, kept: Path, name: str = "made") -> TrackedPerson:
    """Write a film's truth and what was tracked of it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_truth(truth, folder / f"{name}.mp4")
    tracked = perfectly_tracked(truth)
    keep_tracked(tracked, kept / f"{name}.npz")
    return tracked
