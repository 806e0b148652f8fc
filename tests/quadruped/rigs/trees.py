"""Animals as trees of joints, named as different makers name them, and trees that are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from blender_addon.core.retarget.joint_tree import JointTree

Bone = tuple[str, str, tuple[float, float, float]]

_TRUNK: tuple[Bone, ...] = (
    ("root", "", (0.0, 0.0, 0.0)),
    ("hips", "root", (0.0, 0.98, -0.55)),
    ("spine1", "hips", (0.0, 1.0, -0.25)),
    ("spine2", "spine1", (0.0, 0.98, 0.05)),
    ("chest", "spine2", (0.0, 0.98, 0.32)),
    ("neck1", "chest", (0.0, 1.05, 0.62)),
    ("neck2", "neck1", (0.0, 1.22, 0.75)),
    ("head", "neck2", (0.0, 1.42, 0.86)),
    ("tail1", "hips", (0.0, 0.98, -0.72)),
    ("tail2", "tail1", (0.0, 0.85, -0.85)),
    ("tail3", "tail2", (0.0, 0.7, -0.95)),
    ("ear", "head", (0.07, 1.55, 0.84)),
    ("eartip", "ear", (0.1, 1.65, 0.84)),
)
_DOG_LEGS: tuple[Bone, ...] = (
    ("scapula", "chest", (0.06, 1.02, 0.25)),
    ("humerus", "scapula", (0.12, 0.74, 0.5)),
    ("forearm", "humerus", (0.12, 0.48, 0.34)),
    ("wrist", "forearm", (0.12, 0.15, 0.36)),
    ("forepaw", "wrist", (0.12, 0.03, 0.4)),
    ("thigh", "hips", (0.12, 0.9, -0.55)),
    ("shin", "thigh", (0.12, 0.6, -0.42)),
    ("hock", "shin", (0.12, 0.3, -0.7)),
    ("hindpaw", "hock", (0.12, 0.04, -0.62)),
)
_HORSE_LEGS: tuple[Bone, ...] = (
    ("scapula", "chest", (0.08, 1.1, 0.36)),
    ("humerus", "scapula", (0.14, 0.82, 0.58)),
    ("forearm", "humerus", (0.14, 0.64, 0.46)),
    ("carpus", "forearm", (0.14, 0.36, 0.46)),
    ("forefetlock", "carpus", (0.14, 0.15, 0.44)),
    ("forehoof", "forefetlock", (0.14, 0.06, 0.48)),
    ("thigh", "hips", (0.14, 0.92, -0.5)),
    ("shin", "thigh", (0.14, 0.66, -0.42)),
    ("hock", "shin", (0.14, 0.4, -0.6)),
    ("hindfetlock", "hock", (0.14, 0.15, -0.57)),
    ("hindhoof", "hindfetlock", (0.14, 0.06, -0.53)),
)
_ENDS = {
    "head": (0.0, 1.36, 1.06),
    "tail3": (0.0, 0.55, -1.0),
    "eartip": (0.12, 1.73, 0.84),
    "forepaw": (0.12, 0.02, 0.52),
    "hindpaw": (0.12, 0.02, -0.5),
    "forehoof": (0.14, 0.0, 0.51),
    "hindhoof": (0.14, 0.0, -0.5),
}

UNREAL: Mapping[str, str] = {
    "root": "root", "hips": "pelvis", "spine1": "spine_01", "spine2": "spine_02",
    "chest": "spine_03", "neck1": "neck_01", "neck2": "neck_02", "head": "head",
    "tail1": "tail_01", "tail2": "tail_02", "tail3": "tail_03", "ear": "ear_01_{s}",
    "eartip": "ear_02_{s}", "scapula": "clavicle_{s}", "humerus": "upperarm_{s}",
    "forearm": "lowerarm_{s}", "wrist": "hand_{s}", "forepaw": "ball_front_{s}",
    "thigh": "thigh_{s}", "shin": "calf_{s}", "hock": "foot_{s}", "hindpaw": "ball_{s}",
}  # fmt: skip
BIPED: Mapping[str, str] = {
    "root": "Bip01", "hips": "Bip01 Pelvis", "spine1": "Bip01 Spine", "spine2": "Bip01 Spine1",
    "chest": "Bip01 Spine2", "neck1": "Bip01 Neck", "neck2": "Bip01 Neck1", "head": "Bip01 Head",
    "tail1": "Bip01 Tail", "tail2": "Bip01 Tail1", "tail3": "Bip01 Tail2",
    "ear": "Bip01 {S} Ear", "eartip": "Bip01 {S} Ear1", "scapula": "Bip01 {S} Clavicle",
    "humerus": "Bip01 {S} UpperArm", "forearm": "Bip01 {S} Forearm", "wrist": "Bip01 {S} Hand",
    "forepaw": "Bip01 {S} Finger0", "thigh": "Bip01 {S} Thigh", "shin": "Bip01 {S} Calf",
    "hock": "Bip01 {S} HorseLink", "hindpaw": "Bip01 {S} Foot",
}  # fmt: skip
PACK: Mapping[str, str] = {
    "root": "Armature_Root", "hips": "Pelvis", "spine1": "Back1", "spine2": "Back2",
    "chest": "Chest", "neck1": "Neck_Low", "neck2": "Neck_Up", "head": "Head", "tail1": "Tail.001",
    "tail2": "Tail.002", "tail3": "Tail.003", "ear": "Ear_{S}", "eartip": "Ear_Tip_{S}",
    "scapula": "Leg_Front_Shoulder_{S}", "humerus": "Leg_Front_Up_{S}",
    "forearm": "Leg_Front_Mid_{S}", "wrist": "Leg_Front_Low_{S}", "forepaw": "Foot_Front_{S}",
    "thigh": "Leg_Back_Up_{S}", "shin": "Leg_Back_Mid_{S}", "hock": "Leg_Back_Low_{S}",
    "hindpaw": "Foot_Back_{S}", "carpus": "Leg_Front_Low_{S}", "forefetlock": "Foot_Front_{S}",
    "forehoof": "Hoof_Front_{S}", "hindfetlock": "Foot_Back_{S}", "hindhoof": "Hoof_Back_{S}",
}  # fmt: skip
PLAIN: Mapping[str, str] = {}

DOG: Mapping[str, str] = {
    "hips": "hips", "chest": "chest", "neck": "neck1", "head": "head", "tail": "tail1",
    "left_fore_scapula": "scapula.L", "left_fore_upper": "humerus.L",
    "left_fore_lower": "forearm.L", "left_fore_paw": "forepaw.L", "right_hind_hip": "thigh.R",
    "right_hind_stifle": "shin.R", "right_hind_hock": "hock.R", "right_hind_paw": "hindpaw.R",
}  # fmt: skip
HORSE: Mapping[str, str] = {
    "hips": "hips", "chest": "chest", "neck": "neck1", "head": "head", "tail": "tail1",
    "left_fore_scapula": "scapula.L", "left_fore_upper": "forearm.L",
    "left_fore_lower": "carpus.L", "left_fore_paw": "forehoof.L", "right_hind_hip": "thigh.R",
    "right_hind_stifle": "shin.R", "right_hind_hock": "hock.R", "right_hind_paw": "hindhoof.R",
}  # fmt: skip


def animal(kind: str = "dog", names: Mapping[str, str] = PLAIN) -> tuple[JointTree, dict[str, str]]:
    """A tree in Blender's axes looking along −Y, and each bone's name by its plain one."""
    rows: list[tuple[str, str, tuple[float, float, float], tuple[float, float, float] | None]] = []
    for key, parent, place in (*_TRUNK, *(_DOG_LEGS if kind == "dog" else _HORSE_LEGS)):
        if place[0] == 0.0:
            rows.append((key, parent, place, _ENDS.get(key)))
            continue
        for side, sign in (("L", 1.0), ("R", -1.0)):
            above = parent if _central(parent) else f"{parent}.{side}"
            end = _ENDS.get(key)
            rows.append((f"{key}.{side}", above, _sided(place, sign), end and _sided(end, sign)))
    called = {key: _called(key, names) for key, *_ in rows}
    number = {key: n for n, (key, *_) in enumerate(rows)}
    heads = np.array([place for _, _, place, _ in rows])
    tails = heads.copy()
    for _, parent, place, _ in rows:
        if parent:
            tails[number[parent]] = place
    for n, (_, _, _, end) in enumerate(rows):
        if end is not None:
            tails[n] = end
    parents = [number[parent] if parent else -1 for _, parent, _, _ in rows]
    tree = JointTree([called[k] for k, *_ in rows], parents, _blender(heads), _blender(tails))
    return tree, called


def _central(key: str) -> bool:
    return any(key == name and place[0] == 0.0 for name, _, place in _TRUNK)


def _sided(place: tuple[float, float, float], sign: float) -> tuple[float, float, float]:
    return sign * place[0], place[1], place[2]


def _called(key: str, names: Mapping[str, str]) -> str:
    base, _, side = key.partition(".")
    return names.get(base, key).format(S=side, s=side.lower())


def _blender(points: np.ndarray) -> np.ndarray:
    return np.stack((points[:, 0], -points[:, 2], points[:, 1]), axis=1)


def unnamed(tree: JointTree, seed: int = 0) -> tuple[JointTree, dict[str, str]]:
    """The same with names that say nothing, and these by the names before."""
    order = np.random.default_rng(seed).permutation(len(tree.names))
    names = [f"Bone.{number:03d}" for number in order]
    return replace(tree, names=names), dict(zip(tree.names, names, strict=True))


def turned(tree: JointTree, matrix: np.ndarray) -> JointTree:
    """The same in other axes."""
    return replace(tree, heads=tree.heads @ matrix.T, tails=tree.tails @ matrix.T)


def without(tree: JointTree, dropped: Callable[[str], bool]) -> JointTree:
    """A tree without some bones and all that hangs on them."""
    gone: set[int] = set()
    for joint, name in enumerate(tree.names):
        if dropped(name) or tree.parents[joint] in gone:
            gone.add(joint)
    kept = [joint for joint in range(len(tree.names)) if joint not in gone]
    number = {joint: place for place, joint in enumerate(kept)}
    return JointTree(
        [tree.names[joint] for joint in kept],
        [number.get(tree.parents[joint], -1) for joint in kept],
        tree.heads[kept],
        tree.tails[kept],
    )


def with_middle_legs(tree: JointTree) -> JointTree:
    """Six legs: the hind ones once more, in the middle."""
    copied = [n for n, name in enumerate(tree.names) if _is_hind(name)]
    number = {joint: len(tree.names) + place for place, joint in enumerate(copied)}
    moved = np.array([0.0, -0.5, 0.0])
    return JointTree(
        [*tree.names, *(f"mid_{tree.names[n]}" for n in copied)],
        [*tree.parents, *(number.get(tree.parents[n], tree.parents[n]) for n in copied)],
        np.vstack((tree.heads, tree.heads[copied] + moved)),
        np.vstack((tree.tails, tree.tails[copied] + moved)),
    )


def _is_hind(name: str) -> bool:
    return name.partition(".")[0] in ("thigh", "shin", "hock", "hindpaw")


def snake() -> JointTree:
    """One chain along the ground."""
    heads = np.array([[0.0, -0.1 * n, 0.05] for n in range(16)])
    return JointTree(
        [f"body_{n}" for n in range(16)], [n - 1 for n in range(16)], heads, heads - [0, 0.1, 0]
    )
