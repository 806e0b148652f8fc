"""A person made up of formulas: recordings whose truth is known, and samples of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backend.gaze.eye_head_data import (
    Sample,
    complete_head,
    make_sample,
    mirror,
    read_recordings,
    save_samples,
    static_head,
)
from backend.gaze.eye_head_recordings import COLUMNS
from blender_addon.core.face.eye_angles import angles_to_rotations

RATE_HZ = 120.0
ONSETS_S = np.array([0.8, 1.6, 2.9, 3.3, 4.4])
PLACES_DEG = np.array([[0.0, 0], [12, 3], [-8, -4], [15, 0], [2, 6], [-20, -2]])
"""Yaw to the right, pitch up, as recordings have them."""
BLINK_S = (2.1, 2.3)


def write_recording(path: Path, seed: int = 0, seconds: float = 6.0) -> Path:
    """Eyes that jump along straight lines in 40 ms on a head that sways by some degrees."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    rng = np.random.default_rng(seed)
    done = np.clip((times[:, None] - ONSETS_S) / 0.04, 0.0, 1.0)
    gaze = PLACES_DEG[0] + done @ np.diff(PLACES_DEG, axis=0)
    head = np.stack((4.0 * np.sin(times * 1.3), 2.0 * np.sin(times * 0.9 + seed)), axis=-1)
    eye = gaze - head + rng.normal(0.0, 0.03, gaze.shape)
    blink = (times > BLINK_S[0]) & (times < BLINK_S[1])
    table = np.column_stack((times, eye, head, 0 * times, ~blink, times >= 0, blink))
    np.savetxt(path, table, delimiter=",", header=",".join(COLUMNS), comments="", fmt="%.5f")
    return path


def write_prepared(folder: Path) -> Path:
    """What prepare_eye_head writes, of two made-up people and a swaying head."""
    for number, person in enumerate(("one", "two")):
        write_recording(folder / f"{person}_walk.csv", number, seconds=10.0)
    recordings = read_recordings(folder)
    for name, make in (("complete", complete_head), ("static", static_head)):
        samples = [make(recording) for recording in recordings]
        save_samples(folder / f"{name}.npz", samples + [mirror(sample) for sample in samples])
    for number, part in enumerate(("train", "val")):
        save_samples(folder / f"teacher_{part}.npz", teacher_samples(8, number))
    return folder


def teacher_samples(count: int, seed: int) -> list[Sample]:
    """Samples on a head that sways."""
    frame = np.arange(600)
    sway = np.stack((0.3 * np.sin(frame / 40.0), 0.1 * np.sin(frame / 25.0)), axis=-1)
    rng = np.random.default_rng(seed)
    return [make_sample([("sway", angles_to_rotations(sway))], rng) for _ in range(count)]
