"""Which bones are fingers, and about which axis each bends: from names and from the rest pose.

A palm has a plane: from the wrist to the knuckles, and from the first knuckle to the last. On a
left hand the palm looks to one side of it, on a right one to the other, wherever local axes point.
A finger bends towards the palm about the axis across its own direction. How far it is bent at rest
is measured, so that it can be bent from straight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ..conventions import Floats
from .bone_names import words_of

FINGERS: Final = ("thumb", "index", "middle", "ring", "pinky")
_NAMES: Final = {
    "thumb": ("thumb", "daumen", "pollex", "親指"),
    "index": ("index", "point", "pointer", "fore", "forefinger", "人指", "人差指"),
    "middle": ("middle", "mid", "中指"),
    "ring": ("ring", "薬指"),
    "pinky": ("pinky", "pinkie", "little", "small", "小指"),
}
_KINDS: Final = {word: kind for kind, words in _NAMES.items() for word in words}
_OTHERS: Final = frozenset(
    "ik mch org master tweak target pole twist end nub palm toe toes foot prop weapon socket "
    "helper jiggle nail".split()
)
_WITHIN_PALM: Final = frozenset(("metacarpal", "carpal"))
_ALONE: Final = frozenset(("ring", "small", "point", "middle", "fore", "mid"))
"""Words that also belong to other things: they count below a hand only."""
_NEAR_WRIST: Final = 0.45
_STRAIGHT_DEG: Final = 60.0
_BENT_DEG: Final = 8.0
_REST_RAD: Final = (np.deg2rad(-25.0), np.deg2rad(75.0))
_SPREAD_RAD: Final = np.deg2rad(18.0)
_TOGETHER: Final = 0.45
"""Share of how far fingers are spread at rest that a relaxed hand takes back."""
_THUMB_AWAY_RAD: Final = np.deg2rad(27.0)
_THUMB_COMES: Final = 0.85
"""A relaxed thumb lies so far from the fingers' direction; of what it is beyond, that much goes."""
_THUMB_ACROSS: Final = 0.75
_THUMB_TO_PALM: Final = 0.65


@dataclass(frozen=True, eq=False)
class RestBone:
    """A bone at rest.

    Args:
        name: of it.
        parent: its parent's name, empty without.
        head, tail: (3,) in the armature's space.
    """

    name: str
    parent: str
    head: Floats
    tail: Floats


@dataclass(frozen=True, eq=False)
class Finger:
    """A chain of finger bones.

    Args:
        kind: one of FINGERS.
        bones: from the knuckle on, up to three.
        axis: (3,) about which all of them bend towards the palm, in the armature's space at rest.
        rest_rad: (N,) how far each is bent at rest.
        side_axis: (3,) about which the finger is spread.
        together_rad: by which a relaxed hand turns the first bone about it, for at rest fingers are
            often spread, and thumbs stretched away.
    """

    kind: str
    bones: tuple[str, ...]
    axis: Floats
    rest_rad: Floats
    side_axis: Floats
    together_rad: float


@dataclass(frozen=True, eq=False)
class Hand:
    """The fingers of a hand.

    Args:
        palm: (3,) where the palm looks, in the armature's space at rest.
        fingers: as many as there are.
    """

    palm: Floats
    fingers: tuple[Finger, ...]


def find_hand(bones: Sequence[RestBone], wrist: str, *, is_left: bool) -> Hand | None:
    """Fingers below a hand.

    Args:
        bones: those that may be fingers of this hand, and its wrist.
        wrist: name of the hand's bone.
        is_left: which hand it is.

    Returns:
        None where there are none, or where nothing tells where the palm looks.
    """
    known = {bone.name: bone for bone in bones}
    chains = _named_chains(bones, wrist) or _hanging_chains(known, wrist)
    chains = {kind: _trimmed(chain, known[wrist].head) for kind, chain in chains.items()}
    chains = {kind: chain for kind, chain in chains.items() if len(chain) >= 1}
    outer = [chains[kind] for kind in FINGERS[1:] if kind in chains]
    if not outer or max(len(chain) for chain in outer) < 2:
        return None
    along = _unit(np.mean([chain[0].head for chain in outer], axis=0) - known[wrist].head)
    across = _across(chains, outer, along)
    if across is None:
        return None
    palm = np.cross(across, along) if is_left else np.cross(along, across)
    palm = _unit(palm)
    if np.mean([_bend(_joints(chain), np.cross(along, palm)) for chain in outer]) < -2 * np.deg2rad(
        _BENT_DEG
    ):
        palm = -palm  # no hand bends so far the other way: the sides are named the other way round
    fingers = [
        _thumb(chain, along, across, palm) if kind == "thumb" else _finger(kind, chain, along, palm)
        for kind, chain in chains.items()
    ]
    return Hand(palm, tuple(fingers))


