"""What a network is to say of a corpus' faces, and how to get the faces back from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backend.recordings.splits import TRAIN
from blender_addon.core.conventions import Floats

from ..recordings.corpus import Corpus
from .pca import FittedBasis, Regions, find_regions, fit_basis, lip_weights, sample_frames


@dataclass(frozen=True, eq=False)
class Outputs:
    """The numbers of one kind of face.

    Args:
        channels: names of K numbers.
        weights: (K,) what an error of each costs: of shapes, how far they move the mesh, so that
            the loss is the error of the vertices.
        regions: what errors are measured on.
        fitted: the mesh's shapes; None where the numbers are weights.
    """

    channels: tuple[str, ...]
    weights: Floats
    regions: Regions
    fitted: FittedBasis | None = None

    def encode(self, motion: Floats) -> Floats:
        """(T, K) from motion (T, V, 3), or weights (T, C)."""
        return motion if self.fitted is None else self.fitted.project(motion)

    def decode(self, numbers: Floats) -> Floats:
        """The way back."""
        return numbers if self.fitted is None else self.fitted.basis.offsets(numbers)


def outputs_of(corpus: Corpus, most: int, share: float, lip_weight: float) -> Outputs:
    """What is to be said of a corpus, found on its recordings to train on.

    Args:
        corpus: of meshes, markers or weights.
        most: shapes of a mesh.
        share: of its motion that they are to make.
        lip_weight: how much more a vertex of the lips counts than another.
    """
    recordings = corpus.of(TRAIN)
    if corpus.channels:
        lips, upper = corpus.lips, corpus.upper
        every = np.arange(len(corpus.channels))
        regions = Regions(every if lips is None else lips, every if upper is None else upper)
        return Outputs(corpus.channels, np.ones(len(every), np.float32), regions)
    frames = sample_frames(recordings)
    template = _mean_template(corpus)
    regions = find_regions(frames, template, corpus.lips, corpus.upper)
    weights = lip_weights(len(template), regions.lips, lip_weight)
    fitted = fit_basis(frames, template, most, share, weights, corpus.faces)
    flat = np.square(fitted.basis.components, dtype=np.float64) * weights[None, :, None]
    costs = flat.sum((1, 2))
    channels = tuple(f"PCA {n:02d}" for n in range(1, fitted.basis.size + 1))
    return Outputs(channels, (costs / costs.mean()).astype(np.float32), regions, fitted)


def _mean_template(corpus: Corpus) -> Floats:
    """(V, 3) of the people trained on: shapes are shown on it, and fitted to other faces."""
    own = {each.speaker: each.template for each in corpus.of(TRAIN) if each.template is not None}
    return np.asarray(np.mean([*own.values()], axis=0), np.float32)
