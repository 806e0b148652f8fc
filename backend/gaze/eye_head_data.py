"""Samples of the eye–head network: gaze shifts on the heads of recorded motion, and recordings.

A sample is a stretch of features with what eyes and head should do. Those of the teacher are made
without end from head motion of mocap clips and random shifts; those of people are few, and kept by
recording so that each can be held out.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from rich.progress import track
from scipy.ndimage import gaussian_filter1d

from blender_addon.core.bvh import read_bvh
from blender_addon.core.conventions import FORWARD, MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.eye_angles import angles_to_rotations
from blender_addon.core.gaze.eye_head_features import (
    angles_to_directions,
    build_features,
    directions_in_head,
    directions_to_angles,
)
from blender_addon.core.gaze.eye_head_formula import simulate
from blender_addon.core.maths.rotations import (
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.retarget.joint_names import find_common_joints

from .eye_head_recordings import Recording, read_recording

_log = logging.getLogger(__name__)

RECORDINGS = (
    "htc_NA01_2D_Fist3", "htc_NA01_360VR_Fist3", "htc_NA05_2D_Spread7",
    "htc_NA05_360VR_Spread7", "htc_NA15_2D_Pen3", "neon_demo",
)  # fmt: skip
"""Those that can be trusted for eye and head both."""
TEACHER = "teacher"
"""Stands for a person's name in the teacher's samples."""
PHASES = (0.0, 0.25, 0.5, 0.75)
SAMPLE_FRAMES = 480
TEACHER_SAMPLES = {"train": 1800, "val": 160}
_STILL_HEADS = 0.35
"""Share of samples on a head that hardly moves, as of a standing or sitting talker."""
_ONWARD_SHIFTS = 0.3
"""Share of shifts to about where the body's animation is going to turn the head anyway."""
_MOVING_TARGETS = 0.25
_BODY_SMOOTHING_FRAMES = 60.0
_SEEN_RAD = np.deg2rad([95.0, 55.0])
_MIRRORED = np.array([-1.0, 1.0])


@dataclass(frozen=True)
class Sample:
    """Features of a stretch and what eyes and head should do.

    Args:
        name: where it comes from.
        person: who was recorded; "teacher" for the model's.
        desired: (T, 3) directions desired.
        head_rotations_wxyz: (T, 4) own head, in the same frame.
        shifts_frames: (N,) onsets of the shifts.
        eye_rad: (T, 2) in the head, offset included.
        offset_rad: (T, 2) to add to the own head.
        valid: (T,) where eye and offset are known.
    """

    name: str
    person: str
    desired: Floats
    head_rotations_wxyz: Floats
    shifts_frames: Floats
    eye_rad: Floats
    offset_rad: Floats
    valid: Bools

    def features(self) -> Floats:
        """(T, F)."""
        return build_features(self.desired, self.head_rotations_wxyz, self.shifts_frames)

    def targets(self) -> Floats:
        """(T, 4) in the order of OUTPUT_LAYOUT."""
        return as_outputs(self.eye_rad, self.offset_rad)


def as_outputs(eye_rad: Floats, offset_rad: Floats) -> Floats:
    """Eye (T, 2) in a turned head and its offset (T, 2) as the network says them.

    Its eye is gaze as the own head sees it less the offset, angle by angle; decode_eye_head puts
    them together in three dimensions.
    """
    seen = quaternion_rotate(angles_to_rotations(offset_rad), angles_to_directions(eye_rad))
    return np.concatenate((directions_to_angles(seen) - offset_rad, offset_rad), -1)


def complete_head(recording: Recording, moving: bool = True) -> Sample:
    """The recorded head is the rig's whole animation: nothing is to be added to it."""
    desired = recording.desired_moving if moving else recording.desired_still
    return Sample(
        recording.name,
        recording.person,
        desired,
        recording.head_rotations_wxyz,
        recording.shifts_frames,
        recording.eye_rad,
        np.zeros_like(recording.eye_rad),
        recording.valid,
    )


def static_head(recording: Recording, moving: bool = True) -> Sample:
    """The rig's head stands still in the mean direction; all the person's turning is the offset."""
    head = make_continuous(recording.head_rotations_wxyz)
    still = np.broadcast_to(normalise(head.mean(axis=0)), head.shape).copy()
    forward = quaternion_rotate(head, _forward(len(head)))
    offset = directions_in_head(forward, still)
    seen = quaternion_rotate(quaternion_conjugate(still), recording.gaze)
    return Sample(
        recording.name,
        recording.person,
        recording.desired_moving if moving else recording.desired_still,
        still,
        recording.shifts_frames,
        # The head's roll is left to the animation, and so the eye is that of a head without it.
        directions_in_head(seen, angles_to_rotations(offset)),
        offset,
        recording.valid,
    )


