"""Whether a map of joints can be meant: what is impossible is refused, what is odd is told.

A person's proportions are the measure, widely: thigh and shin, upper arm and forearm are about
equally long, collar bones are short, both sides are alike, the hips lie over the knees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import SkeletonError
from .joint_tree import JointTree

_NEEDED: Final = (
    *("Head", "Hips"),
    *(side + part for side in ("Left", "Right") for part in ("UpLeg", "Leg", "Foot")),
)
_LEAST_DROP: Final = 0.3  # of a leg's length, how far the ankles lie at least below the sockets
_LEAST_TRUNK: Final = 0.1  # of a leg's length, how far the head lies at least over the sockets
_NEAR_PELVIS: Final = 0.25  # of a leg's length around the sockets where a pelvis is looked for
_MOST_UNEQUAL: Final = {"Arm": 2.0, "Leg": 1.8}  # longer half of a limb over the shorter one
_MOST_UNLIKE: Final = 1.25  # longer of two sides over the shorter one
_LEAST_SHOULDERS: Final = 0.1  # half the distance of the upper arms, of an arm's length
_SWAPPED: Final = -0.3  # cosine to the left or to the front from which sides count as swapped


@dataclass(frozen=True)
class _Body:
    """Joints of a character in its own directions; all that is told is in shares of a leg."""

    tree: JointTree
    bones: Mapping[str, str]

    @cached_property
    def number(self) -> dict[str, int]:
        """Index of each joint's bone."""
        place = {name: n for n, name in enumerate(self.tree.names)}
        return {joint: place[bone] for joint, bone in self.bones.items() if bone in place}

    def at(self, joint: str) -> Floats:
        """(3,) place of a joint."""
        return np.asarray(self.tree.heads[self.number[joint]], np.float64)

    def has(self, *joints: str) -> bool:
        """Whether all these joints are there."""
        return all(joint in self.number for joint in joints)

    def length(self, *joints: str) -> float:
        """Way from joint to joint."""
        places = np.array([self.at(joint) for joint in joints])
        return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())

    @cached_property
    def feet(self) -> Floats:
        """(3,) between the ankles."""
        return np.asarray(0.5 * (self.at("LeftFoot") + self.at("RightFoot")))

    @cached_property
    def sockets(self) -> Floats:
        """(3,) between the hip sockets."""
        return np.asarray(0.5 * (self.at("LeftUpLeg") + self.at("RightUpLeg")))

    @cached_property
    def leg(self) -> float:
        """Mean length of a leg."""
        left, right = (self.length(s + "UpLeg", s + "Leg", s + "Foot") for s in ("Left", "Right"))
        return max(0.5 * (left + right), 1e-9)

    @cached_property
    def up(self) -> Floats:
        """(3,) from the feet to the head."""
        return _unit(self.at("Head") - self.feet)

    @cached_property
    def left(self) -> Floats:
        """(3,) from socket to socket, level."""
        way = self.at("LeftUpLeg") - self.at("RightUpLeg")
        return _unit(way - (way @ self.up) * self.up)

    def height(self, place: Floats) -> float:
        """How high a place lies over the ankles."""
        return float((place - self.feet) @ self.up)


def check_plausible(tree: JointTree, bones: Mapping[str, str]) -> None:
    """Refuse a map with which the character would walk upside down or torn apart.

    Args:
        tree: the character at rest.
        bones: bone by common joint name, set by hand or found.

    Raises:
        SkeletonError: head, hips, knees and feet do not lie one above the other.
    """
    body = _Body(tree, bones)
    if not body.has(*_NEEDED):
        return
    if body.height(body.sockets) < _LEAST_DROP * body.leg:
        raise SkeletonError(
            f"the legs do not lead down from the hips: seen from the head '{bones['Head']}', the "
            f"thighs '{bones['LeftUpLeg']}' and '{bones['RightUpLeg']}' do not lie above the feet "
            f"'{bones['LeftFoot']}' and '{bones['RightFoot']}'. Choose the right bones for Head, "
            "Thigh and Foot under Joints"
        )
    if body.height(body.at("Head")) - body.height(body.sockets) < _LEAST_TRUNK * body.leg:
        raise SkeletonError(
            f"the head '{bones['Head']}' does not lie above the thighs '{bones['LeftUpLeg']}' and "
            f"'{bones['RightUpLeg']}'. Choose the bone at the base of the skull for Head under "
            "Joints"
        )
    _check_hips(body)


