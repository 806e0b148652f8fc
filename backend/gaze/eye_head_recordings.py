"""Recordings of eye and head together, cut into fixations.

A recording becomes what the scene would know at run time, a desired direction that jumps where a
shift begins, and what the person then did. One number per shift (when) and two or four per fixation
(where to, and how fast the target moved) go into the desired direction, nothing else.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter1d, label, median_filter
from scipy.signal import savgol_filter

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.eye_angles import angles_to_rotations
from blender_addon.core.gaze.eye_head_features import angles_to_directions, directions_to_angles
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)

_log = logging.getLogger(__name__)

COLUMNS = (
    "t_s", "eye_yaw_deg", "eye_pitch_deg", "head_yaw_deg", "head_pitch_deg", "head_roll_deg",
    "eye_valid", "head_valid", "blink",
)  # fmt: skip
_AROUND_GAPS_S = 0.04  # lids touch the pupil before and after what the tracker calls a blink
_HEAD_DELAYS_S = {"htc": 0.02}
"""By the start of the name: how much later than the head's pose the eye's samples come.

In the five HTC recordings eye velocity follows head velocity best 16 to 40 ms late, 28 ms at the
median, in yaw and in pitch; the reflex itself takes 8 ms (Collewijn and Smeets 2000)."""
_HEAD_SMOOTHING_S = 0.012  # every fourth sample of a headset repeats the one before
_VELOCITY_WINDOW_S = 0.04
_SACCADE_RAD_S = np.deg2rad(45.0)
_NOISE_FACTOR = 7.0  # times the velocity's own noise, after Engbert and Kliegl 2003
_SMALLEST_SHIFT_RAD = np.deg2rad(1.0)
_SETTLING_S = 0.02
_SHORTEST_FIXATION_S = 0.05


@dataclass(frozen=True)
class Recording:
    """What eyes and head did, at 60 Hz.

    Args:
        name: of the file.
        eye_rad: (T, 2) in the head; filled in where not valid.
        head_rotations_wxyz: (T, 4).
        valid: (T,) eye and head were measured, no blink near.
        shifts_frames: (N,) when shifts begin, in frames, not whole.
        desired_still: (T, 3) directions of targets that stand still.
        desired_moving: (T, 3) the same with targets that move steadily during a fixation.
    """

    name: str
    eye_rad: Floats
    head_rotations_wxyz: Floats
    valid: Bools
    shifts_frames: Floats
    desired_still: Floats
    desired_moving: Floats

    @property
    def person(self) -> str:
        """Who was recorded: NA01 of htc_NA01_2D_Fist3, or the first word."""
        words = self.name.split("_")
        return words[1] if words[0] == "htc" and len(words) > 1 else words[0]

    @property
    def gaze(self) -> Floats:
        """(T, 3) direction of gaze in the recording's frame."""
        return quaternion_rotate(self.head_rotations_wxyz, angles_to_directions(self.eye_rad))


@dataclass(frozen=True)
class _Track:
    """Samples at the tracker's own rate."""

    times_s: Floats
    eye_rad: Floats
    head_wxyz: Floats
    valid: Bools

    @property
    def rate_hz(self) -> float:
        return float(1.0 / np.median(np.diff(self.times_s)))


def read_recording(path: Path, phase: float = 0.0) -> Recording:
    """Read a recording and find its shifts.

    Args:
        path: a CSV with the columns of COLUMNS; yaw to the right and degrees, as recorded.
        phase: part of a frame, 0 … 1, by which the 60 Hz frames lie later.

    Raises:
        InputError: a column is missing, or there is less than a second of eye and head.
    """
    track = _read_track(path)
    gaze = quaternion_rotate(track.head_wxyz, angles_to_directions(track.eye_rad))
    angles = directions_to_angles(gaze)
    angles[:, 0] = np.unwrap(angles[:, 0])
    shifts = _find_shifts(track, angles)
    still, moving = (_desired(track, angles, shifts, degree) for degree in (0, 1))
    start = track.times_s[0] + phase / MODEL_FRAME_RATE_HZ
    frames = int(np.floor((track.times_s[-1] - start) * MODEL_FRAME_RATE_HZ)) + 1
    times = start + np.arange(frames) / MODEL_FRAME_RATE_HZ
    head = _resample(times, track.times_s, track.head_wxyz)
    onsets = np.array([shift.onset_s for shift in shifts])
    nearest = np.searchsorted(track.times_s, times).clip(1, len(track.times_s) - 1)
    return Recording(
        path.stem,
        _resample(times, track.times_s, track.eye_rad),
        head / np.linalg.norm(head, axis=-1, keepdims=True),
        track.valid[nearest] & track.valid[nearest - 1],
        (onsets - times[0]) * MODEL_FRAME_RATE_HZ,
        angles_to_directions(still(times)),
        angles_to_directions(moving(times)),
    )