# By name ----------------------------------------------------------------------------------------


def finger_of(name: str) -> tuple[str, int] | None:
    """Which finger a bone's name tells, and its place in the chain; None for anything else."""
    words = words_of(name)
    if _OTHERS.intersection(words):
        return None
    numbers = [int(word) for word in words if word.isdecimal()]
    steps = {"proximal": 1, "intermediate": 2, "distal": 3}
    places = [steps[word] for word in words if word in steps]
    kinds = [_KINDS[word] for word in words if word in _KINDS]
    kinds += [_glued(word) for word in words if word not in _KINDS and _glued(word)]
    if not kinds:
        return None
    # "middle" is a finger's name as well as a place on it: another finger's name goes first.
    kind = next((each for each in kinds if each != "middle"), kinds[0])
    if _WITHIN_PALM.intersection(words) and kind != "thumb":
        return None
    place = places[0] if places else (numbers[-1] if numbers else 0)
    return kind, place


def _glued(word: str) -> str:
    """The finger of a word that is several written as one, such as "handindex"."""
    told = [(known, kind) for known, kind in _KINDS.items() if known not in _ALONE]
    found = [kind for known, kind in told if len(known) > 2 and known in word]
    return found[0] if found else ""


def _named_chains(bones: Sequence[RestBone], wrist: str) -> dict[str, list[RestBone]]:
    found: dict[str, dict[int, RestBone]] = {}
    for bone in bones:
        told = None if bone.name == wrist else finger_of(bone.name)
        if told is not None:
            of_kind = found.setdefault(told[0], {})
            if told[1] not in of_kind or len(bone.name) < len(of_kind[told[1]].name):
                of_kind[told[1]] = bone
    if sum(len(chain) >= 2 for chain in found.values()) < 2:
        return {}
    return {
        kind: [bone for _, bone in sorted(found[kind].items())] for kind in FINGERS if kind in found
    }


# By structure -----------------------------------------------------------------------------------


def _hanging_chains(known: Mapping[str, RestBone], wrist: str) -> dict[str, list[RestBone]]:
    """Chains on a hand whose names tell nothing: the thumb begins nearest to the wrist."""
    children: dict[str, list[RestBone]] = {}
    for bone in known.values():
        children.setdefault(bone.parent, []).append(bone)
    chains: list[list[RestBone]] = []
    open_ends = [[bone] for bone in children.get(wrist, ())]
    while open_ends:
        chain = open_ends.pop()
        below = children.get(chain[-1].name, [])
        if len(below) == 1:
            open_ends.append([*chain, below[0]])
        elif below:
            open_ends += [[bone] for bone in below]
        elif 2 <= len(chain) <= 5:
            chains.append(chain)
    chains = [_trimmed(chain, known[wrist].head) for chain in chains]
    chains = [chain for chain in chains if len(chain) >= 2]
    if not 3 <= len(chains) <= 5:
        return {}
    away = [float(np.linalg.norm(chain[0].head - known[wrist].head)) for chain in chains]
    thumb = chains.pop(int(np.argmin(away))) if min(away) < 0.75 * max(away) else None
    across = np.linalg.svd(_centred([chain[0].head for chain in chains]))[2][0]
    order = sorted(chains, key=lambda chain: float(chain[0].head @ across))
    if thumb is not None and _gap(thumb, order[-1]) < _gap(thumb, order[0]):
        order.reverse()
    kinds = FINGERS[1:] if len(order) == 4 else ("index", "middle", "pinky")
    found = dict(zip(kinds, order, strict=False))
    return {"thumb": thumb, **found} if thumb is not None else {}