def doubtful_joints(
    tree: JointTree, bones: Mapping[str, str], sides_told: bool = True
) -> dict[str, str]:
    """What looks odd about a map that may be meant all the same.

    Args:
        tree: the character at rest.
        bones: bone by common joint name.
        sides_told: whether names or a hand told left from right; else the toes have to.

    Returns:
        A reason by common joint name, in the user's words.
    """
    body = _Body(tree, bones)
    doubts: dict[str, str] = {}
    checks: list[Callable[[_Body], Iterator[tuple[str, str]]]] = [_odd_limbs, _odd_sides]
    if body.has(*_NEEDED):
        guesses = [] if sides_told else [_unsure_sides]
        checks = [_swapped_sides, *guesses, _odd_places, *checks]
    for check in checks:
        for joint, reason in check(body):
            doubts.setdefault(joint, reason)
    return {joint: doubts[joint] for joint in bones if joint in doubts}


def _check_hips(body: _Body) -> None:
    """Hips near the ground are refused if another bone lies where the pelvis is."""
    knees = 0.5 * (body.at("LeftLeg") + body.at("RightLeg"))
    if body.height(body.at("Hips")) >= body.height(knees):
        return
    better = _bone_at_pelvis(body)
    if better is not None:
        raise SkeletonError(
            f"the hips '{body.bones['Hips']}' lie below the knees '{body.bones['LeftLeg']}' and "
            f"'{body.bones['RightLeg']}', but the pelvis is expected over them. Choose '{better}' "
            "for Hips under Joints"
        )


def _bone_at_pelvis(body: _Body) -> str | None:
    """The bone next to the hip sockets, in the middle, that is no joint yet.

    One on which thighs and spine hang is the likeliest.
    """
    tree, taken = body.tree, set(body.number.values())
    half = 0.5 * float(np.linalg.norm(body.at("LeftUpLeg") - body.sockets))
    below = [body.number[j] for j in ("LeftUpLeg", "RightUpLeg", "Spine") if body.has(j)]
    found: dict[int, tuple[int, float]] = {}
    for bone in range(len(tree.names)):
        way = tree.heads[bone] - body.sockets
        distance = float(np.linalg.norm(way))
        near = distance < _NEAR_PELVIS * body.leg and abs(float(way @ body.left)) < half
        if bone not in taken and near:
            found[bone] = -sum(tree.descends(joint, bone) for joint in below), distance
    return tree.names[min(found, key=found.__getitem__)] if found else None


def _odd_limbs(body: _Body) -> Iterator[tuple[str, str]]:
    """Halves of a limb that are no halves; collar bones that are upper arms."""
    for side in ("Left", "Right"):
        for kind, parts, words in (
            ("Arm", ("Arm", "ForeArm", "Hand"), ("upper arm", "forearm")),
            ("Leg", ("UpLeg", "Leg", "Foot"), ("thigh", "shin")),
        ):
            joints = [side + part for part in parts]
            if not body.has(*joints):
                continue
            halves = body.length(*joints[:2]), body.length(*joints[1:])
            ratio = max(halves) / max(min(halves), 1e-9)
            if ratio > _MOST_UNEQUAL[kind]:
                longer, shorter = words if halves[0] > halves[1] else words[::-1]
                reason = f"the {longer} is {min(ratio, 99):.1f} times as long as the {shorter}"
                yield from ((joint, reason) for joint in joints[:2])
    if body.has("LeftArm", "RightArm", "LeftForeArm", "RightForeArm"):
        yield from _odd_shoulders(body)


def _odd_shoulders(body: _Body) -> Iterator[tuple[str, str]]:
    apart = 0.5 * body.length("LeftArm", "RightArm")
    for side in ("Left", "Right"):
        upper = body.length(side + "Arm", side + "ForeArm")
        if apart < _LEAST_SHOULDERS * 2.0 * upper:
            yield side + "Arm", "it begins at the spine, as a collar bone does"
        if body.has(side + "Shoulder") and body.length(side + "Shoulder", side + "Arm") > upper:
            yield side + "Shoulder", "it is longer than the upper arm"