def _read_track(path: Path) -> _Track:
    table = np.genfromtxt(path, delimiter=",", names=True)
    missing = [name for name in COLUMNS if name not in (table.dtype.names or ())]
    if missing:
        raise InputError(f"{path.name} lacks the columns {', '.join(missing)}; give all of them")
    eye = np.deg2rad(np.stack((-table["eye_yaw_deg"], table["eye_pitch_deg"]), -1))
    head = np.deg2rad(
        np.stack((-table["head_yaw_deg"], table["head_pitch_deg"], table["head_roll_deg"]), -1)
    )
    flags = (table["eye_valid"] > 0) & (table["head_valid"] > 0) & (table["blink"] < 1)
    valid = flags & np.isfinite(eye).all(-1) & np.isfinite(head).all(-1)
    rate = 1.0 / np.median(np.diff(table["t_s"]))
    if valid.sum() < rate:
        raise InputError(f"{path.name} has less than a second of eye and head; leave it out")
    around = np.ones(2 * round(_AROUND_GAPS_S * rate) + 1, bool)
    seen = np.isfinite(eye).all(-1) & flags
    eye = median_filter(_fill(eye, seen), (3, 1))
    head = _fill(head, np.isfinite(head).all(-1))
    return _Track(
        table["t_s"],
        eye,
        _head_rotations(path.name, table["t_s"], head),
        ~binary_dilation(~valid, around),
    )


def _fill(values: Floats, known: Bools) -> Floats:
    """Straight lines over what is not known."""
    at = np.arange(len(values))
    return np.stack([np.interp(at, at[known], column[known]) for column in values.T], -1)


def _head_rotations(name: str, times_s: Floats, head_rad: Floats) -> Floats:
    """Yaw, pitch and roll (N, 3) to rotations, smoothed, and in step with the eyes."""
    rate = 1.0 / np.median(np.diff(times_s))
    smooth = gaussian_filter1d(head_rad, _HEAD_SMOOTHING_S * rate, axis=0)
    delays = (delay for start, delay in _HEAD_DELAYS_S.items() if name.startswith(start))
    smooth = _resample(times_s - next(delays, 0.0), times_s, smooth)
    roll = axis_angle_to_quaternion(np.array([0.0, 0.0, 1.0]), smooth[:, 2])
    return quaternion_multiply(angles_to_rotations(smooth[:, :2]), roll)


def _resample(times: Floats, known_times: Floats, values: Floats) -> Floats:
    return np.stack([np.interp(times, known_times, column) for column in values.T], -1)


@dataclass(frozen=True)
class _Shift:
    """A gaze shift: when it begins and when gaze has settled."""

    onset_s: float
    settled_s: float


