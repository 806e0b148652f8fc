"""Descent on hidden units: constraints and styles as in the 2016 paper.

Source: Holden, Saito, Komura 2016, section 7: hidden units are changed by Adam so that a loss of
the motion, or of the units themselves, falls. Adam: Kingma and Ba 2015, Algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...jobs import Progress
from ...maths.rotations import normalise
from ...motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from .features import JOINTS, LAYOUT
from .runtime import Manifold

Pull = Callable[[Floats], Floats]
"""Of hidden units the gradient of a loss."""
_MEAN_DECAY: Final = 0.9
_SQUARE_DECAY: Final = 0.999
_TINY: Final = 1e-8
_PROGRESS_EVERY: Final = 8


def descend(
    hidden: Floats, pull: Pull, steps: int, rate: float, progress: Progress | None = None
) -> Floats:
    """Hidden units (N, H) after so many steps of Adam; never below 0, as the encoder's.

    Args:
        hidden: where it begins.
        pull: gradient of the loss.
        steps: how many.
        rate: of learning.
        progress: told how far it is.
    """
    hidden = hidden.copy()
    mean, square = np.zeros_like(hidden), np.zeros_like(hidden)
    for step in range(1, steps + 1):
        gradient = pull(hidden)
        mean += (1 - _MEAN_DECAY) * (gradient - mean)
        square += (1 - _SQUARE_DECAY) * (gradient * gradient - square)
        size = np.sqrt(square / (1 - _SQUARE_DECAY**step)) + _TINY
        hidden -= np.float32(rate / (1 - _MEAN_DECAY**step)) * mean / size
        np.maximum(hidden, 0.0, out=hidden)
        if progress is not None and step % _PROGRESS_EVERY == 0:
            progress(step / steps)
    return hidden


def gram(hidden: Floats) -> Floats:
    """(H, H) mean products of hidden units (N, H): which go together, whenever."""
    return np.asarray(hidden.T @ hidden / len(hidden))


def style_pull(style: Floats, content: Floats, style_weight: float, content_weight: float) -> Pull:
    """Toward the Gram matrix of one motion, and the hidden units of another.

    Args:
        style: (H, H) as ``gram``.
        content: (N, H).
        style_weight, content_weight: of the squared difference of each, by its own size, so that
            they mean the same for every motion.
    """
    size = float(np.square(style).sum()) or 1.0
    held = float(np.square(content).sum()) or 1.0

    def pull(hidden: Floats) -> Floats:
        apart = gram(hidden) - style
        by_style = hidden @ apart * np.float32(4.0 * style_weight / (len(hidden) * size))
        by_content = (hidden - content) * np.float32(2.0 * content_weight / held)
        return np.asarray(by_style + by_content)

    return pull


@dataclass(frozen=True, eq=False)
class Constraints:
    """What a motion has to keep to.

    Args:
        contacts: (T, 4) which feet must not move.
        velocity: (T, 3) of the root, as in the features.
        feet, bones, path: weights.
    """

    contacts: Bools
    velocity: Floats
    feet: float = 1.0
    bones: float = 0.2
    path: float = 1.0

    def gradient(self, features: Floats) -> Floats:
        """(T, 73) of the loss by features, which are metres and radians."""
        parts = LAYOUT.slices
        pulled = np.zeros_like(features)
        positions = features[:, parts["positions_m"]].reshape(-1, JOINTS, 3)
        velocity = features[:, parts["root_velocity"]]
        by_positions = self.bones * bone_gradient(positions)
        by_velocity = self.path * 2.0 * (velocity - self.velocity)
        moved, turned = self._slide(positions, velocity)
        by_positions += moved
        by_velocity += turned
        pulled[:, parts["positions_m"]] = by_positions.reshape(len(features), -1)
        pulled[:, parts["root_velocity"]] = by_velocity
        return pulled

    def _slide(self, positions: Floats, velocity: Floats) -> tuple[Floats, Floats]:
        """Gradient of the squared way that carrying feet slide, by positions and by velocities."""
        joints = COMMON_SKELETON.indices(FOOT_JOINTS)
        feet = positions[:, joints]
        cos, sin = np.cos(velocity[:-1, 2]), np.sin(velocity[:-1, 2])
        after = feet[1:]
        # The next frame's place, seen from this frame.
        x = cos[:, None] * after[..., 0] + sin[:, None] * after[..., 2] + velocity[:-1, None, 0]
        z = -sin[:, None] * after[..., 0] + cos[:, None] * after[..., 2] + velocity[:-1, None, 1]
        holds = (self.contacts[1:] & self.contacts[:-1])[..., None]
        slid = 2.0 * self.feet * holds * (np.stack((x, after[..., 1], z), axis=-1) - feet[:-1])
        by_feet = np.zeros_like(feet)
        by_feet[:-1] -= slid
        by_feet[1:, :, 0] += cos[:, None] * slid[..., 0] - sin[:, None] * slid[..., 2]
        by_feet[1:, :, 1] += slid[..., 1]
        by_feet[1:, :, 2] += sin[:, None] * slid[..., 0] + cos[:, None] * slid[..., 2]
        by_velocity = np.zeros_like(velocity)
        by_velocity[:-1, :2] = slid[..., [0, 2]].sum(axis=1)
        arm = np.stack((z - velocity[:-1, None, 1], -(x - velocity[:-1, None, 0])), axis=-1)
        by_velocity[:-1, 2] = (slid[..., [0, 2]] * arm).sum(axis=(1, 2))
        by_positions = np.zeros_like(positions)
        by_positions[:, joints] = by_feet
        return by_positions, by_velocity

    def pull(self, manifold: Manifold, content: Floats, held: float) -> Pull:
        """The same by hidden units, which are held to where they begin by a weight."""
        count = len(self.contacts)

        def pull(hidden: Floats) -> Floats:
            by_units = manifold.pull(self.gradient(manifold.decode(hidden, count)))
            return np.asarray(by_units + np.float32(2.0 * held) * (hidden - content))

        return pull


def bone_gradient(positions: Floats) -> Floats:
    """(T, 22, 3) gradient of the squared errors of all bones' lengths."""
    skeleton = COMMON_SKELETON
    parents = skeleton.parents[1:]
    bones = positions[:, 1:] - positions[:, parents]
    wrong = bone_errors(positions)
    push = 2.0 * wrong[..., None] * normalise(bones)
    gradient = np.zeros_like(positions)
    gradient[:, 1:] += push
    for joint, parent in enumerate(parents, start=1):
        gradient[:, parent] -= push[:, joint - 1]
    return gradient


def bone_errors(positions: Floats) -> Floats:
    """(T, 21) how much too long each bone is, metres."""
    skeleton = COMMON_SKELETON
    bones = positions[:, 1:] - positions[:, skeleton.parents[1:]]
    lengths = np.linalg.norm(skeleton.offsets[1:], axis=-1)
    return np.asarray(np.linalg.norm(bones, axis=-1) - lengths)
