"""Which chain of bones is which leg, and where its joints are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ...conventions import Floats
from ...retarget.bone_names import is_end_name
from ..body import FootKind
from .names import fore_votes
from .turned import Limb, Turned

_TOES: Final = 0.12
"""Of a leg's height: below that a fork is one into toes, and a leg's main chain ends."""

_ON_GROUND: Final = 0.055
"""Of a leg's height; a joint lower than that may be what an animal stands on."""

_LONGEST_TIP: Final = 0.3
"""Of a leg's height; a last bone longer than that does not show where a foot ends."""

_PAW_HEIGHT: Final = 0.1
"""Of a leg's height; the first joint lower than that is the base of the toes."""

_FORE_LOWER: Final = 0.42
"""Height of a front leg's bending joint in hip heights (see ``skeleton``)."""

_STIFLE: Final = 0.7
_HOCK: Final = 0.4
"""Usual heights of a hind leg's joints, in hip heights."""

_SPREAD: Final = 0.15
"""How far they are from that, in hip heights."""

_SKIP: Final = 0.6
_STRAIGHT: Final = 0.97
"""Cosine; where a chain bends less, a twist bone may lie."""

_BLADE: Final = 0.15
"""Of a leg's height; a first joint nearer to the free leg's top is no top of a shoulder blade."""


@dataclass(frozen=True, eq=False)
class Chain:
    """The main chain of one leg.

    Args:
        joints: K numbers in the turned tree, from the top to the last bone.
        points: (K + 1, 3) their heads, and the leg's tip, in the turned tree's axes.
        made_up: the tip was not told by any bone.
    """

    joints: tuple[int, ...]
    points: Floats
    made_up: bool

    @property
    def top(self) -> Floats:
        """(3,) where it begins."""
        return np.asarray(self.points[0])


def main_chain(turned: Turned, limb: Limb, ground: float) -> Chain:
    """The bones from a leg's root down to its foot, without toes beside each other.

    Args:
        turned: the rig.
        limb: the leg.
        ground: height of the ground.
    """
    tree, reach = turned.tree, max(limb.height - ground, 1e-9)
    chain = [limb.root]
    while below := [c for c in tree.children[chain[-1]] if not _is_mark(turned, c, reach)]:
        down = min(below, key=lambda c: (_lowest(turned, c), -float(tree.reaches[c])))
        if tree.heads[chain[-1], 1] - ground < _TOES * reach and len(below) > 1:
            break
        chain.append(down)
    points, made_up = _with_tip(turned, chain, ground, reach)
    return Chain(tuple(chain), points, made_up)


def _is_mark(turned: Turned, joint: int, reach: float) -> bool:
    """Whether a bone only marks an end, and the one before has a tail that shows it."""
    tree = turned.tree
    return (
        not tree.children[joint]
        and is_end_name(tree.names[joint])
        and _is_short(turned, joint, reach)
    )


def _is_short(turned: Turned, joint: int, reach: float) -> bool:
    return float(np.linalg.norm(turned.tree.tails[joint] - turned.tree.heads[joint])) < 0.02 * reach


def _lowest(turned: Turned, joint: int) -> float:
    return min(turned.tip_height(each) for each in turned.below(joint))


def _with_tip(
    turned: Turned, chain: Sequence[int], ground: float, reach: float
) -> tuple[Floats, bool]:
    """(K + 1, 3) heads of a chain and its tip; whether that is made up."""
    tree = turned.tree
    heads, tail = tree.heads[list(chain)], tree.tails[chain[-1]]
    end, over = tail - heads[-1], heads[-1, 1] - ground
    long = float(np.linalg.norm(end))
    marks = [c for c in tree.children[chain[-1]] if _is_mark(turned, c, reach)]
    if marks:
        return np.vstack((heads, tree.heads[marks[0]])), False
    level = abs(end[1]) < 0.03 * reach or tail[1] - ground < 0.6 * over
    if 0.02 * reach < long < _LONGEST_TIP * reach + over and level and end[1] < 0.02 * reach:
        return np.vstack((heads, tail)), False
    return np.vstack((heads, _made_up_tip(heads, ground, reach))), True


