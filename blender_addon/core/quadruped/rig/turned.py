"""A rig's tree of joints seen along its own axes, and the chains that stand on the ground."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...retarget.joint_tree import JointTree

_MIDDLE: Final = 0.004
"""Of the rig's size; a joint nearer to the plane between left and right lies in it."""

_ALIKE: Final = 0.02
"""Of the rig's size; a mirrored joint this near to another is its partner."""

_TALL: Final = 0.4
"""Of the tallest limb's height; less tall ones that stand are no legs but controls of feet."""

_STANDS: Final = 0.35
"""Of a limb's own height, above which its end may not be if it is a leg; short legs count too."""

_HANGS: Final = 0.15
"""Of a limb's height, above which its end needs a foot that hangs elsewhere."""

_STUB: Final = 0.92
"""Of a limb's height; one that ends above has no part that goes down."""

_NEAR: Final = 0.3
"""Of a limb's height; a foot that hangs elsewhere is not further aside of it."""

_SAME_TOP: Final = 0.06
"""Of a limb's height; limbs that begin nearer to each other are one leg made several times."""


@dataclass(frozen=True, eq=False)
class Limb:
    """Bones that hang on one side of the trunk.

    Args:
        root: the first.
        lowest: where its lowest end is.
        height: of the root.
    """

    root: int
    lowest: float
    height: float


@dataclass(frozen=True, eq=False)
class Turned:
    """A tree of joints with left, up and forward as its axes.

    Args:
        tree: turned so; forward may still be backward.
        axes: (3, 3) rows: left, up and forward in the rig's axes.
        middle: where the plane between left and right lies, along left.
        apart: joints that were hung on another bone than in the rig.
    """

    tree: JointTree
    axes: Floats
    middle: float
    apart: frozenset[int] = field(default_factory=frozenset)

    @cached_property
    def size(self) -> float:
        """The largest extent."""
        return max(float(np.ptp(self.tree.heads, axis=0).max()), 1e-9)

    @cached_property
    def sides(self) -> Ints:
        """(N,) 1 for joints on the left, −1 right, 0 in the middle."""
        off = self.tree.heads[:, 0] - self.middle
        return np.where(np.abs(off) < _MIDDLE * self.size, 0, np.sign(off)).astype(np.int64)

    @cached_property
    def pure(self) -> Ints:
        """(N,) the side on which all joints of a subtree lie, 0 where on both or in the middle."""
        pure = self.sides.copy()
        for joint in range(len(pure) - 1, -1, -1):
            for child in self.tree.children[joint]:
                if pure[child] != pure[joint]:
                    pure[joint] = 0
        return pure

    @cached_property
    def symmetry(self) -> float:
        """Share of the joints that have a partner on the other side, or lie in the middle."""
        heads = self.tree.heads
        mirrored = heads * np.array([-1.0, 1.0, 1.0]) + np.array([2 * self.middle, 0.0, 0.0])
        off = np.linalg.norm(heads[:, None] - mirrored[None], axis=-1).min(axis=1)
        return float(np.mean(off < _ALIKE * self.size))

    def tip_height(self, joint: int) -> float:
        """How low an end reaches: a leaf's tail counts where it points down."""
        height = float(self.tree.heads[joint, 1])
        if not self.tree.children[joint]:
            height = min(height, float(self.tree.tails[joint, 1]))
        return height

    def below(self, joint: int) -> Iterator[int]:
        """A joint and all that hang on it."""
        yield joint
        for child in self.tree.children[joint]:
            yield from self.below(child)

    @cached_property
    def limbs(self) -> list[Limb]:
        """All bones that begin a part of one side only."""
        roots = [
            joint
            for joint, parent in enumerate(self.tree.parents)
            if self.pure[joint] and (parent < 0 or not self.pure[parent])
        ]
        return [
            Limb(
                root,
                min(self.tip_height(joint) for joint in self.below(root)),
                float(self.tree.heads[root, 1]),
            )
            for root in roots
        ]

    def turned_round(self) -> Turned:
        """The same looking the other way."""
        flip = np.array([-1.0, 1.0, -1.0])
        tree = replace(self.tree, heads=self.tree.heads * flip, tails=self.tree.tails * flip)
        return Turned(tree, self.axes * flip[:, None], -self.middle, self.apart)


def seen_with_up(tree: JointTree, up: Floats) -> Turned:
    """A tree with a direction for up, and the more symmetric way for left.

    Args:
        tree: in the rig's axes.
        up: (3,) unit vector.
    """
    found = [_turned(tree, side, up) for side in _sideways(tree, up)]
    return max(found, key=lambda turned: turned.symmetry)


