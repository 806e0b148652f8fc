"""A motion made ready for the world that it is to be simulated in: round things, over boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import NeuralMotionError, PathError
from ...ground.path import Path
from ...ground.terrain import soften
from ...maths.smoothing import gaussian_smooth
from ...motion.clip import MotionClip
from ...motion.kinematics import forward_kinematics
from ...motion.resample import resample_clip
from ..clip_poses import FRAME_RATE_HZ
from ..world import World
from .candidates import AS_MEANT
from .chooser import ChooseLandings
from .landing import changes_of, choose_landings, root_among
from .moving import Changes, moved_clip, steps_under
from .stances import contacts_of, stances_of
from .surroundings import PASSING_M, Surroundings, surroundings_of
from .trying import Trials
from .walker import WalkAsked, Walker
from .way import Way, is_clear, plan_way

_XZ: Final = [0, 2]
_TRACK_S: Final = 0.35
"""Over which the swaying of hips is taken out of their track."""
_MOVES_M_S: Final = 0.25
_LEAST_WAY_M: Final = 0.5
_WIDEST_PERCENT: Final = 98.0
_ROOM_M: Final = 0.13
"""Between an arm and a thing: half an arm's thickness, and how far who balances comes off a way."""
_WIDEST_M: Final = 0.7


@dataclass(frozen=True, eq=False)
class Prepared:
    """What is followed in a world.

    Args:
        clip: 60 Hz, common skeleton; the one that was given where the world asks for nothing else.
        path_xz: (T, 2) where the body goes, without the swaying of hips.
        steps_moved: how many steps land elsewhere.
        way_changed: whether it goes round something.
        notes: what could not be done, in sentences.
    """

    clip: MotionClip
    path_xz: Floats
    steps_moved: int = 0
    way_changed: bool = False
    notes: tuple[str, ...] = ()


def prepare_reference(
    clip: MotionClip,
    world: World,
    walker: Walker | None = None,
    choose: ChooseLandings = choose_landings,
    trials: Trials | None = None,
) -> Prepared:
    """Lead a motion round what stands in its way, and put its feet where they can stand.

    Args:
        clip: of the common skeleton.
        world: ground and obstacles.
        walker: walks round things anew; where None, the motion itself is bent.
        choose: picks landing places.
        trials: tries the best of these; not tried where None.
    """
    clip = resample_clip(clip, FRAME_RATE_HZ)
    track = track_of(clip)
    around = surroundings_of(world, track, passing_m(clip, track))
    if is_clear(around, track) and not world.obstacles:
        return Prepared(clip, track)
    notes: tuple[str, ...] = ()
    way = _way_of(around, track)
    if way is not None:
        clip, notes = _led(clip, track, around, way, walker)
        track = track_of(clip)
    clip, moved = with_landings(clip, around, choose, trials)
    return Prepared(clip, track, moved, way is not None, notes)


def track_of(clip: MotionClip) -> Floats:
    """(T, 2) the way of a clip's hips without their swaying."""
    hips = clip.root_positions[:, _XZ].astype(np.float64)
    return gaussian_smooth(hips, _TRACK_S * clip.frame_rate_hz, keep_ends=True)


def passing_m(clip: MotionClip, track: Floats) -> float:
    """How far from a thing the middle of this body passes at ease: farther than its arms reach.

    Args:
        clip: at 60 Hz.
        track: (T, 2) its way.
    """
    along = np.gradient(track, axis=0) * FRAME_RATE_HZ
    speeds = np.linalg.norm(along, axis=1)
    moves = speeds > _MOVES_M_S
    if not moves.any():
        return PASSING_M
    left = np.stack((along[:, 1], -along[:, 0]), axis=-1)[moves] / speeds[moves, None]
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    off = joints[moves][..., _XZ] - track[moves, None]
    beside = np.abs(np.einsum("tjd,td->tj", off, left)).max(axis=1)
    return float(np.clip(np.percentile(beside, _WIDEST_PERCENT) + _ROOM_M, PASSING_M, _WIDEST_M))