def _made_up_tip(heads: Floats, ground: float, reach: float) -> Floats:
    """Where a chain whose last bone has no telling tail meets the ground.

    It goes on as its last segment did, at most a third of its height aside.
    """
    last, over = heads[-1], float(heads[-1, 1] - ground)
    way = last - heads[-2] if len(heads) > 1 else np.array([0.0, -1.0, 0.0])
    steep = way / max(-float(way[1]), 0.3 * float(np.linalg.norm(way)), 1e-9)
    flat = np.array([0.0, 0.0, steep[2]]) * over
    limit = 0.1 * reach
    flat[2] = float(np.clip(flat[2], -limit, limit))
    return np.asarray(last + flat - np.array([0.0, over, 0.0]))


def looks_forward(turned: Turned, chains: Sequence[Chain], ground: float) -> float:
    """Votes for the tree looking along its +Z (positive) or −Z (negative).

    Names of the legs, of head and tail, where the toes point and where hocks bend, and how high the
    trunk goes on beyond either pair.

    Args:
        turned: the rig.
        chains: its four legs.
        ground: height of the ground.
    """
    tree, votes = turned.tree, 0.0
    middle = float(np.mean([chain.points[-1, 2] for chain in chains]))
    for chain in chains:
        names = [tree.names[joint] for joint in chain.joints]
        votes += fore_votes(names) * float(np.sign(chain.points[-1, 2] - middle))
        foot = chain.points[-1] - chain.points[max(len(chain.points) - 3, 0)]
        reach = chain.top[1] - ground
        votes += 0.5 * float(np.clip(foot[2] / (0.1 * reach), -1, 1))
    return votes + _hock_votes(chains) + _ends_votes(turned, middle)


def _hock_votes(chains: Sequence[Chain]) -> float:
    """Hind legs zigzag more than front legs, with the hock behind."""
    votes = 0.0
    ends = sorted(chains, key=lambda chain: float(chain.points[-1, 2]))
    folds = [_fold(chain) for chain in ends]
    for pair, far in ((folds[:2], folds[2:]), (folds[2:], folds[:2])):
        back = float(np.mean(pair))  # negative: the lower half bends backward
        if abs(back) > 1.3 * abs(float(np.mean(far))):
            votes += -1.5 * float(np.sign(back))
    return votes


def _fold(chain: Chain) -> float:
    """How far the lower half of a leg is off its line, as a share of its height."""
    points = chain.points
    top, tip = points[0], points[-1]
    height = max(float(top[1] - tip[1]), 1e-9)
    shares = (top[1] - points[:, 1]) / height
    off = points[:, 2] - top[2] - shares * (tip[2] - top[2])
    low = (shares > 0.45) & (shares < 0.85)
    return float(off[low][np.argmax(np.abs(off[low]))] / height) if low.any() else 0.0


def _ends_votes(turned: Turned, middle: float) -> float:
    """Head and tail by name; else the higher of what goes beyond the legs is the head."""
    tree, votes = turned.tree, 0.0
    for joint, name in enumerate(tree.names):
        low, way = name.lower(), float(np.sign(tree.heads[joint, 2] - middle))
        votes += way * (("head" in low) + ("neck" in low) - ("tail" in low))
    votes = float(np.clip(votes, -3.0, 3.0))
    central = tree.heads[turned.sides == 0]
    if len(central):
        front, back = central[np.argmax(central[:, 2])], central[np.argmin(central[:, 2])]
        votes += 0.7 * float(np.sign(front[1] - back[1]))
    return votes


