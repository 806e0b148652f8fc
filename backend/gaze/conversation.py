"""Fixations recorded in conversation, one CSV file a person.

Format, for recordings of one's own: a file ``<person>.csv`` with the columns ``segment`` (number of
the stretch of uninterrupted recording, not falling), ``role`` (SPEAK, LISTEN or DIALOGUE),
``onset_s``, ``duration_s``, ``yaw_deg`` (right positive) and ``pitch_deg`` (up positive), fixations
in order of time; other columns are not looked at. The person's own median direction is taken for
the partner's face.

Detectors split fixations: a quarter of those shared with the authors' data begin at the very sample
at which the one before ends, mostly a fraction of a degree from it. Such pieces within a degree are
joined before anything is learned or measured.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.errors import InputError
from blender_addon.core.gaze.events import ROLES, encode_events

SAMPLE_S = 1.0 / 90.061
"""Sampling step of the tracker: durations and pauses are multiples of it."""
VALIDATION_PEOPLE = ("p05", "p14")
_ROLE_NAMES = {"SPEAK": "speaking", "LISTEN": "listening", "DIALOGUE": "dialogue"}
_COLUMNS = ("segment", "role", "onset_s", "duration_s", "yaw_deg", "pitch_deg")
_TYPICAL_BREAK_S = 0.6
_BREAK_RANGE_S = (0.1, 5.0)
_PIECE_RAD = float(np.deg2rad(1.0))


@dataclass(frozen=True, eq=False)
class Recording:
    """All fixations of one person, in order of time.

    Args:
        name: of the person.
        direction_rad: (N, 2) yaw to the left and pitch up, relative to the person's median.
        duration_s: (N,) as sampled.
        pause_s: (N,) time since the fixation before, as sampled; 0 after a break.
        roles: (N,) numbers into ROLES.
        breaks_s: (N,) how long the tracker saw nothing before the fixation; 0 without a break.
        sha256: of the file it came from, so that nobody trained on is taken for held out.
    """

    name: str
    direction_rad: Floats
    duration_s: Floats
    pause_s: Floats
    roles: Ints
    breaks_s: Floats
    sha256: str = ""

    @property
    def with_pause(self) -> Bools:
        """(N,) fixations whose pause was recorded."""
        return np.asarray(self.breaks_s == 0)

    def events(self, rng: np.random.Generator | None = None) -> Floats:
        """Encoded events (N, 4).

        Args:
            rng: spreads durations and pauses evenly over the sampling step they were found in, so
                that no density wins by learning the grid; None leaves them in its middle.
        """
        count = len(self.duration_s)
        within = np.full((2, count), 0.5) if rng is None else rng.random((2, count))
        duration_s = self.duration_s + (within[0] - 0.5) * SAMPLE_S
        # Between the last sample of a fixation and the first of the next lies one step more than
        # samples are missing; where within it the eye moved is unknown.
        return encode_events(self.direction_rad, duration_s, self.pause_s + within[1] * SAMPLE_S)


def read_recordings(folder: Path) -> list[Recording]:
    """All recordings of a folder, by name.

    Raises:
        InputError: there are none, or one is malformed.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise InputError(
            f"{folder} holds no recordings of gaze; expected one CSV file a person with the "
            f"columns {', '.join(_COLUMNS)}; choose another folder with --data"
        )
    return [read_recording(path) for path in files]


def read_recording(path: Path) -> Recording:
    """One person's fixations.

    Raises:
        InputError: columns are missing, a number or role cannot be read, or time runs backward.
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = set(_COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise InputError(
                f"{path} lacks the columns {', '.join(sorted(missing))}; "
                f"expected {', '.join(_COLUMNS)}"
            )
        rows = list(reader)
    if len(rows) < 2:
        raise InputError(f"{path} holds {len(rows)} fixations; at least 2 are needed")
    table = _read_numbers(path, rows)
    roles = np.array([_read_role(path, line, row["role"]) for line, row in enumerate(rows, 2)])
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(join_pieces(_to_recording(path.stem, table, roles)), sha256=digest)


def _read_numbers(path: Path, rows: list[dict[str, str]]) -> dict[str, Floats]:
    names = [name for name in _COLUMNS if name != "role"]
    try:
        table = {name: np.array([float(row[name]) for row in rows]) for name in names}
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: a number cannot be read: {error}; correct the file") from error
    for name, column in table.items():
        if not np.isfinite(column).all():
            line = int(np.flatnonzero(~np.isfinite(column))[0]) + 2
            raise InputError(f"{path}:{line}: {name} is {column[line - 2]}; expected a number")
    back = np.flatnonzero(np.diff(table["segment"]) < 0)
    if len(back):
        raise InputError(f"{path}:{back[0] + 3}: the segment's number falls; sort by time")
    return table


def _read_role(path: Path, line: int, name: str) -> int:
    if name not in _ROLE_NAMES:
        desired = ", ".join(_ROLE_NAMES)
        raise InputError(f"{path}:{line}: the role is '{name}'; expected one of {desired}")
    return ROLES.index(_ROLE_NAMES[name])


def _to_recording(name: str, table: dict[str, Floats], roles: Ints) -> Recording:
    right_up = np.deg2rad(np.stack((table["yaw_deg"], table["pitch_deg"]), axis=-1))
    centred = (right_up - np.median(right_up, axis=0)) * (-1.0, 1.0)
    gap_s = table["onset_s"][1:] - table["onset_s"][:-1] - table["duration_s"][:-1]
    cut = (np.diff(table["segment"]) > 0) | (np.diff(roles) != 0)
    return Recording(
        name,
        centred,
        table["duration_s"],
        np.concatenate(((0.0,), np.where(cut, 0.0, np.maximum(gap_s, 0.0)))),
        roles,
        # Onsets of segments drift where samples were lost: a gap may come out negative.
        np.concatenate(((_TYPICAL_BREAK_S,), np.where(cut, np.clip(gap_s, *_BREAK_RANGE_S), 0.0))),
    )


def join_pieces(recording: Recording) -> Recording:
    """Put pieces of one fixation together: no sample between them, within a degree of each other.

    Directions are means by duration. The person's median, which is taken for the partner's face,
    stays that of the fixations as they came.
    """
    direction, duration = recording.direction_rad.copy(), recording.duration_s.copy()
    way = np.linalg.norm(np.diff(direction, axis=0), axis=-1)
    abuts = recording.with_pause[1:] & (recording.pause_s[1:] < 0.5 * SAMPLE_S)
    first = np.concatenate(((True,), ~(abuts & (way < _PIECE_RAD))))
    starts = np.flatnonzero(first)
    whole = np.add.reduceat(duration, starts)
    centre = np.add.reduceat(direction * duration[:, None], starts) / whole[:, None]
    return replace(
        recording,
        direction_rad=centre,
        duration_s=whole,
        pause_s=recording.pause_s[first],
        roles=recording.roles[first],
        breaks_s=recording.breaks_s[first],
    )
