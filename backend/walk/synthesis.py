"""New motion out of recordings: bends, changes of pace, starts and stops that nobody captured.

Recorded walking is nearly all straight and at one pace. Two things make up for that: a recording's
root is turned progressively while its feet are planted anew (*bending*), and whole cycles of
different recordings are blended at equal phase under a desired profile of speed and turn
(*blending*). Both lean into the turn by v²/r and look where they go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from blender_addon.core.conventions import GRAVITY_M_S2, MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.maths.headings import headings_to_directions
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
)
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics

from .footsteps.lift import keep_lift
from .loops import Body, Loop, blend_bodies
from .standing.idle import Standing
from .takes import Take

_FORWARD = np.array([0.0, 0.0, 1.0], np.float32)
STANDING_RATE_RAD_S = 2 * np.pi * 0.2
"""How fast the phase runs on while nobody steps."""
_LONGEST_STRETCH = 1.12
"""A walk is played up to this much faster than recorded before running is blended in."""
_GAZE_LEAD_S = 0.35
"""Head and chest turn this much ahead of the feet."""
_TRUNK_SHARE = 0.55
"""Of the tilt of the line from the ground to the hips."""


@dataclass(frozen=True, eq=False)
class Profile:
    """What a character should do over T frames.

    Args:
        speeds_m_s: (T,).
        turns_rad_s: (T,) rate of turning, positive to the left.
    """

    speeds_m_s: Floats
    turns_rad_s: Floats


def bend(take: Take, turns_rad_s: Floats) -> Take:
    """Turn a take's way progressively; feet have to be locked afterwards.

    Args:
        take: T frames.
        turns_rad_s: (T,) rate of turning to add.
    """
    added = np.cumsum(turns_rad_s) / MODEL_FRAME_RATE_HZ
    steps = np.diff(take.root_xz, axis=0, prepend=take.root_xz[:1])
    sine, cosine = np.sin(added), np.cos(added)
    turned = np.stack(
        (cosine * steps[:, 0] + sine * steps[:, 1], cosine * steps[:, 1] - sine * steps[:, 0]),
        axis=-1,
    )
    root = take.root_xz[0] + np.cumsum(turned, axis=0)
    bent = replace(take, root_xz=root, heading_rad=take.heading_rad + added, captured=False)
    return _lean(bent, turns_rad_s, take.speeds_m_s())


def change_pace(take: Take, factor: float) -> Take:
    """Play a take ``factor`` times as fast."""
    count = int((take.frame_count - 1) / factor) + 1
    frame = np.minimum(np.arange(count) * factor, take.frame_count - 1)
    low = np.minimum(frame.astype(np.int64), take.frame_count - 2)
    part = (frame - low)[:, None]

    def between(values: Floats) -> Floats:
        return np.asarray((1 - part) * values[low] + part * values[low + 1])

    return replace(
        take,
        root_xz=between(take.root_xz),
        heading_rad=between(take.heading_rad[:, None])[:, 0],
        hips=between(take.hips).astype(np.float32),
        rotations_wxyz=quaternion_nlerp(
            take.rotations_wxyz[low], take.rotations_wxyz[low + 1], part.astype(np.float32)
        ),
        contacts=take.contacts[np.round(frame).astype(np.int64)],
        phase_rad=between(take.phase_rad[:, None])[:, 0],
        captured=False,
    )


@dataclass(frozen=True, eq=False)
class Walks:
    """Two walks whose blends give every pace between theirs.

    Args:
        slow, fast: loops; may be the same one.
        style: index of the style they stand for.
    """

    slow: Loop
    fast: Loop
    style: int

    def share_of_fast(self, speeds_m_s: Floats) -> Floats:
        """How much of the faster walk (T,) a speed needs."""
        gap = max(self.fast.speed_m_s - self.slow.speed_m_s, 1e-3)
        return np.clip((speeds_m_s - self.slow.speed_m_s) / gap, 0.0, 1.0).astype(np.float32)

    def body(self, phase_rad: Floats, speeds_m_s: Floats) -> Body:
        """The blend (T,) at equal phase."""
        share = self.share_of_fast(speeds_m_s)
        return blend_bodies(self.slow.body(phase_rad), self.fast.body(phase_rad), share)

    def phase_rate_rad_s(self, speeds_m_s: Floats) -> Floats:
        """Steps in time (T,): below the slow walk they shrink and slow down, above they hurry."""
        share = self.share_of_fast(speeds_m_s)
        rate = (1 - share) * self.slow.phase_rate_rad_s + share * self.fast.phase_rate_rad_s
        below = np.sqrt(np.clip(speeds_m_s / self.slow.speed_m_s, 0.0, 1.0))
        above = np.clip(speeds_m_s / self.fast.speed_m_s, 1.0, 1.3)
        return np.asarray(rate * below * above)


def synthesise(
    profile: Profile, walks: Walks, run: Loop, idle: Standing, start_phase_rad: float, name: str
) -> Take:
    """Follow a profile with a walk, a run and a way of standing; lock the feet afterwards."""
    speeds = np.maximum(profile.speeds_m_s, 0.0)
    share_of_run = _run_share(speeds, walks.fast, run)
    rate = (1 - share_of_run) * walks.phase_rate_rad_s(speeds)
    rate += share_of_run * run.phase_rate_rad_s * np.sqrt(np.maximum(speeds / run.speed_m_s, 0.25))
    rate = np.maximum(rate, STANDING_RATE_RAD_S)
    phase = start_phase_rad + np.cumsum(rate) / MODEL_FRAME_RATE_HZ
    times = np.arange(len(speeds)) / MODEL_FRAME_RATE_HZ
    moving = blend_bodies(walks.body(phase, speeds), run.body(phase), share_of_run)
    # Small steps are ordinary steps drawn toward standing: reach shrinks, and the lift is kept.
    stride = np.sqrt(np.minimum(speeds / walks.slow.speed_m_s, 1.0))
    standing_share = (1 - gaussian_smooth(stride, 5.0)).astype(np.float32)
    body = blend_bodies(moving, idle.body(times), standing_share)
    still = speeds < 0.08
    body = replace(body, contacts=moving.contacts | still[:, None])
    body = keep_lift(body, moving, speeds, walks.slow.speed_m_s)
    heading = np.cumsum(profile.turns_rad_s) / MODEL_FRAME_RATE_HZ
    steps = headings_to_directions(heading) * (speeds / MODEL_FRAME_RATE_HZ)[:, None]
    take = Take(
        name=name,
        label="synthetic",
        style=walks.style,
        root_xz=np.cumsum(steps, axis=0),
        heading_rad=heading,
        hips=body.hips.astype(np.float32),
        rotations_wxyz=body.rotations_wxyz.astype(np.float32),
        contacts=body.contacts,
        phase_rad=phase,
        captured=False,
    )
    return _lean(take, profile.turns_rad_s, speeds)


def _run_share(speeds: Floats, walk: Loop, run: Loop) -> Floats:
    """How much of the run (T,) is in each frame."""
    begin = max(walk.speed_m_s * _LONGEST_STRETCH, 1.6)
    end = max(run.speed_m_s * 0.92, begin + 0.4)
    u = np.clip((speeds - begin) / (end - begin), 0, 1)
    # The change of gait is a change, not a long mixture: a steep ramp in its middle.
    u = np.clip((u - 0.25) / 0.5, 0, 1)
    return gaussian_smooth((u * u * (3 - 2 * u)).astype(np.float32), 8.0)


def _lean(take: Take, turns_rad_s: Floats, speeds_m_s: Floats) -> Take:
    """Tilt the body into the turn about the ground, and let the head look ahead of it.

    People carry their hips into the turn by what v²/r asks for and keep the chest more upright.
    """
    sideways = gaussian_smooth(speeds_m_s * turns_rad_s, 10.0)
    roll = -np.arctan(0.8 * sideways / GRAVITY_M_S2)  # a left turn (+) tilts to the left (+X)
    hips = quaternion_rotate(axis_angle_to_quaternion(_FORWARD, roll), take.hips)
    rotations = take.rotations_wxyz.copy()
    trunk = axis_angle_to_quaternion(_FORWARD, _TRUNK_SHARE * roll)
    rotations[:, 0] = quaternion_multiply(trunk, rotations[:, 0])
    turn_in_world(rotations, "Spine1", 0.0 * roll, -0.2 * roll)
    turn_in_world(rotations, "Neck", 0.0 * roll, -0.1 * roll)
    turn_in_world(rotations, "Head", 0.0 * roll, -0.15 * roll)
    leaning = replace(
        take, hips=hips.astype(np.float32), rotations_wxyz=rotations.astype(np.float32)
    )
    return look_ahead(leaning, turns_rad_s)


def look_ahead(take: Take, turns_rad_s: Floats) -> Take:
    """Head and chest turn to where the body will face a moment later."""
    lead = np.clip(gaussian_smooth(turns_rad_s, 8.0) * _GAZE_LEAD_S, -0.7, 0.7)
    rotations = take.rotations_wxyz.copy()
    for joint, share in (("Spine1", 0.2), ("Neck", 0.3), ("Head", 0.4)):
        turn_in_world(rotations, joint, share * lead, 0.0 * lead)
    return replace(take, rotations_wxyz=rotations.astype(np.float32))


def turn_in_world(rotations: Floats, joint: str, yaw: Floats, roll: Floats) -> None:
    """Turn one joint about the root's upright and forward axes, in place."""
    index = COMMON_SKELETON.index(joint)
    origin = np.zeros((len(rotations), 3), np.float32)
    _, turned = forward_kinematics(COMMON_SKELETON, origin, rotations)
    parent = turned[:, COMMON_SKELETON.parents[index]]
    extra = quaternion_multiply(
        heading_to_quaternion(yaw), axis_angle_to_quaternion(_FORWARD, np.asarray(roll))
    )
    world = quaternion_multiply(extra, turned[:, index])
    rotations[:, index] = quaternion_multiply(quaternion_conjugate(parent), world)
