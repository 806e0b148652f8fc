"""The trunk of a four-legged rig: spine, neck, head, tail and ears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...retarget.bone_names import is_end_name
from .names import says
from .turned import Turned

_TRUNK_LOW: Final = 0.55
"""Of the hip joints' height; a bone on the ground that carries all is no part of the trunk."""

_NECK_BEFORE: Final = 0.04
"""Of the hip height: how far behind the front legs' tops a neck may begin."""

_EAR: Final = 0.03
"""Of the hip height; a bone of an ear is longer."""


@dataclass(frozen=True, eq=False)
class Trunk:
    """Numbers of joints in the turned tree.

    Args:
        column: from hips to the last before the neck; one at least.
        neck: from neck to head; empty where nothing goes on before the front legs.
        tail: from its base.
        ears: each from its base.
        jaw: −1 where there is none.
        nose: (3,) the tip of the muzzle; None where no bone shows it.
        nose_bone: its bone, −1 where there is none.
    """

    column: tuple[int, ...]
    neck: tuple[int, ...]
    tail: tuple[int, ...]
    ears: tuple[tuple[int, ...], ...]
    jaw: int
    nose: Floats | None
    nose_bone: int


def find_trunk(
    turned: Turned,
    hind: Sequence[int],
    fore: Sequence[int],
    heights: tuple[float, float],
    fore_top: float,
) -> Trunk:
    """Find the trunk.

    Args:
        turned: the rig, looking along +Z.
        hind, fore: roots of the legs.
        heights: of the ground, and of the hip joints over it.
        fore_top: how far forward the front legs' tops are.
    """
    ground, hip = heights
    legs = {*hind, *fore}
    back, front = _carrier(turned, hind), _carrier(turned, fore)
    path = [
        joint
        for joint in _path(turned, back, front)
        if turned.tree.heads[joint, 1] - ground > _TRUNK_LOW * hip and not turned.pure[joint]
    ] or [front]
    path = [*_behind(turned, path[0], ground + _TRUNK_LOW * hip), *path]
    path = path + _onward(turned, path[-1], legs)
    neck_at = _neck_place(turned, path, fore_top - _NECK_BEFORE * hip)
    column, rest = path[:neck_at], path[neck_at:]
    head = _head_place(turned, rest)
    neck = rest[: head + 1]
    above = neck[-1] if neck else column[-1]
    nose, nose_bone = _nose(turned, above, hip)
    tail = _tail(turned, column, back, legs, hip)
    ears = _ears(turned, neck[-2:] or [above], hip)
    jaw = next((j for j in turned.below(above) if _is_jaw(turned.tree.names[j])), -1)
    return Trunk(tuple(column), tuple(neck), tail, ears, jaw, nose, nose_bone)


def _is_jaw(name: str) -> bool:
    return says(name, "jaw", "mouth", "chin", "mandible", "lowerjaw") and not says(name, "end")


def _carrier(turned: Turned, legs: Sequence[int]) -> int:
    """The joint on which a pair of legs hangs; of two that hang on nothing the nearest central."""
    tree = turned.tree
    parents = [tree.parents[leg] for leg in legs]
    common = tree.common_ancestor(*parents) if min(parents) >= 0 else -1
    if common >= 0:
        return common
    middle = np.flatnonzero(turned.sides == 0)
    place = tree.heads[list(legs)].mean(axis=0)
    if not len(middle):
        return max(parents[0], 0)
    return int(middle[np.argmin(np.linalg.norm(tree.heads[middle] - place, axis=1))])


def _path(turned: Turned, start: int, end: int) -> list[int]:
    """Joints from one to another through the tree."""
    tree = turned.tree
    common = tree.common_ancestor(start, end)
    if common < 0:
        return [*reversed(tree.ancestors(end))]
    up = tree.ancestors(start)
    down = tree.ancestors(end)
    return [*up[: up.index(common) + 1], *reversed(down[: down.index(common)])]


def _behind(turned: Turned, joint: int, low: float) -> list[int]:
    """What lies behind the hind legs' carrier and carries it, from the rearmost."""
    tree = turned.tree
    found: list[int] = []
    while (parent := tree.parents[joint]) >= 0:
        behind = tree.heads[parent, 2] < tree.heads[joint, 2]
        if turned.sides[parent] or tree.heads[parent, 1] < low or not behind:
            break
        found.insert(0, parent)
        joint = parent
    return found


def _onward(turned: Turned, joint: int, legs: set[int]) -> list[int]:
    """The joints from one to the muzzle: where most lies forward and up."""
    tree = turned.tree
    found: list[int] = []
    while True:
        ways = [c for c in tree.children[joint] if turned.sides[c] == 0 and c not in legs]
        ahead = {c: _reach_forward(turned, c) for c in ways}
        here = _value(turned.tree.heads[joint])
        ways = [c for c in ways if ahead[c] > here]
        if not ways:
            return found
        told = [c for c in ways if says(tree.names[c], "neck", "head", "skull")]
        joint = max(told or ways, key=ahead.__getitem__)
        found.append(joint)