def _odd_sides(body: _Body) -> Iterator[tuple[str, str]]:
    """Bones that are much longer, or reached by more bones, than the other side's."""
    for first, second in (
        ("Arm", "ForeArm"),
        ("ForeArm", "Hand"),
        ("UpLeg", "Leg"),
        ("Leg", "Foot"),
    ):
        joints = [side + part for side in ("Left", "Right") for part in (first, second)]
        if not body.has(*joints):
            continue
        lengths = body.length(*joints[:2]), body.length(*joints[2:])
        ratio = max(lengths) / max(min(lengths), 1e-9)
        counts = [_steps(body, *joints[:2]), _steps(body, *joints[2:])]
        if ratio > _MOST_UNLIKE:
            reason = f"its bone is {min(ratio, 99):.1f} times as long on one side as on the other"
        elif counts[0] != counts[1]:
            reason = "another number of bones leads to the next joint than on the other side"
        else:
            continue
        yield from ((joint, reason) for joint in joints[::2])


def _steps(body: _Body, upper: str, lower: str) -> int:
    """Bones from a joint to the next; 0 if that one hangs elsewhere."""
    path = body.tree.ancestors(body.number[lower])
    return path.index(body.number[upper]) if body.number[upper] in path else 0


def _odd_places(body: _Body) -> Iterator[tuple[str, str]]:
    """Joints that lie higher or lower than they can."""
    sockets = body.height(body.sockets)
    if body.height(body.at("Hips")) < 0.5 * sockets:
        yield "Hips", "it lies nearer to the feet than to the hip sockets"
    for side in ("Left", "Right"):
        if not 0.0 < body.height(body.at(side + "Leg")) < sockets:
            yield side + "Leg", "the knee does not lie between hip socket and ankle"
        if body.has(side + "Arm") and body.height(body.at(side + "Arm")) < sockets:
            yield side + "Arm", "it begins below the hip sockets"
    shoulders = [s + "Arm" for s in ("Left", "Right") if body.has(s + "Arm")]
    if shoulders and body.height(body.at("Head")) < min(
        body.height(body.at(joint)) for joint in shoulders
    ):
        yield "Head", "it lies below the shoulders"


def _swapped_sides(body: _Body) -> Iterator[tuple[str, str]]:
    """Arms whose sides are not the legs', and feet that point backwards."""
    if body.has("LeftArm", "RightArm"):
        across = _unit(body.at("LeftArm") - body.at("RightArm"))
        if float(across @ body.left) < _SWAPPED:
            reason = "left and right are the other way round than at the legs"
            yield from ((side + "Arm", reason) for side in ("Left", "Right"))
    if body.has("LeftToe", "RightToe"):
        forward = np.cross(body.left, body.up)
        toes = [body.at(s + "Toe") - body.at(s + "Foot") for s in ("Left", "Right")]
        if all(float(_unit(toe) @ forward) < _SWAPPED for toe in toes):
            reason = "the toes point backwards: left and right may be swapped"
            yield from ((side + "UpLeg", reason) for side in ("Left", "Right"))


def _unsure_sides(body: _Body) -> Iterator[tuple[str, str]]:
    """Sides that were read from toes which do not point forward, or of arms before and behind."""
    forward = np.cross(body.left, body.up)
    for side in ("Left", "Right"):
        foot = body.number[side + "Foot"]
        tip = body.at(side + "Toe") if body.has(side + "Toe") else body.tree.tails[foot]
        if abs(float(_unit(tip - body.at(side + "Foot")) @ forward)) < -_SWAPPED:
            yield side + "UpLeg", "its side is a guess: the toes do not point forward"
    if body.has("LeftArm", "RightArm"):
        across = _unit(body.at("LeftArm") - body.at("RightArm"))
        if abs(float(across @ body.left)) < -_SWAPPED:
            reason = "its side is a guess: the shoulders are turned against the hips"
            yield from ((side + "Arm", reason) for side in ("Left", "Right"))


def _unit(way: Floats) -> Floats:
    return np.asarray(way / max(float(np.linalg.norm(way)), 1e-9))