def with_landings(
    clip: MotionClip,
    around: Surroundings,
    choose: ChooseLandings = choose_landings,
    trials: Trials | None = None,
) -> tuple[MotionClip, int]:
    """A clip at 60 Hz whose feet stand on the ground that is there, and how many steps moved."""
    if around.is_level and not around.outlines:
        return clip, 0
    contacts = contacts_of(clip, around.ground)
    stances = stances_of(clip, contacts)
    if stances.count == 0:
        return clip, 0
    chosen = choose(around, stances)

    def led(candidates: list[int]) -> MotionClip:
        steps = changes_of(stances, candidates)
        root = root_among(stances, steps, hips, clip.frame_rate_hz)
        return moved_clip(clip, contacts, around.ground, root, stances, steps)

    hips = clip.root_positions[:, _XZ].astype(np.float64)
    if trials is not None:
        chosen = trials.better(around, stances, chosen, led)
    moved = sum(each != AS_MEANT for each in chosen)
    return (clip, 0) if around.is_level and not moved else (led(chosen), moved)


def bent_clip(clip: MotionClip, track: Floats, around: Surroundings, way: Way) -> MotionClip:
    """A clip led along a way beside its track, its stances as they were to the body."""
    arcs = _arcs(track)
    becomes = np.stack([np.interp(arcs, way.arcs_m, c) for c in way.points_xz.T], axis=-1)
    becomes = track + becomes - _on_path(way, arcs)
    root = Changes(track, becomes, np.interp(arcs, way.arcs_m, way.turns_rad))
    contacts = contacts_of(clip, around.ground)
    stances = stances_of(clip, contacts)
    steps = steps_under(root, stances, clip.frame_rate_hz)
    return moved_clip(clip, contacts, around.ground, root, stances, steps)


def _on_path(way: Way, arcs: Floats) -> Floats:
    return np.stack([np.interp(arcs, way.arcs_m, c) for c in way.path_xz.T], axis=-1)


def _way_of(around: Surroundings, track: Floats) -> Way | None:
    """Another way than a track; None where the track is clear, or goes nowhere."""
    if is_clear(around, track) or _arcs(track)[-1] < _LEAST_WAY_M:
        return None
    try:
        path = Path.from_points(np.insert(track, 1, 0.0, axis=1))
    except PathError:
        return None
    return plan_way(around, path, _speed(track))


def _led(
    clip: MotionClip, track: Floats, around: Surroundings, way: Way, walker: Walker | None
) -> tuple[MotionClip, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if not is_clear(around, way.points_xz) and _squeezed(around, way):
        notes = ("There is no way round an obstacle with room for a body",)
    if walker is not None and _stands_first(track):
        try:
            return walker.walk([_asked(track, around, way)])[0], notes
        except NeuralMotionError as error:
            notes = (*notes, f"The way was bent, not walked anew: {error}")
    return bent_clip(clip, track, around, way), notes


def _stands_first(track: Floats) -> bool:
    """Whether a track begins at rest: a generator begins to walk from standing."""
    return bool(np.linalg.norm(track[min(6, len(track) - 1)] - track[0]) < 0.1 * _MOVES_M_S)


def _squeezed(around: Surroundings, way: Way) -> bool:
    return bool(around.clearance(way.points_xz).min() < 0.3)


def _asked(track: Floats, around: Surroundings, way: Way) -> WalkAsked:
    """The way walked as fast as the track was, with its standing at the ends."""
    arcs, speeds = _arcs(track), np.linalg.norm(np.gradient(track, axis=0), axis=1) * FRAME_RATE_HZ
    moves = np.flatnonzero(speeds > _MOVES_M_S)
    first, last = (int(moves[0]), int(moves[-1])) if len(moves) else (0, len(track) - 1)
    at = np.interp(way.arcs_m, arcs[moves], speeds[moves])
    points = np.insert(way.points_xz, 1, 0.0, axis=1)
    pace = np.maximum(gaussian_smooth(at, 10.0, keep_ends=True), _MOVES_M_S)
    pace = np.maximum(pace, 0.8 * float(np.median(pace)))
    return WalkAsked(
        Path(points, pace),
        soften(around.ground),
        first / FRAME_RATE_HZ,
        (len(track) - 1 - last) / FRAME_RATE_HZ,
    )


def _arcs(track: Floats) -> Floats:
    steps = np.linalg.norm(np.diff(track, axis=0), axis=1)
    return np.concatenate(([0.0], np.cumsum(steps)))


def _speed(track: Floats) -> float:
    speeds = np.linalg.norm(np.gradient(track, axis=0), axis=1) * FRAME_RATE_HZ
    moving = speeds[speeds > _MOVES_M_S]
    return float(np.median(moving)) if len(moving) else 1.0
