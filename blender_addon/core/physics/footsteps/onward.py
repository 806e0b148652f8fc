"""On from here: what is still to come of a motion, led from where the figure is back to its path.

After a push the figure stands and walks beside its path. What it follows then begins again where it
is: in its place, its heading and its pose, on the feet that carry it, and comes back to the path
over the next steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...maths.headings import directions_to_headings, root_to_world, world_to_root
from ...maths.rotations import quaternion_rotate, wrap_angle
from ...maths.smoothing import smoothstep
from ...motion.clip import MotionClip
from ...motion.resample import resample_clip
from ..clip_poses import FRAME_RATE_HZ, body_positions, body_rotations, clip_to_poses
from ..figure import BODY_NAMES, CONTROL_RATE_HZ
from ..joints import blend_poses, joint_vectors, track_rates, with_joint_vectors
from ..reference import FRAMES_A_STEP, Reference, reference_of
from .chooser import ChooseLandings
from .landing import choose_landings
from .moving import Changes, moved_clip, steps_under
from .prepare import track_of, with_landings
from .stances import Stances, contacts_of, stances_of
from .surroundings import Surroundings

_XZ: Final = [0, 2]
_AHEAD: Final = np.array([0.0, 0.0, 1.0])
_BACK_M: Final = (1.2, 5.0)
"""Way back to the path: the least, and for each metre beside it."""
_LATE: Final = 3.0
"""Times that way, over which lateness is made up for."""
_TURN_M: Final = 0.8
_BLEND_S: Final = 0.3
_DOWN_M: Final = 0.05
"""A foot whose sole is nearer to the ground carries."""
_LEAST_FRAMES: Final = 30
_FEET: Final = tuple(
    (BODY_NAMES.index(side + "_foot"), BODY_NAMES.index(side + "_toe"))
    for side in ("left", "right")
)
_SOLE_M: Final = np.array([0.08, 0.02])


@dataclass(frozen=True, eq=False)
class Now:
    """Where a figure is.

    Args:
        root_xz: (2,) of its hips.
        heading_rad: of its hips.
        feet: (2, 3) x, z and heading of the middle between ankle and ball, left and right.
        down: (2,) whether they are on the ground.
        pose: (45,) of it.
    """

    root_xz: Floats
    heading_rad: float
    feet: Floats
    down: Bools
    pose: Floats


def now_of(pose: Floats, around: Surroundings) -> Now:
    """Where a figure in a pose (45,) is."""
    turns = body_rotations(pose)
    places = body_positions(pose, turns)
    feet, down = [], []
    for joints in _FEET:
        ankle, ball = places[list(joints)]
        heading = float(directions_to_headings((ball - ankle)[_XZ]))
        middle = 0.5 * (ankle + ball)[_XZ]
        feet.append((*middle, heading))
        under = around.ground.heights(np.stack((ankle, ball))[:, _XZ])
        down.append(bool((np.stack((ankle, ball))[:, 1] - under - _SOLE_M).min() < _DOWN_M))
    return Now(pose[_XZ], _heading(pose[3:7]), np.array(feet), np.array(down), pose)


def continued(
    rest: MotionClip,
    now: Now,
    around: Surroundings,
    choose: ChooseLandings = choose_landings,
) -> MotionClip:
    """A motion begun where a figure is, that comes back to where it was.

    Args:
        rest: at 60 Hz, from the moment on at which the figure is.
        now: where it is.
        around: ground and things.
        choose: picks landing places.
    """
    contacts = contacts_of(rest, around.ground)
    stances = stances_of(rest, contacts)
    root = _way_back(rest, now)
    steps = _step_changes(stances, root, now)
    led = moved_clip(rest, contacts, around.ground, root, stances, steps)
    if around.is_level:
        return led
    out, _ = with_landings(led, around, choose)
    return out


def reference_from(
    clip: MotionClip, now: Now, around: Surroundings, lift: float = 1.0
) -> Reference:
    """What is followed, from a pose into a clip within a moment; lifted as by ``reference_of``."""
    return _from_pose(reference_of(clip, around.ground, lift), now.pose)


def rest_of(clip: MotionClip, step: int) -> MotionClip | None:
    """A 60 Hz clip from a control step on; None where too little is left."""
    first = step * FRAMES_A_STEP
    if clip.frame_count - first < _LEAST_FRAMES:
        return None
    contacts = None if clip.contacts is None else clip.contacts[first:]
    return MotionClip(
        clip.skeleton,
        clip.frame_rate_hz,
        clip.root_positions[first:],
        clip.rotations_wxyz[first:],
        contacts,
    )


def overwrite(reference: Reference, first: int, rest: Reference, count: int) -> None:
    """Put what is followed from now on, in place, into a reference.

    Args:
        reference: of one figure or of several, one after the other.
        first: row of it from which on it changes.
        rest: what is put there; held at its end.
        count: rows of it that are this figure's.
    """
    which = rest.clamped(np.arange(count))
    rows = slice(first, first + count)
    held = np.arange(count) >= rest.steps
    for name in ("poses", "joints", "bodies", "carries"):
        getattr(reference, name)[rows] = getattr(rest, name)[which]
    reference.rates[rows] = np.where(held[:, None], 0.0, rest.rates[which])


def _way_back(rest: MotionClip, now: Now) -> Changes:
    """The root's moves (T): all of its shift at first, none once it has walked far enough."""
    track = track_of(rest)
    hips = rest.root_positions[:, _XZ].astype(np.float64)
    gone = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(track, axis=0), axis=1))))
    heading = _heading(rest.rotations_wxyz[0, 0].astype(np.float64))
    shift = world_to_root(now.root_xz - hips[0], np.asarray(heading))
    turn = float(wrap_angle(np.asarray(now.heading_rad - heading)))
    back = max(_BACK_M[0], _BACK_M[1] * abs(float(shift[0])))
    aside = shift[0] * (1.0 - smoothstep(gone / back))
    along = shift[1] * (1.0 - smoothstep(gone / (_LATE * back)))
    moved = root_to_world(np.stack((aside, along), axis=-1), np.full(len(gone), heading))
    turns = turn * (1.0 - smoothstep(gone / _TURN_M))
    return Changes(hips, hips + moved, turns)


