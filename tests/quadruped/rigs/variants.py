"""What else hangs on rigs of animals: controls, copies, twist bones, wings, saddles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from blender_addon.core.retarget.joint_tree import JointTree

Added = tuple[str, str, tuple[float, float, float]]


def added(tree: JointTree, bones: Sequence[Added]) -> JointTree:
    """A tree with more bones: of each its name, its parent's and where it begins (left, up, ahead).

    Names with "{}" are added on both sides.
    """
    names, parents = list(tree.names), list(tree.parents)
    heads, tails = list(tree.heads), list(tree.tails)
    for name, parent, place in bones:
        for side, sign in (("L", 1.0), ("R", -1.0)) if "{}" in name else (("", 1.0),):
            head = np.array([sign * place[0], -place[2], place[1]])
            above = parent.format(side)
            names.append(name.format(side))
            parents.append(names.index(above) if above else -1)
            heads.append(head)
            tails.append(head + np.array([0.0, 0.0, 0.03]))
    return JointTree(names, parents, np.array(heads), np.array(tails))


def with_controls(tree: JointTree) -> JointTree:
    """Feet and poles that are moved by hand, hanging on the root or on nothing."""
    return added(
        tree,
        [
            ("foot_ctrl.{}", "root", (0.13, 0.02, -0.6)),
            ("foot_roll.{}", "foot_ctrl.{}", (0.13, 0.0, -0.5)),
            ("hand_ctrl.{}", "root", (0.13, 0.02, 0.42)),
            ("knee_pole.{}", "", (0.13, 0.55, 0.3)),
            ("elbow_pole.{}", "", (0.13, 0.5, -0.3)),
        ],
    )


def with_wings_and_saddle(tree: JointTree) -> JointTree:
    """Two wings, a saddle and stirrups that hang down."""
    return added(
        tree,
        [
            ("wing1.{}", "chest", (0.15, 1.15, 0.3)),
            ("wing2.{}", "wing1.{}", (0.6, 1.3, 0.2)),
            ("wing3.{}", "wing2.{}", (1.1, 1.2, 0.0)),
            ("saddle", "spine2", (0.0, 1.15, 0.05)),
            ("stirrup1.{}", "saddle", (0.2, 0.9, 0.1)),
            ("stirrup2.{}", "stirrup1.{}", (0.22, 0.65, 0.1)),
        ],
    )


def with_copies(tree: JointTree, prefix: str) -> JointTree:
    """Every leg once more under other names, as rigs have it that are moved in two ways."""
    legs = [n for n, name in enumerate(tree.names) if name.endswith((".L", ".R"))]
    legs = [n for n in legs if not tree.names[n].startswith("ear")]
    number = {joint: len(tree.names) + place for place, joint in enumerate(legs)}
    return JointTree(
        [*tree.names, *(prefix + tree.names[n] for n in legs)],
        [*tree.parents, *(number.get(tree.parents[n], tree.parents[n]) for n in legs)],
        np.vstack((tree.heads, tree.heads[legs])),
        np.vstack((tree.tails, tree.tails[legs])),
    )


def with_twists(tree: JointTree) -> JointTree:
    """A bone in the middle of thigh, shin and forearm through which the chain goes on."""
    names, parents = list(tree.names), list(tree.parents)
    heads, tails = list(tree.heads), list(tree.tails)
    for upper, lower in (("thigh", "shin"), ("humerus", "forearm")):
        for side in "LR":
            above, below = names.index(f"{upper}.{side}"), names.index(f"{lower}.{side}")
            middle = (heads[above] + heads[below]) / 2
            names.append(f"{upper}_twist.{side}")
            parents.append(above)
            heads.append(middle)
            tails.append(heads[below])
            parents[below] = len(names) - 1
    return sorted_tree(JointTree(names, parents, np.array(heads), np.array(tails)))


def trembling(tree: JointTree, share: float, seed: int = 0) -> JointTree:
    """Joints of the legs off their places by some of the size, so that no side is the other's."""
    rng = np.random.default_rng(seed)
    off = share * rng.uniform(-1.0, 1.0, tree.heads.shape)
    off[[not name.endswith((".L", ".R")) for name in tree.names]] = 0.0
    return JointTree(tree.names, tree.parents, tree.heads + off, tree.tails + off)


def sorted_tree(tree: JointTree) -> JointTree:
    """The same with parents before children."""

    def depth(joint: int) -> int:
        return 0 if tree.parents[joint] < 0 else 1 + depth(tree.parents[joint])

    order = sorted(range(len(tree.names)), key=depth)
    place = {joint: n for n, joint in enumerate(order)}
    return JointTree(
        [tree.names[j] for j in order],
        [place[tree.parents[j]] if tree.parents[j] >= 0 else -1 for j in order],
        tree.heads[order],
        tree.tails[order],
    )