def hind_joints(chain: Chain, ground: float, foot: FootKind) -> tuple[int, int, int, int]:
    """Places of hip, stifle, hock and paw in a hind leg's points.

    The stifle lies before the line from hip to hock, the hock behind the one from stifle to ground.
    """
    points = chain.points - np.array([0.0, ground, 0.0])
    count = len(points)
    paw = paw_place(chain, ground, foot)
    best, found = -np.inf, (0, min(1, count - 3), min(2, count - 2))
    for hip in range(max(count - 3, 1)):
        for stifle in range(hip + 1, count - 1):
            for hock in range(stifle + 1, max(paw, stifle + 2)):
                if hock >= count:
                    continue
                score = _hind_score(points[[hip, stifle, hock, max(paw, hock)]])
                score -= _skipped(points, hip, stifle) + _skipped(points, stifle, hock)
                if score > best:
                    best, found = score, (hip, stifle, hock)
    return (*found, max(paw, min(found[2] + 1, count - 1)))


def _hind_score(four: Floats) -> float:
    hip, stifle, hock, paw = four
    height = max(float(hip[1]), 1e-9)
    thigh, shank = float(np.linalg.norm(stifle - hip)), float(np.linalg.norm(hock - stifle))
    usual = ((stifle[1] / height - _STIFLE) / _SPREAD) ** 2
    usual += ((hock[1] / height - _HOCK) / _SPREAD) ** 2
    unequal = abs(float(np.log(max(thigh, 1e-9) / max(shank, 1e-9))))
    zigzag = _ahead(stifle, hip, hock) - _ahead(hock, stifle, paw)
    aside = float(np.linalg.norm(stifle[[0]] - hip[[0]])) / height  # a pelvis goes to the side
    return float(3.0 * zigzag / height - 0.3 * usual - 0.8 * unequal - 3.0 * aside)


def _skipped(points: Floats, start: int, end: int) -> float:
    """A price for joints left out between two that are no twist bones: the chain bends there."""
    ways = np.diff(points[start : end + 1], axis=0)
    ways = ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9)
    bends = [float(a @ b) for a, b in pairwise(ways)]
    return _SKIP * sum(cosine < _STRAIGHT for cosine in bends)


def _ahead(middle: Floats, top: Floats, bottom: Floats) -> float:
    """How far a joint lies before the line between two others."""
    drop = float(top[1] - bottom[1])
    share = float(np.clip((top[1] - middle[1]) / drop, 0.0, 1.0)) if abs(drop) > 1e-9 else 0.5
    return float(middle[2] - top[2] - share * (bottom[2] - top[2]))


def fore_joints(
    chain: Chain, ground: float, foot: FootKind, hip_height: float
) -> tuple[int, int, int, int]:
    """Places of scapula (−1: none), upper, lower and paw in a front leg's points."""
    points = chain.points - np.array([0.0, ground, 0.0])
    paw = max(paw_place(chain, ground, foot), 2)
    lows = range(1, paw)
    lower = min(lows, key=lambda n: abs(float(points[n, 1]) - _FORE_LOWER * hip_height))
    upper = lower - 1
    far = float(np.linalg.norm((points[0] - points[upper])[1:]))
    high = points[0, 1] > points[upper, 1] + 0.3 * _BLADE * hip_height
    scapula = 0 if upper > 0 and far > _BLADE * hip_height and high else -1
    return scapula, upper, lower, paw


def paw_place(chain: Chain, ground: float, foot: FootKind) -> int:
    """Which of a leg's points stands: the tip of a hoof, the base of the toes of a paw."""
    points = chain.points - np.array([0.0, ground, 0.0])
    reach, tip = float(points[0, 1]), len(points) - 1
    low = [n for n in range(2, tip) if points[n, 1] < _ON_GROUND * reach]
    if foot is FootKind.HOOF:
        flat = [n for n in low if points[n, 1] < 0.025 * reach]
        return flat[0] if flat else tip
    toes = [n for n in range(2, tip) if points[n, 1] < _PAW_HEIGHT * reach]
    return (low or toes or [tip])[0]