def mirror(sample: Sample) -> Sample:
    """Left and right exchanged."""
    flip = np.array([1.0, 1.0, -1.0, -1.0])  # of a rotation, by the plane x = 0
    return Sample(
        sample.name,
        sample.person,
        sample.desired * [-1.0, 1.0, 1.0],
        sample.head_rotations_wxyz * flip,
        sample.shifts_frames,
        sample.eye_rad * _MIRRORED,
        sample.offset_rad * _MIRRORED,
        sample.valid,
    )


def find_eyehead(data: Path) -> Path:
    """The folder of recordings in or below a folder of data, or that folder itself."""
    places = (data / "eyehead", data / "gaze" / "eyehead")
    return next((place for place in places if place.is_dir()), data)


def read_recordings(folder: Path, phase: float = 0.0) -> list[Recording]:
    """The trustworthy recordings of a folder; of another folder, all of them.

    Args:
        folder: of CSV files.
        phase: see read_recording.

    Raises:
        InputError: there is none.
    """
    paths = [path for name in RECORDINGS if (path := folder / f"{name}.csv").is_file()]
    paths = paths or sorted(folder.glob("*.csv"))
    if not paths:
        raise InputError(f"no recording in {folder}; give a folder of CSV files as in its README")
    return [read_recording(path, phase) for path in paths]


def read_heads(mocap: Path, split: str) -> Iterator[tuple[str, Floats]]:
    """Names and head rotations (T, 4) in the world of the clips of a ``mocap`` folder, 60 Hz.

    Raises:
        InputError: the folder has no ``cmu/clips.csv``.
    """
    index = mocap / "cmu" / "clips.csv"
    if not index.is_file():
        raise InputError(f"{index} is missing; give the motion capture folder with cmu/clips.csv")
    with index.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    for row in track(rows, description=f"heads, {split}"):
        clip = read_bvh(mocap / "cmu" / f"{row['clip']}.bvh")
        head = find_common_joints(clip.skeleton.names).get("Head")
        if head is None or clip.duration_s < 2.0:
            continue
        clip = resample_clip(clip, MODEL_FRAME_RATE_HZ)
        _, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
        yield row["clip"], make_continuous(turns[:, clip.skeleton.index(head)]).astype(np.float64)


def level(head_wxyz: Floats) -> Floats:
    """Head rotations (T, 4) pitched in themselves so that at the median they look straight on.

    Skeletons disagree on how a head bone is turned when its bearer looks to the horizon.
    """
    forward = quaternion_rotate(head_wxyz, _forward(len(head_wxyz)))
    pitch = float(np.median(directions_to_angles(forward)[:, 1]))
    return quaternion_multiply(head_wxyz, angles_to_rotations(np.array([0.0, -pitch])))


def make_sample(heads: list[tuple[str, Floats]], rng: np.random.Generator) -> Sample:
    """One sample of the teacher: random shifts on a random stretch of a random head."""
    name, head = heads[rng.integers(len(heads))]
    if rng.random() < _STILL_HEADS:
        name, head = "still", _still_head(rng)
    start = rng.integers(max(len(head) - SAMPLE_FRAMES, 0) + 1)
    head = head[start : start + SAMPLE_FRAMES]
    shifts = _random_onsets(len(head), rng)
    desired = _random_targets(head, shifts, rng)
    eye, offset = simulate(desired, head, shifts)
    aim = np.abs(directions_in_head(desired, head))
    # Dancers spin: what is behind them is out of anyone's reach, and teaches nothing.
    seen = (aim < _SEEN_RAD).all(-1)
    sample = Sample(name, TEACHER, desired, head, shifts, eye, offset, seen)
    return mirror(sample) if rng.random() < 0.5 else sample


def _forward(frames: int) -> Floats:
    return np.broadcast_to(FORWARD.astype(np.float64), (frames, 3))


def _still_head(rng: np.random.Generator) -> Floats:
    """A head (T, 4) that sways by a degree or so, or not at all as on rigs without animation."""
    noise = rng.normal(size=(SAMPLE_FRAMES + 240, 2)) * [0.5, 0.35]
    sway = gaussian_filter1d(noise, 40.0, axis=0) * 9.0 + gaussian_filter1d(noise, 8.0, axis=0)
    strength = rng.uniform(0.0, 3.0) * (rng.random() < 0.7)
    return angles_to_rotations(np.deg2rad(strength * sway[120:-120]))


