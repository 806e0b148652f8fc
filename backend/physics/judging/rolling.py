"""Roll-outs by the product's own pipeline; what is applied to the figure is read at the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np

from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.errors import PhysicsError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.physics.clip_poses import clip_to_poses
from blender_addon.core.physics.engine import Engine
from blender_addon.core.physics.figure import BODY_NAMES, PELVIS
from blender_addon.core.physics.footsteps.prepare import prepare_reference
from blender_addon.core.physics.pipeline import PhysicsPipeline
from blender_addon.core.physics.request import PhysicsRequest, Push
from blender_addon.core.physics.world import World

from ..grounds import Rough, level
from .feet import fell_at
from .recording import RATE_HZ, Recording
from .shapes import Placed
from .trials import BEFORE_PUSH_S, FALLS_A_TRIAL, LIMP_AT_S, PUSH_S, Trial, settings_of

_AFTER_FALL: Final = 18
"""Frames that are still kept once it has fallen."""
_LOOK_EVERY: Final = 6
_HARDEST_N_S: Final = 40.0

PolicyMaker = Callable[[], Any]


@dataclass
class Meter:
    """What is applied to a single figure, one entry for each call of the engine.

    Args:
        wrenches: (15, 6) each, from outside.
        power_w: sum of |torque x rate| of all muscles.
    """

    wrenches: list[Floats] = field(default_factory=list)
    power_w: list[float] = field(default_factory=list)


@contextmanager
def metered() -> Iterator[Meter]:
    """Read at the engine itself, so that help counts whatever the simulation says of it."""
    meter, plain = Meter(), Engine.step

    def step(
        engine: Engine, substeps: int, rows: Ints | None = None, controls: Floats | None = None
    ) -> None:
        plain(engine, substeps, rows, controls)
        if engine.count == 1:
            meter.wrenches.append(engine.wrenches[0, 1 : 1 + len(BODY_NAMES)].copy())
            meter.power_w.append(float(np.abs(engine.torques[0] * engine.qvel[0, 6:]).sum()))

    with mock.patch.object(Engine, "step", step):
        yield meter


class _OverError(Exception):
    """Enough was seen."""


def roll(trial: Trial, walk: MotionClip, rough: Rough | None, policy: Any = None) -> Recording:
    """Simulate one trial; it ends soon after a fall."""
    world = World() if rough is None else rough.world()
    heights = level if rough is None else rough.heights
    clip = _from(_made_ready(walk, rough, world), trial.start_s, trial.seconds)
    request = PhysicsRequest(
        clip, world, settings_of(trial), pushes=_pushes(trial, clip), end_s=trial.seconds
    )
    seen: list[Floats] = []
    over_at = [10**9]

    def on_pose(frame: int, pose: Floats) -> None:
        seen.append(pose.copy())
        if over_at[0] > frame and frame % _LOOK_EVERY == 0:
            if fell_at(Placed.of(pose[None]), heights) is not None:
                over_at[0] = min(over_at[0], frame + _AFTER_FALL)
        if frame >= over_at[0]:
            raise _OverError

    with metered() as meter:
        try:
            next(iter(PhysicsPipeline(policy, trial.threads).generate([request], None, on_pose)))
        except (_OverError, PhysicsError):
            if not seen:
                raise  # else what was seen until then is judged
    return _recording(np.array(seen), clip, meter, request)


def roll_falls(trial: Trial, walk: MotionClip) -> tuple[Floats, Floats]:
    """(N, T, 45) figures that go limp while they walk and are pushed, and (S, 45) the walk."""
    rng = np.random.default_rng(trial.seed)
    requests = []
    for _ in range(FALLS_A_TRIAL):
        clip = _from(walk, float(rng.uniform(2.5, 15.0)), trial.seconds)
        angle, size = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.0, _HARDEST_N_S)
        impulse = size * np.array([np.sin(angle), 0.0, np.cos(angle)])
        push = Push(LIMP_AT_S, str(rng.choice(["chest", PELVIS])), impulse, PUSH_S)
        requests.append(
            PhysicsRequest(
                clip,
                settings=settings_of(trial),
                pushes=(push,),
                limp_from_s=LIMP_AT_S,
                end_s=trial.seconds,
            )
        )
    results = PhysicsPipeline(None, trial.threads).generate(requests)
    asked = clip_to_poses(resample_clip(walk, RATE_HZ)).poses
    return np.stack([result.poses for result in results]), asked


def _made_ready(walk: MotionClip, rough: Rough | None, world: World) -> MotionClip:
    """Led round posts and over boxes, by the product's own footsteps."""
    if rough is None or not world.obstacles:
        return walk
    return prepare_reference(walk, world).clip


def _from(walk: MotionClip, start_s: float, seconds: float) -> MotionClip:
    """A walk from a moment on, a little longer than it is followed."""
    clip = resample_clip(walk, RATE_HZ)
    first = round(start_s * RATE_HZ)
    part = slice(first, first + round((seconds + 1.5) * RATE_HZ))
    contacts = None if clip.contacts is None else clip.contacts[part]
    return MotionClip(
        clip.skeleton, RATE_HZ, clip.root_positions[part], clip.rotations_wxyz[part], contacts
    )


def _pushes(trial: Trial, clip: MotionClip) -> tuple[Push, ...]:
    if not trial.impulse_n_s:
        return ()
    at = round(BEFORE_PUSH_S * RATE_HZ)
    way = clip.root_positions[at + 6] - clip.root_positions[at - 6]
    angle = np.arctan2(way[0], way[2]) + np.radians(trial.direction_deg)
    impulse = trial.impulse_n_s * np.array([np.sin(angle), 0.0, np.cos(angle)])
    return (Push(BEFORE_PUSH_S, trial.body, impulse, PUSH_S),)


def _recording(poses: Floats, clip: MotionClip, meter: Meter, request: PhysicsRequest) -> Recording:
    count = len(poses)
    followed = clip_to_poses(clip).poses
    followed = followed[np.minimum(np.arange(count), len(followed) - 1)]
    force, torque = _help(meter, request)
    return Recording(
        poses, followed, _stretched(force, count), _stretched(torque, count),
        _stretched(meter.power_w, count),
    )  # fmt: skip


def _help(meter: Meter, request: PhysicsRequest) -> tuple[list[float], list[float]]:
    """Force and torque on all bodies that no push accounts for, N and N m, by the frame."""
    if not meter.wrenches:
        return [], []
    wrenches = np.array(meter.wrenches)
    times = np.arange(len(wrenches)) / RATE_HZ
    for push in request.pushes:
        during = (times > push.at_s - 1e-6) & (times < push.at_s + push.duration_s - 1e-6)
        force = during[:, None] * push.impulse_n_s / push.duration_s
        wrenches[:, BODY_NAMES.index(push.body), :3] -= force
    forces, torques = (
        np.linalg.norm(wrenches[..., part], axis=-1).sum(axis=1)
        for part in (slice(0, 3), slice(3, 6))
    )
    return forces.tolist(), torques.tolist()


def _stretched(values: list[float], count: int) -> Floats:
    """One value for each frame: the first frame has none of its own."""
    if not values:
        return np.zeros(0)
    return np.array([values[0], *values])[:count]


def write_falls(path: Path, poses: Floats, asked: Floats, **told: Any) -> None:
    """Write falls whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(".part.npz")
    np.savez_compressed(
        whole, falls=poses.astype(np.float32), asked=asked.astype(np.float32), **told
    )
    whole.replace(path)
