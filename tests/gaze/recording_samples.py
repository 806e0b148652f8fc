"""Invented conversations in the recordings' format, small enough to train on in seconds."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from backend.gaze.conversation import SAMPLE_S

COLUMNS = ("segment", "role", "onset_s", "duration_s", "x_px", "yaw_deg", "pitch_deg")
ROLE_NAMES = ("SPEAK", "LISTEN", "DIALOGUE")


def write_person(path: Path, count: int = 240, seed: int = 0, restless: float = 0.4) -> Path:
    """A person who looks at one of two places, mostly at the first; some 6 fixations a segment.

    Args:
        path: file to write.
        count: fixations.
        seed: of everything random.
        restless: chance of changing places, when speaking; a third of it in other roles.
    """
    rng = np.random.default_rng(seed)
    places = np.array([[rng.uniform(-12, 5), -4.0], [rng.uniform(15, 20), 6.0]])
    place, segment, time, rows = 0, 0, 10.0, []
    for number in range(count):
        role = (3 * number) // count
        if number and (rng.random() < 0.15 or role != (3 * (number - 1)) // count):
            segment, time = segment + 1, time + rng.uniform(0.2, 1.5)
        if rng.random() < (restless if role == 0 else restless / 3) or place == 1:
            place = 1 - place
        yaw, pitch = places[place] + rng.normal(0, 0.7, 2)
        duration = SAMPLE_S * rng.integers(10, 40)
        rows.append((segment, ROLE_NAMES[role], round(time, 4), round(duration, 4), 0, yaw, pitch))
        # At least one sample between: fixations that abut are taken for pieces of one.
        time += duration + SAMPLE_S * rng.integers(1, 6)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows([COLUMNS, *rows])
    return path


def write_people(folder: Path, count: int = 4, fixations: int = 240) -> Path:
    """Several people, p00 and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        write_person(folder / f"p{number:02d}.csv", fixations, number)
    return folder