def _find_shifts(track: _Track, gaze_rad: Floats) -> list[_Shift]:
    """Saccades of gaze by velocity, onset by the line through a tenth and half of the way."""
    rate = track.rate_hz
    window = 2 * round(0.5 * _VELOCITY_WINDOW_S * rate) + 1
    velocity = savgol_filter(gaze_rad, window, 2, deriv=1, delta=1.0 / rate, axis=0)
    velocity[:, 0] *= np.cos(gaze_rad[:, 1])
    speed = np.linalg.norm(velocity, axis=-1)
    noise = np.median(speed[track.valid])
    fast = speed > max(_SACCADE_RAD_S, min(_NOISE_FACTOR * noise, 2.0 * _SACCADE_RAD_S))
    # Across a gap the shift's trajectory is unknown; one at its middle keeps both sides right.
    spans, count = label(fast | ~track.valid)
    shifts: list[_Shift] = []
    for number in range(1, count + 1):
        inside = np.flatnonzero(spans == number)
        shift = _measure_shift(track, gaze_rad, int(inside[0]), int(inside[-1]))
        if shift is not None and (
            not shifts or shift.onset_s - shifts[-1].settled_s > _SHORTEST_FIXATION_S
        ):
            shifts.append(shift)
    return shifts


def _measure_shift(track: _Track, gaze_rad: Floats, first: int, last: int) -> _Shift | None:
    margin = max(1, round(0.01 * track.rate_hz))
    first, last = max(first - margin, 0), min(last + margin, len(gaze_rad) - 1)
    way = gaze_rad[last] - gaze_rad[first]
    size = float(np.linalg.norm(way))
    if size < _SMALLEST_SHIFT_RAD or first == 0 or last == len(gaze_rad) - 1:
        return None
    times = track.times_s[first : last + 1]
    if not track.valid[first : last + 1].all():
        middle = float(times.mean())
        return _Shift(middle, float(times[-1]) + _SETTLING_S)
    share = (gaze_rad[first : last + 1] - gaze_rad[first]) @ way / size**2
    tenth, half = (_crossing(times, share, level) for level in (0.1, 0.5))
    onset = tenth - (half - tenth) * 0.25
    return _Shift(max(onset, float(times[0])), float(times[-1]) + _SETTLING_S)


def _crossing(times: Floats, share: Floats, level: float) -> float:
    """When the share of the way last rises through a level."""
    below = int(np.flatnonzero(share[:-1] < level)[-1])
    low, high = share[below], share[below + 1]
    return float(times[below] + (level - low) / (high - low) * (times[below + 1] - times[below]))


class _Trajectory:
    """Straight pieces of a desired direction, one per fixation."""

    def __init__(self, starts_s: Floats, pieces: list[tuple[float, Floats, Floats]]) -> None:
        self._starts_s = starts_s
        self._pieces = pieces

    def __call__(self, times_s: Floats) -> Floats:
        """Angles (T, 2) at moments (T,)."""
        which = np.searchsorted(self._starts_s, times_s, side="right")
        middles, places, slopes = (np.array([piece[n] for piece in self._pieces]) for n in range(3))
        return places[which] + slopes[which] * (times_s - middles[which])[:, None]


def _desired(track: _Track, gaze_rad: Floats, shifts: list[_Shift], degree: int) -> _Trajectory:
    """The target of each fixation: where gaze rests between settling and the next onset."""
    starts = [track.times_s[0], *(shift.settled_s for shift in shifts)]
    ends = [*(shift.onset_s for shift in shifts), track.times_s[-1] + 1.0]
    pieces: list[tuple[float, Floats, Floats]] = []
    for start, end in zip(starts, ends, strict=True):
        inside = (track.times_s >= start) & (track.times_s < end) & track.valid
        if not inside.any():  # all of it in a gap: nothing of it counts in any measure
            nearest = np.abs(track.times_s - start).argmin()
            pieces.append((start, gaze_rad[nearest], np.zeros(2)))
            continue
        pieces.append(_fit(track.times_s[inside], gaze_rad[inside], degree))
    return _Trajectory(np.array([shift.onset_s for shift in shifts]), pieces)


def _fit(times_s: Floats, gaze_rad: Floats, degree: int) -> tuple[float, Floats, Floats]:
    """Middle moment, place there, and slope of gaze over a fixation."""
    middle = float(times_s.mean())
    if degree == 0 or times_s[-1] - times_s[0] < 2.0 * _SHORTEST_FIXATION_S:
        return middle, np.median(gaze_rad, axis=0), np.zeros(2)
    slope, place = np.polyfit(times_s - middle, gaze_rad, 1)
    return middle, place, slope
