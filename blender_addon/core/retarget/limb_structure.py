"""Finds the joints of one limb by its proportions, whatever lies in between and behind.

Halves of a limb are about equally long, each nearly straight. Twist bones lie between them, a
collar or hip bone before them, fingers and end bones behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from ..conventions import Floats
from .joint_tree import JointTree

_STEEP: Final = 0.7  # cosine to the vertical: thighs and shins, but neither hip bones nor feet
_LEG_DROP: Final = (0.5, 0.8)  # share of the way down above which an ankle may be, must be
_ARM_SHARE: Final = 0.6  # of an arm's reach above which a fork is a hand, no elbow
_NEAR_ANKLE: Final = 0.08  # of a leg: a twist bone this close over the ankle is none
_UNEQUAL: Final = 1.6  # how much unequal halves of a limb count against its length
_GOES_ON: Final = 0.9995  # cosine: an end bone of a foot goes on as the foot does, toes do not
_SHOULDERS: Final = 0.33  # half the distance of the shoulders over an arm's length, of a person
_NARROW: Final = 0.5  # how much other shoulders count: collar bones begin at the spine
_HAND: Final = (0.25, 1.1)  # length of a hand over the forearm's
_ODD_HAND: Final = 0.3
_NO_HAND: Final = 0.5
_LATER: Final = 1e-3  # of bones at one place the one next to the elbow is the upper arm


def find_leg(tree: JointTree, limb: int, up: Floats) -> dict[str, int]:
    """Thigh, shin, foot and toe of a leg.

    Args:
        tree: the character at rest.
        limb: where it begins.
        up: (3,) unit vector.
    """
    chain = tree.chain(limb)
    height = tree.heads[chain] @ up
    drop = height[0] - height
    share = drop / max(float(drop.max()), 1e-9)
    ankle = next(n for n in range(len(chain)) if _may_be_ankle(tree, chain, n, share, up))
    upper = [n for n in range(ankle) if _is_steep(tree, chain[n], chain[n + 1], up)]
    start, knee = _hinge(tree, chain, upper[0] if upper else 0, ankle)
    found = {"UpLeg": chain[start], "Leg": chain[knee], "Foot": chain[ankle]}
    if ankle + 1 < len(chain) and not _is_end_of_foot(tree, chain, ankle, up):
        found["Toe"] = chain[ankle + 1]
    return found


def find_arm(tree: JointTree, limb: int, other: int) -> dict[str, int]:
    """Collar bone, upper arm, forearm and hand of an arm; a hand may be missing.

    Args:
        tree: the character at rest.
        limb: where it begins.
        other: where the other side's begins.
    """
    chain, partner = tree.chain(limb), tree.chain(other)
    places = np.concatenate((tree.heads[chain], tree.tails[chain[-1:]])).astype(np.float64)
    half_widths = [
        0.5 * float(np.linalg.norm(tree.heads[a] - tree.heads[b]))
        for a, b in zip(chain, partner, strict=False)
    ]
    forks = _hands_by_fingers(tree, chain)
    start, elbow, wrist = max(
        _arm_splits(chain, len(half_widths), forks),
        key=lambda split: _arm_score(places, half_widths, *split),
        default=(0, min(1, len(chain) - 1), len(chain) - 1),
    )
    found = {"Arm": chain[start], "ForeArm": chain[elbow]}
    if wrist < len(chain):
        found["Hand"] = chain[wrist]
    if start > 0:
        found["Shoulder"] = chain[0]
    return found


def _hands_by_fingers(tree: JointTree, chain: Sequence[int]) -> list[int]:
    """Places in an arm's chain where it forks into fingers."""
    reach = float(tree.reaches[chain[0]])
    return [
        n
        for n, joint in enumerate(chain)
        if n >= 2
        and 1.0 - float(tree.reaches[joint]) / reach > _ARM_SHARE
        and len(tree.children[joint]) >= 2
    ]


def _arm_splits(
    chain: Sequence[int], starts: int, forks: Sequence[int]
) -> Iterator[tuple[int, int, int]]:
    """Places in a chain where upper arm, forearm and hand may begin."""
    wrists = forks[:1] or range(2, len(chain) + 1)
    for wrist in wrists:
        for start in range(min(starts, wrist - 1)):
            for elbow in range(start + 1, wrist):
                yield start, elbow, wrist