def _centred(points: Sequence[Floats]) -> Floats:
    return np.asarray(np.array(points) - np.mean(points, axis=0))


def _gap(first: Sequence[RestBone], second: Sequence[RestBone]) -> float:
    return float(np.linalg.norm(first[0].head - second[0].head))


# Geometry ---------------------------------------------------------------------------------------


def _trimmed(chain: Sequence[RestBone], wrist: Floats) -> list[RestBone]:
    """Without the bone within the palm, and without what only marks the tip."""
    kept = list(chain)
    if len(kept) > 3:
        away = [float(np.linalg.norm(bone.head - wrist)) for bone in kept]
        if away[0] < _NEAR_WRIST * away[1]:
            kept = kept[1:]
    return kept[:3]


def _across(
    chains: Mapping[str, Sequence[RestBone]], outer: Sequence[Sequence[RestBone]], along: Floats
) -> Floats | None:
    """(3,) from the first knuckle to the last; of a single finger away from the thumb."""
    if len(outer) > 1:
        across = outer[-1][0].head - outer[0][0].head
    elif "thumb" in chains:
        across = outer[0][0].head - chains["thumb"][-1].head
    else:
        return None
    across = across - (across @ along) * along
    return _unit(across) if np.linalg.norm(across) > 1e-9 else None


def _joints(chain: Sequence[RestBone]) -> list[Floats]:
    """(N,) directions of the bones: to the next joint, the last to its tail if that is likely."""
    found = [_unit(b.head - a.head) for a, b in pairwise(chain)]
    last = _unit(chain[-1].tail - chain[-1].head)
    if found and last @ found[-1] < np.cos(np.deg2rad(_STRAIGHT_DEG)):
        last = found[-1]  # an importer's guess
    return [*found, last]


def _bend(joints: Sequence[Floats], axis: Floats) -> float:
    """From the first bone to the last about an axis, radians."""
    return _angle(joints[0], joints[-1], _unit(axis))


def _angle(start: Floats, end: Floats, axis: Floats) -> float:
    first, second = (_unit(each - (each @ axis) * axis) for each in (start, end))
    return float(np.arctan2(np.cross(first, second) @ axis, first @ second))


def _finger(kind: str, chain: Sequence[RestBone], along: Floats, palm: Floats) -> Finger:
    joints = _joints(chain)
    flat = _unit(joints[0] - (joints[0] @ palm) * palm)
    axis = _unit(np.cross(flat, palm))
    rest = [float(np.arcsin(np.clip(joints[0] @ palm, -1.0, 1.0)))]
    rest += [_angle(a, b, axis) for a, b in pairwise(joints)]
    spread = float(np.clip(_angle(along, flat, palm), -_SPREAD_RAD, _SPREAD_RAD))
    names = tuple(bone.name for bone in chain)
    return Finger(kind, names, axis, np.clip(rest, *_REST_RAD), palm, -_TOGETHER * spread)


def _thumb(chain: Sequence[RestBone], along: Floats, across: Floats, palm: Floats) -> Finger:
    """It bends across the palm; its root is taken as it is at rest."""
    joints = _joints(chain)
    mean = _unit(np.sum(joints, axis=0))
    axis = _unit(np.cross(mean, _THUMB_ACROSS * across + _THUMB_TO_PALM * palm))
    own = np.cross(joints[0], joints[-1])
    if np.linalg.norm(own) > np.sin(np.deg2rad(_BENT_DEG)) and _unit(own) @ axis > 0.5:
        axis = _unit(own)
    rest = [0.0] + [_angle(a, b, axis) for a, b in pairwise(joints)]
    away = float(np.arccos(np.clip(mean @ along, -1.0, 1.0)))
    together = -_THUMB_COMES * max(away - _THUMB_AWAY_RAD, 0.0)
    names, side = tuple(bone.name for bone in chain), _unit(np.cross(along, mean))
    return Finger("thumb", names, axis, np.clip(rest, *_REST_RAD), side, together)


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12))
