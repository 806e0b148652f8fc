"""One stretch of a film: onto the rays, calm, posed, on the ground, to the pins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Ints
from ...maths.rotations import (
    make_continuous,
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
)
from ...maths.smoothing import gaussian_smooth
from ...motion.clip import MotionClip
from ...motion.kinematics import forward_kinematics, global_to_local
from ..camera import FilmCamera
from ..points import middle_of_hips
from ..tracked import Pin
from .body import Body, Doubles
from .evidence import Evidence, pull_of
from .extremities import point_extremities
from .feet import Footing, settle_feet
from .gaps import bridge
from .ground import ANKLES
from .layout import Layout
from .pose import pose_body, posed_in_world
from .refine import Chain, Stance, Targets, joints_at, places_of, refine
from .smoothing import smooth_joints
from .steps import calm_feet

_CERTAIN: Final = 2000.0
_HELD: Final = 400.0
_PIN_ROUNDS: Final = 6
_PIN_TORSO: Final = 0.05
_WELL_SEEN_TORSO: Final = 0.05
_CLEARLY: Final = 0.3
_CLEARLY_S: Final = 0.15


def part_of(camera: FilmCamera, frames: slice | Ints) -> FilmCamera:
    """A camera over some frames."""
    return replace(
        camera,
        focal_px=camera.focal_px[frames],
        rotations=camera.rotations[frames],
        positions_m=camera.positions_m[frames],
    )


def fit_stretch(layout: Layout, frames: slice, pins: Sequence[Pin], first_frame: int) -> Footing:
    """A clip of some frames of a film, in the true world.

    Args:
        layout: of the film.
        frames: which.
        pins: places set by hand.
        first_frame: of the film, which index 0 of the layout is.
    """
    settings = layout.request.settings
    evidence, camera = layout.evidence.part(frames), part_of(layout.camera, frames)
    rate = evidence.rate_hz
    ends = point_extremities(evidence, camera)
    joints = _calm(_onto_rays(layout, frames, camera), camera, layout, frames)
    posed = pose_body(layout.body, joints, ends, rate)
    root = layout.in_result(posed.root)
    clip = MotionClip(layout.request.skeleton, rate, root, posed.rotations_wxyz)
    ankles = evidence.weights[:, ANKLES].max(axis=1)
    seen = np.maximum(ankles, layout.unseen[frames])
    footing = settle_feet(
        clip, layout.terrain, seen, _may_fly(ankles, rate),
        on_ground=settings.on_ground, lock=settings.lock_feet,
    )  # fmt: skip
    if not pins:
        return footing
    told = part_of(layout.told_camera, frames)
    pinned = _to_pins(layout, footing.clip, told, pins, first_frame + frames.start)
    return replace(footing, clip=pinned)


def _may_fly(ankles: Doubles, rate_hz: float) -> Doubles:
    """(T,) 0 … 1: nobody is taken to fly while no foot is seen."""
    return gaussian_smooth(np.minimum(ankles / _CLEARLY, 1.0), _CLEARLY_S * rate_hz)


def _onto_rays(layout: Layout, frames: slice, camera: FilmCamera) -> Doubles:
    """(T, 14, 3) camera axes, refined in the person's own proportions; gaps filled."""
    evidence, person = layout.evidence.part(frames), layout.person
    shape, place = layout.shape[frames], layout.place[frames]
    joints = place[:, None] + shape
    posed = pose_body(person, joints, point_extremities(evidence, None), evidence.rate_hz)
    _, turns = posed_in_world(person, posed)
    unseen = 1.0 - layout.unseen[frames, None]
    # What is filled in holds as well as what was lifted; no ray tells more of it.
    lifted = np.maximum(evidence.lifted_weights, 0.2)
    targets = Targets(
        joints, lifted, camera.rays(evidence.points_px), _ray_weights(layout, evidence),
        place[:, 2],
        layout.setting.steps[frames],
        layout.setting.stands[frames] * unseen, layout.seen_torso, person.person_size(),
    )  # fmt: skip
    stance = refine(Chain(person), Stance(posed.root, turns), targets)
    return joints_at(person, places_of(person, stance), stance.turns)