def _arm_score(
    places: Floats, half_widths: Sequence[float], start: int, elbow: int, wrist: int
) -> float:
    """How much a split looks like an arm: straight equal halves, shoulders apart, a hand behind."""
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    upper, lower = float(steps[start:elbow].sum()), float(steps[elbow:wrist].sum())
    if min(upper, lower) <= 0.0:
        return -np.inf
    straight = _straight(places, start, elbow) + _straight(places, elbow, wrist)
    width = max(half_widths[start], 1e-9) / (_SHOULDERS * (upper + lower))
    hand = float(steps[wrist:].sum()) / lower
    odd_hand = _NO_HAND if wrist == len(steps) else _ODD_HAND * _beyond(hand, *_HAND)
    return float(
        straight / (upper + lower)
        - _UNEQUAL * abs(np.log(upper / lower))
        - _NARROW * abs(np.log(width))
        - odd_hand
        + _LATER * start
    )


def _beyond(value: float, low: float, high: float) -> float:
    """How far a positive value lies outside a range, as a logarithm."""
    return float(abs(np.log(max(value, 1e-9) / np.clip(value, low, high))))


def _is_end_of_foot(tree: JointTree, chain: Sequence[int], ankle: int, up: Floats) -> bool:
    """Whether what hangs on a foot only marks its tip: it goes on straight, and ends there."""
    foot, toe = chain[ankle], chain[ankle + 1]
    before, own = tree.heads[toe] - tree.heads[foot], tree.tails[toe] - tree.heads[toe]
    length = float(np.linalg.norm(before))
    straight = float(before @ own) > _GOES_ON * length * float(np.linalg.norm(own))
    hangs = -float(before @ up) > _STEEP * length
    return straight and not hangs and not tree.children[toe]


def _may_be_ankle(tree: JointTree, chain: Sequence[int], n: int, share: Floats, up: Floats) -> bool:
    """Whether the way down ends here: most of it is done, or the next bone goes forward."""
    if n + 1 == len(chain):
        return True
    if share[n] >= _LEG_DROP[1]:
        return not _is_close_over_ankle(tree, chain, n, up)
    return bool(share[n] >= _LEG_DROP[0]) and not _is_steep(tree, chain[n], chain[n + 1], up)


def _is_close_over_ankle(tree: JointTree, chain: Sequence[int], n: int, up: Floats) -> bool:
    """Whether a twist bone of the shin lies so low that it might be taken for the ankle."""
    step = float(np.linalg.norm(tree.heads[chain[n + 1]] - tree.heads[chain[n]]))
    return (
        n + 2 < len(chain)
        and step < _NEAR_ANKLE * float(tree.reaches[chain[0]])
        and _is_steep(tree, chain[n], chain[n + 1], up)
    )


def _is_steep(tree: JointTree, start: int, end: int, up: Floats) -> bool:
    way = tree.heads[end] - tree.heads[start]
    return bool(-(way @ up) > _STEEP * np.linalg.norm(way))


def _hinge(tree: JointTree, chain: Sequence[int], first: int, end: int) -> tuple[int, int]:
    """Places in a chain of a limb's upper joint and of its knee, the end being known."""
    places = tree.heads[list(chain[: end + 1])]
    steps = [float(np.linalg.norm(b - a)) for a, b in pairwise(places)]
    along = np.concatenate(([0.0], np.cumsum(steps)))
    best, choice = -np.inf, (first, max(end - 1, first))
    for start in range(first, end):
        for middle in range(start + 1, end):
            upper, lower = along[middle] - along[start], along[end] - along[middle]
            if min(upper, lower) <= 0:
                continue
            covered = _straight(places, start, middle) + _straight(places, middle, end)
            score = covered / along[end] - _UNEQUAL * abs(np.log(upper / lower))
            if score > best:
                best, choice = score, (start, middle)
    return choice


def _straight(places: Floats, start: int, end: int) -> float:
    """Length of a part of a chain, the less the more it is bent: squared chord over length."""
    length = float(np.linalg.norm(np.diff(places[start : end + 1], axis=0), axis=1).sum())
    return float(np.sum((places[end] - places[start]) ** 2)) / max(length, 1e-9)