def _random_onsets(frames: int, rng: np.random.Generator) -> Floats:
    """Onsets (N,) between frames 1 and T, pauses log-normal about 0.45 s from 0.1 s on."""
    pauses = np.exp(rng.normal(np.log(0.45), 0.8, frames // 6)).clip(0.1, 6.0)
    onsets = np.cumsum(pauses) * MODEL_FRAME_RATE_HZ
    return onsets[onsets < frames - 1]


def _random_targets(head: Floats, shifts: Floats, rng: np.random.Generator) -> Floats:
    """(T, 3) directions that jump at the shifts and stand still in the world, or move, between."""
    frames = len(head)
    body = normalise(gaussian_filter1d(head, _BODY_SMOOTHING_FRAMES, axis=0, mode="nearest"))
    desired = np.empty((frames, 3))
    bounds = [0, *np.minimum(np.ceil(shifts).astype(int), frames), frames]
    for start, end in pairwise(bounds):
        angles = _random_angles(rng)
        frame = body[min(start, frames - 1)]
        if rng.random() < _ONWARD_SHIFTS:
            frame, angles = head[min(start + 24, frames - 1)], 0.25 * angles
        moving = rng.random() < _MOVING_TARGETS
        speed = rng.normal(0.0, np.deg2rad(10.0), 2) * [1.0, 0.4] * moving
        trajectory = angles + np.arange(end - start)[:, None] / MODEL_FRAME_RATE_HZ * speed
        desired[start:end] = quaternion_rotate(frame, angles_to_directions(trajectory))
    return desired


def _random_angles(rng: np.random.Generator) -> Floats:
    """Where to look from straight on: mostly near, at times far to the side."""
    spread = rng.choice([3.0, 10.0, 22.0, 38.0], p=[0.25, 0.35, 0.25, 0.15])
    angles = rng.normal(0.0, spread, 2) * [1.0, 0.5]
    return np.deg2rad(angles.clip([-80.0, -35.0], [80.0, 30.0]))


def prepare_eye_head(data: Path, out: Path) -> None:
    """Write the teacher's samples and those of the recordings.

    Args:
        data: folder that holds eyehead and lies beside mocap, or that holds gaze and mocap.
        out: folder for teacher_train.npz and teacher_val.npz, and of the recordings complete.npz
            and static.npz.
    """
    out.mkdir(parents=True, exist_ok=True)
    mocap = next((p for p in (data / "mocap", data.parent / "mocap") if p.is_dir()), data / "mocap")
    for number, (split, count) in enumerate(TEACHER_SAMPLES.items()):
        path = out / f"teacher_{split}.npz"
        if path.is_file():
            _log.info("%s is there", path)
            continue
        heads = [(name, level(head)) for name, head in read_heads(mocap, split)]
        rng = np.random.default_rng([number, count])
        save_samples(path, [make_sample(heads, rng) for _ in range(count)])
    recordings = [one for phase in PHASES for one in read_recordings(find_eyehead(data), phase)]
    for name, make in (("complete", complete_head), ("static", static_head)):
        samples = [make(one) for one in recordings]
        save_samples(out / f"{name}.npz", samples + [mirror(sample) for sample in samples])


def save_samples(path: Path, samples: list[Sample]) -> None:
    """Write features, targets and validity of samples, padded to the longest."""
    frames = max(len(sample.valid) for sample in samples)
    arrays: dict[str, list[Floats]] = {"features": [], "targets": [], "valid": []}
    for sample in samples:
        rest = frames - len(sample.valid)
        arrays["features"].append(np.pad(sample.features(), ((0, rest), (0, 0)), mode="edge"))
        arrays["targets"].append(np.pad(sample.targets(), ((0, rest), (0, 0)), mode="edge"))
        arrays["valid"].append(np.pad(sample.valid, (0, rest)))
    stacked = {name: np.stack(parts) for name, parts in arrays.items()}
    stacked = {n: a if a.dtype == bool else a.astype(np.float32) for n, a in stacked.items()}
    names = {part: [getattr(sample, part) for sample in samples] for part in ("name", "person")}
    np.savez(path, **{part: np.array(values) for part, values in names.items()}, **stacked)
    _log.info("%s: %d samples, %d frames at most", path, len(samples), frames)