def _reach_forward(turned: Turned, joint: int) -> float:
    return max(_value(turned.tree.heads[each]) for each in turned.below(joint))


def _value(place: Floats) -> float:
    return float(place[2] + 0.2 * place[1])


def _neck_place(turned: Turned, path: Sequence[int], before: float) -> int:
    """Where in the path the neck begins: by name, else ahead of the front legs' tops."""
    names = [turned.tree.names[joint] for joint in path]
    for place, name in enumerate(names):
        if place > 0 and says(name, "neck", "neckbase"):
            return place
    for place, joint in enumerate(path):
        if place > 0 and (turned.tree.heads[joint, 2] > before or says(names[place], "head")):
            return place
    return len(path)


def _head_place(turned: Turned, neck: Sequence[int]) -> int:
    """Where in the neck the head is: by name, else where ears hang, else the last that counts."""
    names = [turned.tree.names[joint] for joint in neck]
    for place, name in enumerate(names):
        if says(name, "head", "skull") and not is_end_name(name):
            return place
    for place, joint in enumerate(neck):
        if place > 0 and _carries_pair(turned, joint):
            return place - (place > 1 and says(names[place], "face"))
    last = len(neck) - 1
    while last > 0 and (
        is_end_name(names[last]) or says(names[last], "nose", "snout", "muzzle", "tip", "mouth")
    ):
        last -= 1
    return last


def _carries_pair(turned: Turned, joint: int) -> bool:
    sides = {int(turned.sides[c]) for c in turned.tree.children[joint]}
    return {1, -1} <= sides


def _nose(turned: Turned, head: int, hip: float) -> tuple[Floats | None, int]:
    """The muzzle's tip: a bone so called, or a bone's end that goes forward from the head."""
    tree = turned.tree
    for joint in turned.below(head):
        if joint != head and turned.sides[joint] == 0:
            if says(tree.names[joint], "nose", "snout", "muzzle"):
                return tree.heads[joint], joint
    tail = tree.tails[head]
    way = tail - tree.heads[head]
    if way[2] > 0.1 * hip and abs(way[1]) < 2 * way[2]:
        return tail, -1
    return None, -1


def _tail(
    turned: Turned, column: Sequence[int], back: int, legs: set[int], hip: float
) -> tuple[int, ...]:
    """The chain in the middle that goes furthest backward from hips or what carries them."""
    tree = turned.tree
    taken = set(column) | legs
    origins = [*column[:2], back, tree.parents[column[0]]]
    begun = [
        child
        for origin in dict.fromkeys(origins)
        if origin >= 0
        for child in tree.children[origin]
        if turned.sides[child] == 0 and child not in taken and not _holds(turned, child, taken)
    ]
    here = float(tree.heads[column[0], 2])

    def far(joint: int) -> float:
        ends = [tree.heads[j, 2] for j in turned.below(joint)]
        return here - float(min(*ends, tree.tails[joint, 2], here + 1))

    named = [c for c in begun if says(tree.names[c], "tail")]
    best = max(named or begun, key=far, default=-1)
    if best < 0 or (not named and far(best) < 0.12 * hip):
        return ()
    chain = tree.chain(best)
    return tuple(j for j in chain if not (is_end_name(tree.names[j]) and j == chain[-1])) or (best,)


def _holds(turned: Turned, joint: int, taken: set[int]) -> bool:
    return any(each in taken for each in turned.below(joint))


def _ears(turned: Turned, on: Sequence[int], hip: float) -> tuple[tuple[int, ...], ...]:
    """Chains called ears; without names, the pair on the head that reaches highest."""
    tree = turned.tree
    under = dict.fromkeys(j for joint in on for j in turned.below(joint))
    named = [
        j
        for j in under
        if says(tree.names[j], "ear", "ears") and not says(tree.names[tree.parents[j]], "ear")
    ]
    if named:
        longest = [
            max(beside, key=lambda j: float(tree.reaches[j]))
            for side in (1, -1)
            if (beside := [j for j in named if turned.sides[j] == side])
        ]
        return tuple(tuple(tree.chain(j)) for j in longest)
    head = float(tree.heads[on[-1], 1])
    roots = [j for j in under if turned.pure[j] and not turned.pure[tree.parents[j]]]
    high = [
        j for j in roots if _top(turned, j) > head + _EAR * hip and tree.reaches[j] > _EAR * hip
    ]
    found = []
    for side in (1, -1):
        best = max(
            (j for j in high if turned.sides[j] == side),
            key=lambda j: _top(turned, j),
            default=-1,
        )
        if best >= 0:
            found.append(tuple(tree.chain(best)))
    return tuple(found) if len(found) == 2 and len(found[0]) == len(found[1]) else ()


def _top(turned: Turned, joint: int) -> float:
    return max(
        float(max(turned.tree.heads[j, 1], turned.tree.tails[j, 1])) for j in turned.below(joint)
    )
