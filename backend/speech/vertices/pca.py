"""Principal components of a mesh's motion: few shapes that add up to what its vertices do.

They are taken about the face at rest, not about the mean: with nothing of any shape the face is at
rest, and so it is in silence. Vertices may weigh more than others, for lips decide what is seen of
speech and are a small part of a head.

With N frames of X (N, 3 V) and weights W, the N × N matrix X W Xᵀ = U S² Uᵀ is small where meshes
are large; components are Uᵀ X, and a motion x has the amounts c that make |(x − c B) √W| least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.errors import InputError
from blender_addon.core.face.mesh_basis import MAX_COMPONENTS, MeshBasis

from ..recordings.corpus import Recording

_MOST_FRAMES: Final = 2000
_MOST_NUMBERS: Final = 150_000_000
_STILL: Final = 1e-9
_LIPS_SHARE, _UPPER_ABOVE, _MOVING_SHARE = 0.05, 0.35, 0.2


@dataclass(frozen=True, eq=False)
class FittedBasis:
    """A basis, and how well it tells the motion it was made from.

    Args:
        basis: of K shapes; 1 of each is the most that was seen of it.
        explained: share of the (weighted) motion that the first 1 … K shapes make, (K,).
        weights: (V,) of the vertices.
    """

    basis: MeshBasis
    explained: Floats
    weights: Floats

    def project(self, motion: Floats) -> Floats:
        """Amounts (T, K) of the shapes that come closest to a motion (T, V, 3)."""
        flat = self.basis.components.reshape(self.basis.size, -1).astype(np.float64)
        weighed = flat * np.repeat(self.weights, 3)
        gram = weighed @ flat.T
        return np.linalg.solve(gram, weighed @ motion.reshape(len(motion), -1).T).T.astype(
            np.float32
        )


def sample_frames(recordings: Sequence[Recording]) -> Floats:
    """(N, V, 3) frames from all over some recordings, as many as memory bears."""
    total = sum(each.frame_count for each in recordings)
    shape = recordings[0].motion().shape
    most = max(min(_MOST_FRAMES, _MOST_NUMBERS // int(np.prod(shape[1:]))), 20)
    step = max(1, int(np.ceil(total / most)))
    parts, at = [], 0
    for each in recordings:
        first = -at % step
        parts.append(each.motion()[first::step])
        at += each.frame_count
    return np.concatenate(parts).astype(np.float32)


def fit_basis(
    frames: Floats,
    template: Floats,
    most: int,
    share: float,
    weights: Floats | None = None,
    faces: tuple[tuple[int, ...], ...] = (),
) -> FittedBasis:
    """Shapes that make a share of a motion, but no more than so many.

    Args:
        frames: (N, V, 3) away from rest.
        template: (V, 3) the face at rest.
        most: shapes.
        share: of the motion, weighted, 0 … 1.
        weights: (V,) of the vertices; None for all alike.
        faces: of the mesh.

    Raises:
        InputError: nothing moves.
    """
    count, vertices = len(frames), frames.shape[1]
    alike = np.ones(vertices, np.float32)
    weights = alike if weights is None else np.asarray(weights, np.float32)
    flat = frames.reshape(count, -1)
    weighed = flat * np.repeat(np.sqrt(weights), 3)
    powers, sides = np.linalg.eigh((weighed @ weighed.T).astype(np.float64))
    powers, sides = powers[::-1].clip(0.0), sides[:, ::-1]
    if not powers.sum() > _STILL**2 * flat.size:
        raise InputError("nothing moves in these recordings; the frames are all the face at rest")
    explained = np.cumsum(powers) / powers.sum()
    real = int(np.count_nonzero(powers > 1e-10 * powers[0]))
    size = min(int(np.searchsorted(explained, share)) + 1, most, real, MAX_COMPONENTS)
    amounts = sides[:, :size]
    amounts = amounts * np.where(amounts.max(0) >= -amounts.min(0), 1.0, -1.0)
    largest = np.abs(amounts).max(0)
    components = (amounts * largest).T.astype(np.float32) @ flat
    basis = MeshBasis(template, components.reshape(size, vertices, 3), faces)
    return FittedBasis(basis, explained[:size].astype(np.float32), weights)


@dataclass(frozen=True, eq=False)
class Regions:
    """What errors are measured on.

    Args:
        lips, upper: vertices, or weights.
        derived: from how they move, because nobody gave them.
    """

    lips: Ints
    upper: Ints
    derived: bool = False


def find_regions(
    frames: Floats, template: Floats, lips: Ints | None, upper: Ints | None
) -> Regions:
    """Lips and upper face: as given, or else as they move.

    Lips are the twentieth of the vertices that moves most. What moves them most is taken for up and
    down, down being where they go farthest; the upper face lies higher than the lips by a third of
    the face's height, and moves more than the stillest fifth.
    """
    energy = np.square(frames, dtype=np.float64).sum(-1).mean(0)
    moving = np.argsort(energy)
    found = np.sort(moving[-max(round(_LIPS_SHARE * len(moving)), 1) :]) if lips is None else lips
    if upper is not None:
        return Regions(found, upper, lips is None)
    way = frames[:, found].mean(1).astype(np.float64)
    axis = np.linalg.svd(way, full_matrices=False)[2][0]
    along = way @ axis
    up = -axis if along.max() > -along.min() else axis
    height = template.astype(np.float64) @ up
    above = height - height[found].mean() > _UPPER_ABOVE * np.ptp(height)
    lively = energy > np.quantile(energy, _MOVING_SHARE)
    chosen = np.flatnonzero(above & lively)
    return Regions(found, chosen if len(chosen) else np.flatnonzero(~np.isin(moving, found)), True)


def lip_weights(vertices: int, lips: Ints, weight: float) -> Floats:
    """(V,) 1, and so much on the lips."""
    weights = np.ones(vertices, np.float32)
    weights[lips] = weight
    return weights
