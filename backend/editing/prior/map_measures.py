"""Whether a map puts together what belongs together.

Of every window the ten nearest windows of other takes are looked at: how many have its label. The
map's projection is learned from labels, so it is fitted anew for each fifth of the takes, without
them. The encoder itself never saw a label, but did see the clips of the training split; held-out
clips are therefore told apart too, there with the projection that is shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from backend.editing.evaluation import Evaluation, Unmeasured
from backend.mocap.recordings import Recording
from blender_addon.core.editing.map.tsne import tsne

from .generative import Shipped
from .kinematics import joint_places
from .map_head import WAVES, MapFeatures, fit_map, fit_unlearned
from .takes import windows_of

Reals = NDArray[np.float64]
Numbers = NDArray[np.int64]

_HOP: Final = 60
_NEIGHBOURS: Final = 10
_FOLDS: Final = 5
_COMPONENTS: Final = 50
_PICTURED: Final = 700
_AT_ONCE: Final = 256


class Judged:
    """Windows of clips, what the map is made of, and whose they are.

    Args:
        recordings: the clips.
        shipped: whose encoder finds the latents.
    """

    def __init__(self, recordings: Sequence[Recording], shipped: Shipped) -> None:
        cut = [windows_of(each.clip, _HOP) for each in recordings]
        counts = [len(part) for part in cut]
        self.windows = np.concatenate(cut)
        ran = [
            shipped.encoder.run({"windows": part})
            for part in np.array_split(self.windows, -(-len(self.windows) // _AT_ONCE))
        ]
        self.latents, self.places = (
            np.concatenate([part[name] for part in ran]) for name in ("latents", "map")
        )
        self.labels = _numbers([each.label for each in recordings], counts)
        # Two recordings of one take are one: a window would find itself.
        takes = [min(each.name, each.same_take_as or each.name) for each in recordings]
        self.takes = _numbers(takes, counts)
        self.held_out = np.repeat([each.split == "val" for each in recordings], counts)

    @torch.no_grad()
    def features(self) -> Reals:
        """What the map is made of (W, R)."""
        look = MapFeatures()
        parts = [
            look(*part)
            for part in zip(
                torch.from_numpy(self.windows).split(_AT_ONCE),
                torch.from_numpy(self.latents).split(_AT_ONCE),
                strict=True,
            )
        ]
        return torch.cat(parts).double().numpy()


def _numbers(names: Sequence[str], counts: Sequence[int]) -> Numbers:
    return np.repeat(np.unique(names, return_inverse=True)[1], counts)


def measure(evaluation: Evaluation) -> dict[str, float]:
    """Purity over windows and over labels."""
    recordings = [r for r in (*evaluation.train, *evaluation.val) if r.folder == "cmu"]
    if evaluation.foreign or not recordings:
        raise Unmeasured("purity needs many clips with labels: those of CMU's data")
    judged = Judged(recordings, Shipped(evaluation.models))
    seen = judged.features()
    learned, unlearned = same_of(judged, folds(judged, seen)), _unlearned(judged, seen)
    spectra = same_of(judged, [(np.ones(len(seen), bool), spectrum_components(judged.windows))])
    shipped = same_of(judged, [(np.ones(len(seen), bool), judged.places.astype(np.float64))])
    only = judged.held_out
    return {
        **purity(judged, learned, "purity"),
        **purity(judged, spectra, "purity_pca"),
        **purity(judged, unlearned, "purity_unlearned"),
        **purity(judged, shipped, "purity_held_out", only),
        **purity(judged, spectra, "purity_pca_held_out", only),
        "picture_stability": picture_stability(judged.places, evaluation.seed),
    }


def purity(
    judged: Judged, same: Reals, name: str, chosen: NDArray[np.bool_] | None = None
) -> dict[str, float]:
    """Means over windows and over labels of the share of neighbours with the same label (W,)."""
    which = np.ones(len(same), bool) if chosen is None else chosen
    labels = judged.labels[which]
    by_label = [same[which][labels == label].mean() for label in np.unique(labels)]
    return {name: float(same[which].mean()), f"{name}_labels": float(np.mean(by_label))}


def same_of(judged: Judged, spaces: Sequence[tuple[NDArray[np.bool_], Reals]]) -> Reals:
    """(W,) share of the nearest windows of other takes that have a window's own label.

    Args:
        judged: the windows.
        spaces: which windows (W,) are judged in which space (W, D).
    """
    same = np.zeros(len(judged.labels))
    for which, points in spaces:
        near = neighbours(points, judged.takes)
        share = (judged.labels[near] == judged.labels[:, None]).mean(axis=1)
        same[which] = share[which]
    return same


def neighbours(points: Reals, takes: Numbers, count: int = _NEIGHBOURS) -> Numbers:
    """(W, count) the nearest of points (W, D) that are of other takes (W,)."""
    squares = np.square(points).sum(axis=1)
    distances = squares[:, None] + squares - 2.0 * points @ points.T
    distances[takes[:, None] == takes] = np.inf
    return np.argpartition(distances, count, axis=1)[:, :count]


def folds(judged: Judged, seen: Reals) -> list[tuple[NDArray[np.bool_], Reals]]:
    """Each fifth of the takes, in the space that the labels of the others teach."""
    order = np.random.default_rng(0).permutation(judged.takes.max() + 1)
    fold = np.empty(len(order), np.int64)
    fold[order] = np.arange(len(order)) % _FOLDS
    spaces = []
    for number in range(_FOLDS):
        judged_here = fold[judged.takes] == number
        others = ~judged_here
        centre, projection = fit_map(seen[others], judged.labels[others], judged.latents.shape[1])
        spaces.append((judged_here, (seen - centre) @ projection))
    return spaces


def _unlearned(judged: Judged, seen: Reals) -> Reals:
    centre, projection = fit_unlearned(seen, judged.latents.shape[1])
    return same_of(judged, [(np.ones(len(seen), bool), (seen - centre) @ projection)])


@torch.no_grad()
def spectrum_components(windows: NDArray[np.float32]) -> Reals:
    """The baseline: main components of amplitude spectra of joints' places (W, 50)."""
    places = joint_places(torch.from_numpy(windows)).flatten(2).numpy()
    spectra = np.abs(np.fft.rfft(places, axis=1))[:, :WAVES].reshape(len(windows), -1)
    centred = (spectra - spectra.mean(axis=0)).astype(np.float64)
    vectors = np.linalg.eigh(centred.T @ centred)[1]
    return np.asarray(centred @ vectors[:, ::-1][:, :_COMPONENTS])


def picture_stability(places: NDArray[np.float32], seed: int) -> float:
    """Share of a picture's ten neighbours that another seed's picture gives a point too, 0 … 1."""
    chosen = places[:: max(1, len(places) // _PICTURED)]
    alone = np.arange(len(chosen))
    first, second = (
        neighbours(tsne(chosen, seed=s).astype(np.float64), alone) for s in (seed, seed + 1)
    )
    shared = [len(np.intersect1d(a, b)) for a, b in zip(first, second, strict=True)]
    return float(np.mean(shared) / _NEIGHBOURS)
