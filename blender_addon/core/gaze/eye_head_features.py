"""What the eye–head network reads and writes at 60 Hz, laid out once for training and inference.

Everything is given relative to the character's own head as the body's animation moves it, so it
does not matter which way a character walks or how its rig is oriented. The network predicts how
far gaze still is from its target, and what turn to add to the head; the eye takes the rest. Hence
the vestibulo-ocular reflex is exact by construction: whatever the head does, own motion or share of
the shift, the eye turns back by as much. Animation is made offline, so the features look ahead: to
the head's way of the next 0.6 s and to the next shift within a second or so.

Angles are (yaw, pitch): yaw to the character's left positive, pitch up positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import FORWARD, MODEL_FRAME_RATE_HZ, Floats, Ints
from ..errors import GazeError
from ..face.eye_angles import EYE_LIMITS_DEG, angles_to_rotations
from ..face.saccades import saccade_durations
from ..inference.layout import Layout
from ..maths.rotations import quaternion_conjugate, quaternion_rotate, wrap_angle
from ..maths.smoothing import gaussian_smooth, running_maximum

HEAD_AHEAD_FRAMES: Final = (6, 18, 36)
"""How far ahead the features look at the head's own way."""
SINCE_DECAYS_S: Final = (0.03, 0.08, 0.25, 1.0)
"""Time since the last shift t enters as exp(−t / decay)."""
UNTIL_DECAYS_S: Final = (0.1, 0.4)
"""Time until the next shift likewise."""

INPUT_LAYOUT: Final = Layout(
    {
        "wanted_rad": 2,
        "head_velocity_rad_s": 2,
        "head_ahead_rad": 2 * len(HEAD_AHEAD_FRAMES),
        "wanted_velocity_rad_s": 2,
        "shift_rad": 2,
        "fresh_shift_rad": 2,
        "since_shift": len(SINCE_DECAYS_S),
        "coming_shift_rad": 2,
        "until_shift": len(UNTIL_DECAYS_S),
    }
)
OUTPUT_LAYOUT: Final = Layout({"eye_rad": 2, "head_offset_rad": 2})

HEAD_LIMITS_DEG: Final = (70.0, 35.0)
"""Largest head offset in yaw and pitch."""
DETECTED_SHIFT_RAD: Final = np.deg2rad(1.0)
"""A desired direction that turns by more within one frame has jumped."""

_NEVER_S: Final = 30.0  # since a shift before the first frame, or until one after the last
_DESIRED_REACH_RAD: Final = 2.0
_VELOCITY_REACH_RAD_S: Final = 12.0
_PURSUIT_REACH_RAD_S: Final = 1.5
_OFFSET_SMOOTHING_FRAMES: Final = 2.0
_EXCESS_REACH_FRAMES: Final = 5
_EXCESS_SMOOTHING_FRAMES: Final = 5.0


@dataclass(frozen=True)
class EyeHeadMotion:
    """Eyes and head over T frames.

    Args:
        eye_rad: (T, 2) of both eyes together (of the cyclopean eye) in the head, offset included.
        head_offset_rad: (T, 2) to add to the head's own motion in its own frame: yaw first, pitch
            about the axis that the yaw has turned.
        missed_rad: (T,) angle between the gaze and the desired direction that is left because eye
            and head are at their limits; 0 where both can reach.
    """

    eye_rad: Floats
    head_offset_rad: Floats
    missed_rad: Floats


def angles_to_directions(angles_rad: Floats) -> Floats:
    """Yaw and pitch (..., 2) to unit directions (..., 3)."""
    yaw, pitch = angles_rad[..., 0], angles_rad[..., 1]
    flat = np.cos(pitch)
    return np.stack((np.sin(yaw) * flat, np.sin(pitch), np.cos(yaw) * flat), axis=-1)


def directions_to_angles(directions: Floats) -> Floats:
    """Directions (..., 3) of any length to yaw and pitch (..., 2)."""
    x, y, z = np.moveaxis(directions, -1, 0)
    return np.stack((np.arctan2(x, z), np.arctan2(y, np.hypot(x, z))), axis=-1)


def directions_in_head(directions: Floats, head_rotations_wxyz: Floats) -> Floats:
    """Yaw and pitch (..., 2) of directions (..., 3) as heads (..., 4) see them."""
    return directions_to_angles(
        quaternion_rotate(quaternion_conjugate(head_rotations_wxyz), directions)
    )


