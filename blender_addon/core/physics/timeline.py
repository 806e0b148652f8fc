"""What is given for each moment of a simulation: muscles, help and pushes of one character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..maths.smoothing import smoothstep
from .clip_poses import FRAME_RATE_HZ, ClipPoses
from .figure import BODY_NAMES, CONTROL_RATE_HZ, MASS_KG
from .reference import FRAMES_A_STEP, Reference
from .request import PhysicsRequest, Push
from .safety import end_of
from .settings import Mode

AHEAD_STEPS: Final = 32
"""So many steps beyond its end a character's reference is known: plans and policies look ahead."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """What is given for each moment of a simulation.

    Args:
        frames: T to be recorded, 60 a second.
        help: (K,) share of body weight that may help at each control step.
        limp: (K,) how far the muscles have faded because it was wished so, 0 to 1.
        pushes: (T, 15, 6) force and torque on each body from each frame to the next, N and N m.
    """

    frames: int
    help: Floats
    limp: Floats
    pushes: Floats

    @property
    def steps(self) -> int:
        """K."""
        return len(self.help)


def timeline_of(request: PhysicsRequest) -> Timeline:
    """What a request wishes, moment by moment."""
    frames = round(end_of(request) * FRAME_RATE_HZ) + 1
    times = np.arange(max(1, -(-(frames - 1) // FRAMES_A_STEP))) / CONTROL_RATE_HZ
    limp = _limp(request, times)
    return Timeline(frames, _help(request, times, limp), limp, _pushes(request, frames))


def stacked(references: Sequence[Reference], steps: Sequence[int]) -> tuple[Reference, list[int]]:
    """Several references as one, and the step at which each begins.

    Each is held at its end, so that whoever looks ahead never sees the next one's.

    Args:
        references: what each character follows.
        steps: for how long.
    """
    which, held, starts = [], [], [0]
    for reference, count in zip(references, steps, strict=True):
        at = np.arange(count + AHEAD_STEPS)
        which.append(reference.clamped(at))
        held.append(at >= reference.steps)
        starts.append(starts[-1] + len(at))
    pairs = list(zip(references, which, strict=True))
    rates = np.concatenate([each.rates[at] for each, at in pairs])
    rates[np.concatenate(held)] = 0.0
    return (
        Reference(
            _followed(pairs),
            np.concatenate([each.poses[at] for each, at in pairs]),
            rates,
            np.concatenate([each.joints[at] for each, at in pairs]),
            np.concatenate([each.bodies[at] for each, at in pairs]),
            np.concatenate([each.carries[at] for each, at in pairs]),
        ),
        starts[:-1],
    )


def _followed(pairs: Sequence[tuple[Reference, Ints]]) -> ClipPoses:
    """The motions at 60 Hz, as long as their control steps; how joints lie is not joined."""
    poses = []
    for reference, at in pairs:
        own = reference.followed.poses
        poses.append(own[np.minimum(np.arange(FRAMES_A_STEP * len(at)), len(own) - 1)])
    return replace(pairs[0][0].followed, poses=np.concatenate(poses), laid={})


def _limp(request: PhysicsRequest, times: Floats) -> Floats:
    settings = request.settings
    if settings.mode is not Mode.FALL:
        return np.zeros(len(times))
    since = times - request.limp_from_s
    if settings.fade_s <= 0.0:
        return np.where(since >= -1e-9, 1.0, 0.0)
    return np.asarray(smoothstep(since / settings.fade_s), np.float64)


def _help(request: PhysicsRequest, times: Floats, limp: Floats) -> Floats:
    """Before it falls a figure is the animation; who balances is helped by nobody."""
    settings = request.settings
    if settings.mode is Mode.FALL:
        return 1.0 - limp
    if settings.mode is Mode.BALANCE:
        return np.zeros(len(times))
    if request.help_track is None:
        return np.full(len(times), settings.help_percent / 100.0)
    at = np.arange(len(request.help_track)) / request.clip.frame_rate_hz
    return np.asarray(np.interp(times, at, request.help_track / 100.0))


def _pushes(request: PhysicsRequest, frames: int) -> Floats:
    out = np.zeros((frames, len(BODY_NAMES), 6))
    share = MASS_KG / request.settings.mass_kg
    for push in request.pushes:
        out[:, BODY_NAMES.index(push.body), :3] += (
            share * _parts_of(push, frames)[:, None] * np.asarray(push.impulse_n_s, np.float64)
        )
    return out


def _parts_of(push: Push, frames: int) -> Floats:
    """(T,) share of an impulse that falls between each frame and the next, by the second."""
    seconds = max(push.duration_s, 1.0 / FRAME_RATE_HZ)
    edges = np.arange(frames + 1) / FRAME_RATE_HZ
    done = np.clip((edges - push.at_s) / seconds, 0.0, 1.0)
    return np.asarray(np.diff(done) * FRAME_RATE_HZ)