def _ray_weights(layout: Layout, evidence: Evidence) -> Doubles:
    """(T, 14): where the lifter was not believed, its doubts of the picture are not either."""
    surer = max((layout.seen_torso / _WELL_SEEN_TORSO) ** 2, 1.0)
    return evidence.weights * (1.0 + (surer - 1.0) * evidence.contradicted)[:, None]


def _calm(joints: Doubles, camera: FilmCamera, layout: Layout, frames: slice) -> Doubles:
    """Joints (T, 14, 3) in the world, gaps passed over and trembling taken out."""
    rate, strength = layout.evidence.rate_hz, layout.request.settings.smoothing
    world = bridge(camera.to_world(joints), layout.evidence.known[frames], rate)
    middle = middle_of_hips(world)[:, None]
    about = smooth_joints(world - middle, rate, strength)
    middle = smooth_joints(middle, rate, strength)
    calm = about - middle_of_hips(about)[:, None] + middle
    if strength <= 0.0:
        return np.asarray(calm)
    stands = layout.setting.stands[frames] * (1.0 - layout.unseen[frames, None])
    return calm_feet(world, calm, stands, rate, strength)


def _to_pins(
    layout: Layout, clip: MotionClip, camera: FilmCamera, pins: Sequence[Pin], first_frame: int
) -> MotionClip:
    """A clip whose pinned joints are where they were set, fading out around them."""
    body = Body(layout.request.skeleton)
    reach = layout.request.settings.pin_reach_s * clip.frame_rate_hz
    joints = body.joints(clip.root_positions, clip.rotations_wxyz)
    seen = camera.project(joints)
    pull = pull_of(pins, first_frame, seen, reach)
    near = np.flatnonzero((pull.shares > 0.0).any(axis=1))
    if not len(near):
        return clip
    part = part_of(camera, near)
    stance = _stance_before(body, clip, part, near)
    there = joints_at(body, places_of(body, stance), stance.turns)
    shares = pull.shares[near]
    weights = np.where(shares > 0.0, 0.3 * (1.0 - shares), 1.0)
    weights[:, ANKLES] *= np.where(shares[:, ANKLES] > 0.0, 1.0, _HELD)
    targets = Targets(
        there, weights, part.rays((seen + pull.offsets_px)[near]),
        np.where(shares > 0.0, _CERTAIN, 0.0), middle_of_hips(there)[:, 2],
        there[:, ANKLES], np.zeros((len(near), 2)),
        _PIN_TORSO, body.person_size(), is_anchored=True,
    )  # fmt: skip
    moved = refine(Chain(body), stance, targets, _PIN_ROUNDS)
    return _back_in_world(body, clip, part, near, moved)


def _stance_before(body: Body, clip: MotionClip, camera: FilmCamera, frames: Ints) -> Stance:
    """The pose of some frames (N,) in the axes of their cameras."""
    _, turns = forward_kinematics(
        body.skeleton, clip.root_positions[frames], clip.rotations_wxyz[frames]
    )
    view = matrix_to_quaternion(camera.rotations)[:, None]
    seen = quaternion_multiply(quaternion_conjugate(view), turns.astype(np.float64))
    root = camera.to_camera(clip.root_positions[frames, None].astype(np.float64))[:, 0]
    return Stance(root, seen)


def _back_in_world(
    body: Body, clip: MotionClip, camera: FilmCamera, frames: Ints, stance: Stance
) -> MotionClip:
    """The clip with some frames (N,) as they are in the axes of their cameras."""
    view = matrix_to_quaternion(camera.rotations)[:, None]
    turns = quaternion_multiply(view, stance.turns)
    root, local = clip.root_positions.copy(), clip.rotations_wxyz.copy()
    root[frames] = camera.to_world(stance.root[:, None])[:, 0]
    local[frames] = global_to_local(body.skeleton, turns)
    return replace(clip, root_positions=root, rotations_wxyz=make_continuous(local))