def detect_shifts(desired_directions: Floats) -> Floats:
    """Frames (N,) at which a desired direction (T, 3) jumps: those that show the new one first."""
    turned = np.linalg.norm(np.diff(desired_directions, axis=0), axis=-1)
    before = np.concatenate(([0.0], turned[:-1]))
    # A fast-moving target turns as much in the frame before; a jump does not.
    jumps = turned > np.maximum(DETECTED_SHIFT_RAD, 2.0 * before)
    return np.asarray(np.flatnonzero(jumps) + 1.0, np.float64)


def build_features(
    desired_directions: Floats, head_rotations_wxyz: Floats, shifts_frames: Floats | None = None
) -> Floats:
    """Features of one character, all frames at once.

    Args:
        desired_directions: (T, 3) unit directions at 60 Hz in a fixed frame (world or trunk): where
            gaze is to be. It jumps where gaze shifts, and moves along with a moving target.
        head_rotations_wxyz: (T, 4) of the head as already animated, in the same frame; identity
            looks along +Z.
        shifts_frames: (N,) ascending moments at which a gaze shift begins, counted in frames and
            not necessarily whole: the first frame at or after it shows the new direction. None
            finds the jumps.

    Returns:
        (T, F) in the order of INPUT_LAYOUT.

    Raises:
        GazeError: shapes disagree, there is no frame, or a number is not finite.
    """
    desired = np.asarray(desired_directions, np.float64)
    head = np.asarray(head_rotations_wxyz, np.float64)
    _check(desired, head)
    shifts = detect_shifts(desired) if shifts_frames is None else np.asarray(shifts_frames, float)
    back = quaternion_conjugate(head)
    moments = _Moments.find(desired, back, shifts)
    recent, coming = moments.last_shift(), moments.next_shift()
    since = np.exp(-moments.since_s[:, None] / np.array(SINCE_DECAYS_S))
    until = np.exp(-moments.until_s[:, None] / np.array(UNTIL_DECAYS_S))
    parts = (
        _clip(directions_to_angles(quaternion_rotate(back, desired)), _DESIRED_REACH_RAD),
        *_head_parts(head, back),
        _clip(_pursuit(desired, back, moments.first_frames), _PURSUIT_REACH_RAD_S),
        recent * since[:, 3:4],
        recent * since[:, 1:2],
        since,
        coming * until[:, 1:2],
        until,
    )
    return np.asarray(np.concatenate(parts, axis=-1), np.float32)


def _check(desired: Floats, head: Floats) -> None:
    frames = len(desired)
    if desired.shape != (frames, 3) or head.shape != (frames, 4) or frames == 0:
        raise GazeError(
            f"expected desired directions (T, 3) and head rotations (T, 4) over one or more "
            f"frames; found {desired.shape} and {head.shape}"
        )
    if not (np.isfinite(desired).all() and np.isfinite(head).all()):
        raise GazeError("a desired direction or head rotation is not finite; check the targets")


def _clip(values: Floats, reach: float) -> Floats:
    return np.asarray(np.clip(values, -reach, reach))


def _head_parts(head: Floats, back: Floats) -> tuple[Floats, Floats]:
    """The own head as it sees itself: velocity (T, 2), and how far it will have turned (T, 2 A)."""
    ahead = quaternion_rotate(head, np.broadcast_to(FORWARD.astype(head.dtype), (len(head), 3)))

    def turned(frames: int) -> Floats:
        there = np.clip(np.arange(len(head)) + frames, 0, len(head) - 1)
        return directions_to_angles(quaternion_rotate(back, ahead[there]))

    velocity = 0.5 * MODEL_FRAME_RATE_HZ * (turned(1) - turned(-1))
    way = np.concatenate([turned(frames) for frames in HEAD_AHEAD_FRAMES], axis=-1)
    return _clip(velocity, _VELOCITY_REACH_RAD_S), _clip(way, _DESIRED_REACH_RAD)


def _pursuit(desired: Floats, back: Floats, jumps: Ints) -> Floats:
    """Velocity (T, 2) at which the desired direction itself moves, jumps taken out."""
    before = np.concatenate((desired[:1], desired[:-1]))
    velocity = MODEL_FRAME_RATE_HZ * _turn(back, before, desired)
    velocity[jumps] = 0.0
    return velocity


