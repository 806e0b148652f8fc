"""Motion as a function of phase: loops that never end, blends at equal phase, and extensions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.maths.rotations import (
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
)

from .takes import Take

_TURN = 2 * np.pi
_FADE_FRAMES = 20
_EDGE_FRAMES = 4
"""Frames at either end of a recording that are not trusted: smoothing has half a window there."""


@dataclass(frozen=True, eq=False)
class Body:
    """What moves over the root: hips (T, 3), rotations (T, J, 4), contacts (T, 4)."""

    hips: Floats
    rotations_wxyz: Floats
    contacts: Bools


def blend_bodies(a: Body, b: Body, weight: Floats) -> Body:
    """Blend frame by frame; weight (T,) 0 gives ``a``, 1 gives ``b``."""
    w = weight[:, None]
    return Body(
        (1 - w) * a.hips + w * b.hips,
        quaternion_nlerp(a.rotations_wxyz, b.rotations_wxyz, w),
        np.where(w < 0.5, a.contacts, b.contacts),
    )


@dataclass(frozen=True, eq=False)
class Loop:
    """Whole gait cycles of a take, closed on themselves.

    Args:
        take: the frames of those cycles, and one more that equals the first a cycle on.
        cycles: how many.
    """

    take: Take
    cycles: int

    @classmethod
    def from_take(cls, take: Take) -> Loop | None:
        """The longest whole number of cycles at a steady pace in a take; None if there is none."""
        take = _steady_part(take)
        phase = take.phase_rad
        cycles = int((phase[-1] - phase[0]) / _TURN) if len(phase) else 0
        if cycles < 1:
            return None
        slack = len(phase) - 1 - int(np.searchsorted(phase, phase[0] + cycles * _TURN))
        start = max(slack // 2, 0)
        stop = min(int(np.searchsorted(phase, phase[start] + cycles * _TURN)), len(phase) - 1)
        return cls(take.cut(start, stop + 1), cycles)

    @property
    def speed_m_s(self) -> float:
        """Mean forward speed."""
        way = np.linalg.norm(self.take.root_xz[-1] - self.take.root_xz[0])
        return float(way / (self.take.frame_count - 1) * MODEL_FRAME_RATE_HZ)

    @property
    def phase_rate_rad_s(self) -> float:
        """Mean phase advance."""
        passed = self.take.phase_rad[-1] - self.take.phase_rad[0]
        return float(passed * MODEL_FRAME_RATE_HZ / (self.take.frame_count - 1))

    def body(self, phase_rad: Floats) -> Body:
        """The body at phases (T,), any values; beyond the last cycle the first follows."""
        take, length = self.take, self.cycles * _TURN
        start, frames = take.phase_rad[0], np.arange(take.frame_count)
        inside = start + (np.asarray(phase_rad) - start) % length
        frame = np.interp(inside, take.phase_rad, frames)
        # The last cycle ends between two frames: what is left to close is measured there.
        end = np.interp([start + length], take.phase_rad, frames)
        closing = (frame / end).astype(np.float32)[:, None]
        (hips, q), (last_hips, last_q) = _between(take, frame), _between(take, end)
        hips = hips - closing * (last_hips - take.hips[0])
        seam = quaternion_multiply(take.rotations_wxyz[0], quaternion_conjugate(last_q[0]))
        q = quaternion_multiply(quaternion_nlerp(_identity_like(seam), seam, closing), q)
        return Body(hips, q, take.contacts[np.round(frame).astype(np.int64)])


def _steady_part(take: Take) -> Take:
    """The longest stretch without a start, a stop or the untrusted edges."""
    speeds = take.speeds_m_s()
    steady = speeds > 0.85 * np.percentile(speeds, 75)
    steady[:_EDGE_FRAMES] = steady[-_EDGE_FRAMES:] = False
    start, stop = max(spans(steady), key=lambda span: span[1] - span[0], default=(0, 0))
    return take.cut(start, stop)


def _between(take: Take, frame: Floats) -> tuple[Floats, Floats]:
    """Hips (T, 3) and rotations (T, J, 4) at fractional frames (T,)."""
    low = np.minimum(frame.astype(np.int64), take.frame_count - 2)
    part = (frame - low).astype(np.float32)[:, None]
    hips = (1 - part) * take.hips[low] + part * take.hips[low + 1]
    return hips, quaternion_nlerp(take.rotations_wxyz[low], take.rotations_wxyz[low + 1], part)


def _identity_like(q: Floats) -> Floats:
    identity = np.zeros_like(q)
    identity[..., 0] = 1
    return identity


def extend(take: Take, loop: Loop, seconds: float) -> Take:
    """Continue a take on both sides by its own loop, straight on at the loop's speed.

    Without it a recording of three seconds has one second whose trajectory window is whole. Where
    the recording begins or ends in standing, it stands on.
    """
    frames = int(seconds * MODEL_FRAME_RATE_HZ)
    return _continue(_reverse(_continue(_reverse(take), loop, frames, -1.0)), loop, frames, 1.0)


def _reverse(take: Take) -> Take:
    names = ("root_xz", "heading_rad", "hips", "rotations_wxyz", "contacts", "phase_rad")
    return replace(take, **{name: getattr(take, name)[::-1] for name in names})


def _continue(take: Take, loop: Loop, frames: int, sense: float) -> Take:
    """Append frames after the last; ``sense`` −1 when the take runs backward in time."""
    count = np.arange(1, frames + 1)
    # The last half window of the root track is smoothed from one side; its mean speed is safer.
    step = (take.root_xz[-1] - take.root_xz[-13]) / 12
    moving = float(np.linalg.norm(step)) * MODEL_FRAME_RATE_HZ / max(loop.speed_m_s, 1e-3)
    walking = moving > 0.45
    rate = sense * loop.phase_rate_rad_s / MODEL_FRAME_RATE_HZ * (moving if walking else 0.15)
    phase = take.phase_rad[-1] + rate * count
    root = take.root_xz[-1] + step * (count if walking else _fading_sum(count))[:, None]
    heading = np.full(frames, take.heading_rad[-1])
    body = loop.body(phase) if walking else _hold(take, frames)
    body = _fade_from(take, body)
    return replace(
        take,
        root_xz=np.concatenate((take.root_xz, root)),
        heading_rad=np.concatenate((take.heading_rad, heading)),
        hips=np.concatenate((take.hips, body.hips)),
        rotations_wxyz=np.concatenate((take.rotations_wxyz, body.rotations_wxyz)),
        contacts=np.concatenate((take.contacts, body.contacts)),
        phase_rad=np.concatenate((take.phase_rad, phase)),
    )


def _fading_sum(count: Floats) -> Floats:
    return np.cumsum(np.maximum(1 - count / _FADE_FRAMES, 0.0))


def _hold(take: Take, frames: int) -> Body:
    return Body(
        np.repeat(take.hips[-1:], frames, axis=0),
        np.repeat(take.rotations_wxyz[-1:], frames, axis=0),
        np.ones((frames, 4), bool),
    )


def _fade_from(take: Take, body: Body) -> Body:
    """Begin at the take's last body and be on ``body`` after the fade."""
    u = np.minimum(np.arange(1, len(body.hips) + 1) / _FADE_FRAMES, 1.0).astype(np.float32)
    left = (1 - u * u * (3 - 2 * u))[:, None]
    hips = body.hips + left * (take.hips[-1] - body.hips[0])
    first = quaternion_multiply(
        take.rotations_wxyz[-1], quaternion_conjugate(body.rotations_wxyz[0])
    )
    turn = quaternion_nlerp(_identity_like(first), first, left)
    rotations = normalise(quaternion_multiply(turn, body.rotations_wxyz))
    return Body(hips.astype(np.float32), rotations.astype(np.float32), body.contacts)