def _sideways(tree: JointTree, up: Floats) -> Iterator[Floats]:
    """Directions in which left might be: the rig's axes, and across its longest extent."""
    for axis in np.eye(3):
        flat = axis - (axis @ up) * up
        if np.linalg.norm(flat) > 0.7:
            yield flat / np.linalg.norm(flat)
    flat = tree.heads - tree.heads.mean(axis=0)
    flat = flat - np.outer(flat @ up, up)
    if len(flat) > 2:
        along = np.linalg.svd(flat, full_matrices=False)[2][0]
        yield np.cross(up, along)


def _turned(tree: JointTree, left: Floats, up: Floats) -> Turned:
    axes = np.array([left, up, np.cross(left, up)])
    heads, tails = tree.heads @ axes.T, tree.tails @ axes.T
    turned = replace(tree, heads=heads, tails=tails)
    return Turned(turned, axes, float(np.median(heads[:, 0])))


def standing_limbs(turned: Turned) -> list[Limb]:
    """The legs: limbs that go all the way down, each once."""
    tallest = _tallest(turned.limbs)
    ground = _ground(turned)
    legs = [
        limb
        for limb in turned.limbs
        if limb.height - ground > _TALL * (tallest - ground)
        and limb.lowest - ground < _STANDS * (limb.height - ground)
    ]
    return _each_once(turned, legs)


def _ground(turned: Turned) -> float:
    return min((limb.lowest for limb in turned.limbs), default=0.0)


def _tallest(limbs: Sequence[Limb]) -> float:
    """Height of the tallest of the limbs that come down at least halfway."""
    low = min((limb.lowest for limb in limbs), default=0.0)
    return max(
        (limb.height for limb in limbs if limb.lowest - low < 0.5 * (limb.height - low)),
        default=0.0,
    )


def _each_once(turned: Turned, legs: Sequence[Limb]) -> list[Limb]:
    """Of limbs that begin in one place (bones that deform, that are moved …) the best."""
    kept: list[Limb] = []
    for limb in sorted(legs, key=lambda limb: _preference(turned, limb)):
        place = turned.tree.heads[limb.root]
        near = _SAME_TOP * max(limb.height - limb.lowest, 1e-9)
        if all(np.linalg.norm(turned.tree.heads[each.root] - place) > near for each in kept):
            kept.append(limb)
    return kept


def _preference(turned: Turned, limb: Limb) -> tuple[bool, int]:
    name = turned.tree.names[limb.root].lower()
    made = name.startswith(("mch", "vis_")) or "_ik" in name or "_fk" in name
    return made, -len(turned.tree.chain(limb.root))


def with_feet_hung_on(turned: Turned) -> Turned:
    """The same with feet that hang elsewhere, and are moved by hand, hung on their legs."""
    parents, apart = list(turned.tree.parents), set()
    ground = _ground(turned)
    for limb in turned.limbs:
        reach = limb.height - ground
        end = min(turned.below(limb.root), key=turned.tip_height)
        if not _HANGS * reach < limb.lowest - ground < _STUB * reach:
            continue
        foot = _foot_for(turned, limb, end, ground)
        if foot is not None:
            parents[foot] = end
            apart.add(foot)
    if not apart:
        return turned
    return _rehung(turned, parents, apart)


def _foot_for(turned: Turned, limb: Limb, end: int, ground: float) -> int | None:
    """The limb whose root lies under the end of another, and reaches the ground."""
    heads, reach = turned.tree.heads, limb.height - ground
    best, found = _NEAR * reach, None
    for other in turned.limbs:
        below = heads[end, 1] - heads[other.root, 1]
        aside = float(np.linalg.norm((heads[other.root] - heads[end])[[0, 2]]))
        same = turned.sides[other.root] == turned.sides[limb.root]
        stands = other.lowest - ground < _HANGS * reach
        low = other.height - ground < 0.5 * reach and _hangs_free(turned, other.root, ground, reach)
        if low and same and stands and below > 0 and aside < best:
            best, found = aside, other.root
    return found


def _hangs_free(turned: Turned, joint: int, ground: float, reach: float) -> bool:
    """Whether a joint hangs on nothing, or on a rig's root near the ground."""
    parent = turned.tree.parents[joint]
    if parent < 0:
        return True
    low = float(turned.tree.heads[parent, 1]) - ground < _TALL * reach
    return low and turned.tree.parents[parent] < 0


def _rehung(turned: Turned, parents: Sequence[int], apart: set[int]) -> Turned:
    tree = turned.tree

    def depth(joint: int) -> int:
        steps = 0
        while parents[joint] >= 0:
            joint, steps = parents[joint], steps + 1
        return steps

    order = sorted(range(len(parents)), key=depth)
    number = {joint: place for place, joint in enumerate(order)}
    hung = JointTree(
        names=[tree.names[joint] for joint in order],
        parents=[number[parents[j]] if parents[j] >= 0 else -1 for j in order],
        heads=tree.heads[order],
        tails=tree.tails[order],
    )
    moved = frozenset(number[joint] for joint in apart)
    return Turned(hung, turned.axes, turned.middle, moved)