def _turn(back: Floats, start: Floats, end: Floats) -> Floats:
    """Angles (..., 2) from one direction to another, as heads see it."""
    difference = directions_to_angles(quaternion_rotate(back, end)) - directions_to_angles(
        quaternion_rotate(back, start)
    )
    return np.stack((wrap_angle(difference[..., 0]), difference[..., 1]), axis=-1)


@dataclass(frozen=True)
class _Moments:
    """When gaze shifts and by how much.

    Args:
        sizes_rad: (N + 1, 2) of every shift, and a zero one that stands for none.
        first_frames: (N,) that show the new direction.
        last, coming: (T,) number of the shift before and after each frame; N for none.
        since_s, until_s: (T,) seconds.
    """

    sizes_rad: Floats
    first_frames: Ints
    last: Ints
    coming: Ints
    since_s: Floats
    until_s: Floats

    @classmethod
    def find(cls, desired: Floats, back: Floats, shifts: Floats) -> _Moments:
        """Moments of the shifts (N,), in frames."""
        frames = np.arange(len(desired))
        count = len(shifts)
        first = np.clip(np.ceil(shifts), 0, len(desired) - 1).astype(np.int64)
        sizes = _turn(back[first], desired[np.maximum(first - 1, 0)], desired[first])
        after = np.searchsorted(shifts, frames, side="right")
        times = np.concatenate(([-np.inf], shifts, [np.inf])) / MODEL_FRAME_RATE_HZ
        since = np.minimum(frames / MODEL_FRAME_RATE_HZ - times[after], _NEVER_S)
        until = np.minimum(times[after + 1] - frames / MODEL_FRAME_RATE_HZ, _NEVER_S)
        return cls(
            _clip(np.concatenate((sizes, np.zeros((1, 2)))), _DESIRED_REACH_RAD),
            first,
            np.where(after > 0, after - 1, count),
            np.where(after < count, after, count),
            since,
            until,
        )

    def last_shift(self) -> Floats:
        """(T, 2) the shift before each frame."""
        return np.asarray(self.sizes_rad[self.last])

    def next_shift(self) -> Floats:
        """(T, 2) the shift after each frame."""
        return np.asarray(self.sizes_rad[self.coming])


def landing_weight(desired: Floats, back: Floats, shifts: Floats) -> Floats:
    """(T,) 1 while a shift is under way, falling smoothly to 0 once gaze must rest on its target.

    The fall begins at one and a half times the saccade's duration plus 50 ms and takes 100 ms.
    """
    moments = _Moments.find(desired, back, shifts)
    size = np.linalg.norm(moments.last_shift(), axis=-1)
    over = moments.since_s - (1.5 * saccade_durations(size) + 0.05)
    fall = np.clip(over / 0.1, 0.0, 1.0)
    return np.asarray(1.0 - fall * fall * (3.0 - 2.0 * fall))


def decode_gaze(
    outputs: Floats,
    desired_directions: Floats,
    head_rotations_wxyz: Floats,
    shifts_frames: Floats | None = None,
) -> Floats:
    """The learned trajectory of gaze: angles (T, 2) as the own head sees them, landing exactly.

    What the outputs leave between gaze and desired direction counts in full while a shift is under
    way and fades to nothing after (landing_weight), so that gaze rests on the target, and stays on
    it when it moves.

    Args:
        outputs, desired_directions, head_rotations_wxyz, shifts_frames: as for decode_eye_head.

    Raises:
        GazeError: shapes disagree, or a number is not finite.
    """
    desired = np.asarray(desired_directions, np.float64)
    head = np.asarray(head_rotations_wxyz, np.float64)
    _check(desired, head)
    back = quaternion_conjugate(head)
    shifts = detect_shifts(desired) if shifts_frames is None else np.asarray(shifts_frames, float)
    aim = directions_to_angles(quaternion_rotate(back, desired))
    eye, offset = (np.asarray(outputs[:, part], np.float64) for part in _OUTPUT_SLICES)
    unreached = aim - eye - offset
    unreached[:, 0] = wrap_angle(unreached[:, 0])
    return np.asarray(aim - landing_weight(desired, back, shifts)[:, None] * unreached)