def _step_changes(stances: Stances, root: Changes, now: Now) -> Changes:
    """Moves of stances (S): those on which the figure stands to its feet, others with the root."""
    moves = steps_under(root, stances, FRAME_RATE_HZ)
    places, becomes, turns = moves.places.copy(), moves.becomes.copy(), moves.turns.copy()
    for n in np.flatnonzero(stances.starts == 0):
        side = stances.sides[n]
        if now.down[side]:
            places[n], becomes[n] = stances.places[n, :2], now.feet[side, :2]
            turns[n] = wrap_angle(now.feet[side, 2] - stances.places[n, 2])
    return Changes(places, becomes, turns)


def _from_pose(reference: Reference, pose: Floats) -> Reference:
    """A reference that begins in a pose."""
    poses, count = reference.poses.copy(), max(int(_BLEND_S * CONTROL_RATE_HZ), 1)
    count = min(count, len(poses))
    weights = 1.0 - smoothstep(np.arange(count) / count)
    off = joint_vectors(pose) - reference.joints[0]
    turned = with_joint_vectors(poses[:count], reference.joints[:count] + weights[:, None] * off)
    leaning = blend_poses(turned, np.broadcast_to(pose, turned.shape), weights)
    turned[:, 1], turned[:, 3:7] = leaning[:, 1], leaning[:, 3:7]
    poses[:count] = turned
    return replace(
        reference,
        poses=poses,
        rates=track_rates(poses, CONTROL_RATE_HZ),
        joints=joint_vectors(poses),
        bodies=body_positions(poses, body_rotations(poses)),
    )


def _heading(turn: Floats) -> float:
    return float(directions_to_headings(quaternion_rotate(turn, _AHEAD)[_XZ]))


def at_sixty(clip: MotionClip) -> MotionClip:
    """A clip at the rate at which motion is read here."""
    return resample_clip(clip, FRAME_RATE_HZ)


def pose_at(clip: MotionClip, frame: int) -> Floats:
    """(45,) the figure's pose on a frame of a clip at 60 Hz."""
    one = slice(frame, frame + 1)
    still = MotionClip(
        clip.skeleton, clip.frame_rate_hz, clip.root_positions[one], clip.rotations_wxyz[one]
    )
    return np.asarray(clip_to_poses(still).poses[0])
