"""Arms moved by the nearest recorded move: the plain way, without a network.

A library holds moves of one hand from one pause to the next. Each move that is desired takes the
one that goes most alike, stretched in time, its ends bent to where its neighbours end.

Source: Kovar, Gleicher & Pighin 2002, Motion Graphs, for moving by recorded pieces; here every
piece fits to every other since all begin and end still.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.arrays import ArrayFile
from ...jobs import Progress
from ...maths.rotations import (
    make_continuous,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
)
from ...maths.smoothing import smoothstep
from .pauses import find_spans, speeds
from .stills import Arm, ArmPlan, over_time
from .upper_body import ARM_PARTS, REST, TRUNK_PART, UPPER_BODY, mirrored, wrists

FREE_MOVES: Final = Path(__file__).with_name("free_moves.npz")
"""Upper bodies of CC0 clips (Quaternius, Mesh2Motion), (T, 13, 4) one after the other."""
_TIME_M2: Final = 0.02
"""How much a difference of the logarithm of durations counts, beside metres squared."""
_CHOICES: Final = 3
_FEWEST, _MOST = 4, 75  # frames of a move
_LEAST_M: Final = 0.03
_TRUNK: Final = 0.5
"""Of the trunk's recorded movement."""


@dataclass(frozen=True, eq=False)
class Move:
    """A left hand on its way from one pause to the next; those of right hands are mirrored.

    Args:
        pose: (L, 13, 4) upper body.
        start, stop: (3,) wrist from the chest joint.
    """

    pose: Floats
    start: Floats
    stop: Floats


@dataclass(frozen=True, eq=False)
class MoveLibrary:
    """Recorded moves of a hand, N of them."""

    moves: tuple[Move, ...]

    @classmethod
    def of(cls, poses: Iterable[Floats]) -> MoveLibrary:
        """All moves of both hands in recordings (T, 13, 4) at 30 Hz."""
        moves: list[Move] = []
        for pose in poses:
            for one in (pose, mirrored(pose)):
                places = wrists(one)[:, 0]
                for (_, a), (b, _) in pairwise(find_spans(speeds(places))):
                    far = float(np.linalg.norm(places[b] - places[a])) > _LEAST_M
                    if far and _FEWEST <= b - a <= _MOST:
                        moves.append(Move(one[a : b + 1], places[a], places[b]))
        return cls(tuple(moves))


@lru_cache(maxsize=1)
def free_library() -> MoveLibrary:
    """The moves that come with the extension.

    Raises:
        ModelError: their file is damaged.
    """
    with ArrayFile(FREE_MOVES) as file:
        poses = file.floats("poses", (None, len(UPPER_BODY), 4))
        stops = file.integers("stops", (None,))
    parts = np.split(poses, stops[:-1])
    return MoveLibrary.of([part / np.linalg.norm(part, axis=-1, keepdims=True) for part in parts])


class ClipGraph:
    """Moves arms by the nearest recorded moves.

    Args:
        library: with one move or more.
    """

    def __init__(self, library: MoveLibrary) -> None:
        self._moves = library.moves
        self._starts = np.array([move.start for move in library.moves])
        self._stops = np.array([move.stop for move in library.moves])
        self._frames = np.array([len(move.pose) for move in library.moves])

    def fill(self, plan: ArmPlan, seed: int, progress: Progress) -> Floats:
        """(T, 13, 4) local rotations of an upper body that moves as planned, about."""
        pose = np.tile(REST, (plan.frame_count, 1, 1)).astype(np.float32)
        trunk = np.zeros((plan.frame_count, 5, 4), np.float32)
        trunk[..., 0] = 1.0
        for side, arm in enumerate(plan.arms):
            filled = self._fill_arm(arm, side, plan.frame_count, seed)
            pose[:, ARM_PARTS[side]] = filled[:, ARM_PARTS[side]]
            trunk = quaternion_multiply(trunk, filled[:, TRUNK_PART])
            progress((side + 1) / 2)
        still = np.zeros_like(trunk)
        still[..., 0] = 1.0
        pose[:, TRUNK_PART] = quaternion_nlerp(still, trunk, _TRUNK)
        return pose

    def _fill_arm(self, arm: Arm, side: int, frame_count: int, seed: int) -> Floats:
        """(T, 13, 4) of one side; only its arm, and the trunk's share in it, mean anything."""
        rng = np.random.default_rng((seed, 10 + side))
        between = [self._move(a.last_place, b.place, b.start - a.stop, side, rng)
                   for a, b in pairwise(arm)]  # fmt: skip
        ends = _ends(arm, between)
        out = over_time(arm, ends, frame_count)
        out /= np.linalg.norm(out, axis=-1, keepdims=True)
        for n, (before, after) in enumerate(pairwise(arm)):
            fitted = _fitted(between[n], ends[n, 1], ends[n + 1, 0])
            out[before.stop : after.start + 1] = fitted
        return out

    def _move(
        self, start: Floats, stop: Floats, frames: int, side: int, rng: np.random.Generator
    ) -> Floats:
        """(frames + 1, 13, 4) the recorded move that is most alike, as long as desired."""
        flip = np.array([1.0 if side == 0 else -1.0, 1.0, 1.0])
        gaps = (self._starts - start * flip) ** 2 + (self._stops - stop * flip) ** 2
        times = np.log(self._frames / max(frames + 1, 1))
        cost = gaps.sum(axis=1) + _TIME_M2 * times**2
        nearest = np.argsort(cost, kind="stable")[:_CHOICES]
        pose = self._moves[int(rng.choice(nearest))].pose
        at = np.linspace(0.0, len(pose) - 1.0, frames + 1)
        low = np.minimum(at.astype(np.int64), len(pose) - 2)
        part = (at - low).astype(np.float32)[:, None]
        stretched = quaternion_nlerp(pose[low], pose[low + 1], part)
        return stretched if side == 0 else mirrored(stretched)


def _ends(arm: Arm, between: list[Floats]) -> Floats:
    """(N, 2, 13, 4) the pose at the beginning and end of each still."""
    poses = np.tile(REST, (len(arm), 2, 1, 1)).astype(np.float32)
    for n, still in enumerate(arm):
        if still.hangs:
            continue
        arrives = between[n - 1][-1] if n > 0 else between[n][0]
        leaves = between[n][0] if n < len(between) else arrives
        poses[n] = quaternion_nlerp(arrives, leaves, 0.5)
    flat = poses.reshape(-1, *poses.shape[2:])
    return np.asarray(make_continuous(flat).reshape(poses.shape))


def _fitted(move: Floats, first: Floats, last: Floats) -> Floats:
    """A move (L, 13, 4) bent so that it begins and ends in given poses."""
    share = smoothstep(np.linspace(0.0, 1.0, len(move), dtype=np.float32))[:, None]
    at_start = quaternion_multiply(quaternion_conjugate(move[0]), first)
    at_end = quaternion_multiply(quaternion_conjugate(move[-1]), last)
    turn = quaternion_nlerp(at_start[None], at_end[None], share)
    return quaternion_multiply(move, turn)