def decode_head(
    head: Floats,
    gaze_rad: Floats,
    *,
    head_share: float = 1.0,
    eye_limits_deg: tuple[float, float, float] = EYE_LIMITS_DEG,
    head_limits_deg: tuple[float, float] = HEAD_LIMITS_DEG,
) -> Floats:
    """The head's offset (T, 2): smoothed, within limits, taking over what is too much for the eye.

    Args:
        head: (T, 2) offset as the network or the formula has it.
        gaze_rad: (T, 2) the trajectory of gaze as the own head sees it.
        head_share, eye_limits_deg, head_limits_deg: as for decode_eye_head.
    """
    offset = np.asarray(head, np.float64)
    offset = gaussian_smooth(head_share * offset, _OFFSET_SMOOTHING_FRAMES)
    offset = _within_head(offset, head_limits_deg)
    if head_share > 0.0:
        offset = _within_head(offset + _excess(gaze_rad - offset, eye_limits_deg), head_limits_deg)
    return offset


def decode_eye_head(
    outputs: Floats,
    desired_directions: Floats,
    head_rotations_wxyz: Floats,
    shifts_frames: Floats | None = None,
    *,
    head_share: float = 1.0,
    eye_limits_deg: tuple[float, float, float] = EYE_LIMITS_DEG,
    head_limits_deg: tuple[float, float] = HEAD_LIMITS_DEG,
) -> EyeHeadMotion:
    """Turn the network's outputs into a motion that lands exactly and stays within limits.

    1. Gaze takes its learned trajectory and lands exactly (decode_gaze).
    2. The head's offset is scaled by ``head_share`` and smoothed over a few frames. Where the eye
       would leave its socket, the head takes over what is too much, a little ahead of time.
    3. The eye takes what is left of the gaze's trajectory, in three dimensions, then is limited.

    Args:
        outputs: (T, 4) of the network: eye yaw and pitch, head offset yaw and pitch.
        desired_directions, head_rotations_wxyz, shifts_frames: as given to build_features.
        head_share: factor on the head's offset; 0 leaves the head as animated.
        eye_limits_deg: to the side, up, down.
        head_limits_deg: of the offset: to the side, up and down.

    Raises:
        GazeError: shapes disagree, or a number is not finite.
    """
    gaze = decode_gaze(outputs, desired_directions, head_rotations_wxyz, shifts_frames)
    offset = decode_head(
        outputs[:, _OUTPUT_SLICES[1]],
        gaze,
        head_share=head_share,
        eye_limits_deg=eye_limits_deg,
        head_limits_deg=head_limits_deg,
    )
    seen = angles_to_directions(gaze)
    wished = directions_in_head(seen, angles_to_rotations(offset))
    limited = _within_socket(wished, eye_limits_deg)
    missed = np.linalg.norm(angles_to_directions(limited) - angles_to_directions(wished), axis=-1)
    return EyeHeadMotion(
        limited.astype(np.float32), offset.astype(np.float32), missed.astype(np.float32)
    )


_OUTPUT_SLICES: Final = tuple(OUTPUT_LAYOUT.slices.values())


def _within_head(offset: Floats, limits_deg: tuple[float, float]) -> Floats:
    reach = np.deg2rad(limits_deg)
    return np.asarray(np.clip(offset, -reach, reach))


def _within_socket(eye_rad: Floats, limits_deg: tuple[float, float, float]) -> Floats:
    side, up, down = np.deg2rad(limits_deg)
    return np.asarray(np.clip(eye_rad, [-side, -down], [side, up]))


def _excess(eye_rad: Floats, limits_deg: tuple[float, float, float]) -> Floats:
    """(T, 2) what the head must take because the eye cannot, as a smooth curve above it."""
    beyond = eye_rad - _within_socket(eye_rad, limits_deg)
    taken = np.zeros_like(beyond)
    for axis in range(2):
        for sign in (-1.0, 1.0):
            needed = np.maximum(sign * beyond[:, axis], 0.0)
            if needed.any():
                held = running_maximum(needed, _EXCESS_REACH_FRAMES)
                taken[:, axis] += sign * gaussian_smooth(held, _EXCESS_SMOOTHING_FRAMES)
    return taken
