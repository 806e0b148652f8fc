"""The lectures' generative models side by side, each against the floor of held-out motion.

What is made is seen through fixed features that no model knows: places and speeds of the joints
at ten moments of a window, in centimetres for a joint, on their 32 main components. Only labels of
held-out motion count, so that the floor compares the same kinds of motion.

Latents are drawn of a Gaussian for each label, fitted to those of the training data, for every
model alike; those of the conditional GAN of its own normal distribution.

Source: Naeem et al. 2020, Reliable fidelity and diversity metrics (coverage); Ghosh et al. 2020,
From variational to deterministic autoencoders (a density fitted to latents afterwards).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from backend.editing.evaluation import Evaluation
from backend.motion_quality.frechet import (
    PrincipalComponents,
    fit_components,
    fit_gaussian,
    frechet_distance,
)
from blender_addon.core.editing.prior_features import RATE_HZ
from blender_addon.core.editing.vary.pipeline import DECODER_TASK, ENCODER_TASK
from blender_addon.core.inference.session import ModelSession

from . import components
from .data import Batch, PriorData, label_names
from .kinematics import joint_places, walked
from .network import Autoencoder

Reals = NDArray[np.float64]
Singles = NDArray[np.float32]

COMPONENTS: Final = 32
_MOMENTS: Final = slice(2, None, 6)
_WAY_S: Final = 0.5
_FITTED, _DRAWN = 4000, 800
_NEIGHBOURS: Final = 5
_SHRINKAGE: Final = 0.3
_AT_ONCE: Final = 200
COMPARED: Final = {
    "ae": "autoencoder",
    "denoising": "denoising autoencoder",
    "vae": "β-VAE",
    "cgan": "conditional GAN",
}
"""Networks of the comparison, by the kind that they were trained as."""


class Model(Protocol):
    """Something that makes windows.

    Args:
        latent: numbers of a latent.
        normal: whether its latents are drawn of the normal distribution, as it was trained.
    """

    latent: int
    normal: bool

    def encode(self, batch: Batch) -> Singles:
        """Latents (B, D) of windows."""

    def decode(self, latents: Singles, batch: Batch) -> Singles:
        """Windows (B, 60, F) of latents; of the batch only labels and speeds are looked at."""


class Components:
    """Main components of windows: the network that nothing was taught."""

    def __init__(self, data: PriorData, latent: int) -> None:
        torch.manual_seed(0)
        self.latent, self.normal = latent, False
        self._network = Autoencoder(latent).eval()
        parts = components.normalised_parts(self._network)
        components.fit_normalisation(data.frames[::4], parts)
        windows = data.draw(_FITTED, np.random.default_rng(0)).windows
        components.fit_components(self._network, windows)

    @torch.no_grad()
    def encode(self, batch: Batch) -> Singles:
        """Latents of windows."""
        return self._network.encoder(batch.windows).numpy()

    @torch.no_grad()
    def decode(self, latents: Singles, batch: Batch) -> Singles:
        """Windows of latents."""
        return self._network.decoder(torch.from_numpy(latents)).numpy()


class Shipped:
    """The prior that is shipped: two graphs."""

    def __init__(self, folder: Path) -> None:
        self.encoder, self.decoder = (
            ModelSession(folder / f"{task}.onnx", ["CPUExecutionProvider"])
            for task in (ENCODER_TASK, DECODER_TASK)
        )
        self.latent = int(self.decoder.contract.input("latents").shape[1])
        self.normal = False

    def encode(self, batch: Batch) -> Singles:
        """Latents of windows."""
        return self.encoder.run({"windows": batch.windows.numpy()})["latents"]

    def decode(self, latents: Singles, batch: Batch) -> Singles:
        """Windows of latents."""
        return self.decoder.run({"latents": latents})["windows"]


class Compared:
    """A network of the comparison: one graph that encodes and decodes."""

    def __init__(self, path: Path, normal: bool) -> None:
        self._session = ModelSession(path, ["CPUExecutionProvider"])
        self.latent = int(self._session.contract.input("latents").shape[1])
        self.labels = tuple(self._session.contract.setting("labels"))
        self.normal = normal

    def encode(self, batch: Batch) -> Singles:
        """Latents of windows."""
        nothing = np.zeros((len(batch.labels), self.latent), np.float32)
        return self._run(batch, batch.windows.numpy(), nothing)["found"]

    def decode(self, latents: Singles, batch: Batch) -> Singles:
        """Windows of latents."""
        return self._run(batch, batch.windows.numpy()[: len(latents)], latents)["made"]

    def _run(self, batch: Batch, windows: Singles, latents: Singles) -> dict[str, Any]:
        return self._session.run(
            {
                "windows": windows,
                "latents": latents,
                "labels": batch.labels.numpy(),
                "speeds": batch.speeds.numpy(),
            }
        )


@dataclass(frozen=True, eq=False)
class Judge:
    """Fixed features and what recorded motion is like in them.

    Args:
        components: of the training data's features.
        train, val: (N, 32) of recorded windows.
    """

    components: PrincipalComponents
    train: Reals
    val: Reals

    @classmethod
    def of(cls, train: Batch, val: Batch) -> Judge:
        """A judge who has seen these."""
        seen = features(train.windows.numpy())
        fitted = fit_components(seen, COMPONENTS)
        return cls(fitted, fitted.project(seen), fitted.project(features(val.windows.numpy())))

    def row(self, windows: Singles) -> dict[str, float]:
        """Fréchet distance, diversity and coverage of made windows (N, 60, F)."""
        return self.judge(self.components.project(features(windows)))

    def judge(self, made: Reals) -> dict[str, float]:
        """The same of their features (N, 32)."""
        distance = frechet_distance(fit_gaussian(made), fit_gaussian(self.train))
        return {
            "frechet": distance.total,
            "diversity": diversity(made),
            "coverage": coverage(self.val, made),
        }


@torch.no_grad()
def features(windows: Singles) -> Reals:
    """(N, 60, F) to places and speeds of joints (N, 10·J·6), centimetres."""
    parts = []
    for part in torch.from_numpy(np.ascontiguousarray(windows)).split(_AT_ONCE):
        places = joint_places(part)
        moved = walked(part, places)
        speeds = (moved[:, 1:] - moved[:, :-1]) * RATE_HZ * _WAY_S
        both = torch.cat((places[:, 1:], speeds), dim=-1)[:, _MOMENTS]
        # A joint at one moment counts as its root mean square.
        parts.append(100.0 * both.flatten(1) / (both.shape[1] * both.shape[2]) ** 0.5)
    return torch.cat(parts).double().numpy()


def diversity(samples: Reals) -> float:
    """Mean distance of samples (N, D) from each other; of each half from the other half."""
    half = len(samples) // 2
    return float(np.linalg.norm(samples[:half] - samples[half : 2 * half], axis=1).mean())


def coverage(real: Reals, made: Reals) -> float:
    """Share of real samples (N, D) with a made one no further than their 5th real neighbour."""
    among = _distances(real, real)
    reach = np.partition(among, _NEIGHBOURS, axis=1)[:, _NEIGHBOURS]
    return float((_distances(real, made).min(axis=1) <= reach).mean())


def _distances(a: Reals, b: Reals) -> Reals:
    squares = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2.0 * a @ b.T
    return np.sqrt(np.maximum(squares, 0.0))


def reconstruction_cm(model: Model, batch: Batch) -> float:
    """Mean distance of joints after encoding and decoding, on the window's own ground."""
    made = model.decode(model.encode(batch), batch)
    off = _on_ground(made) - _on_ground(batch.windows.numpy())
    return float(100.0 * np.linalg.norm(off, axis=-1).mean())


@torch.no_grad()
def _on_ground(windows: Singles) -> Singles:
    tensor = torch.from_numpy(np.ascontiguousarray(windows))
    return walked(tensor, joint_places(tensor)).numpy()


def sample(model: Model, train: Batch, rng: np.random.Generator) -> Singles:
    """As many windows as the training batch has, of latents like its own, labels and speeds too."""
    if model.normal:
        drawn = rng.standard_normal((len(train.labels), model.latent))
        return model.decode(drawn.astype(np.float32), train)
    latents = model.encode(train).astype(np.float64)
    labels, drawn = train.labels.numpy(), np.empty_like(latents)
    for label in np.unique(labels):
        of_label = labels == label
        spread = fit_gaussian(latents[of_label])
        own = np.diag(np.diag(spread.covariance))
        covariance = (1.0 - _SHRINKAGE) * spread.covariance + _SHRINKAGE * own
        count = int(of_label.sum())
        drawn[of_label] = rng.multivariate_normal(spread.mean, covariance, count, method="eigh")
    return model.decode(drawn.astype(np.float32), train)


def models_in(folder: Path, data: PriorData) -> dict[str, Model]:
    """Every model that there is, by its name in the table."""
    shipped = Shipped(folder)
    found: dict[str, Model] = {"PCA": Components(data, shipped.latent)}
    for kind, name in COMPARED.items():
        path = folder / "comparison" / f"{ENCODER_TASK}_{kind}.onnx"
        if path.is_file():
            model = Compared(path, kind == "cgan")
            # A network that is told labels knows those that it was trained with.
            if kind != "cgan" or model.labels == data.labels:
                found[name] = model
    found["β-VAE + GAN"] = shipped
    return found


def measure_models(evaluation: Evaluation) -> list[dict[str, Any]]:
    """A row for each model, and one for held-out motion itself: the floor."""
    labels = label_names((*evaluation.train, *evaluation.val))
    kept = {each.label for each in evaluation.val}
    same = [each for each in evaluation.train if each.label in kept]
    data = PriorData(same, labels, augment=False)
    held_out = PriorData(evaluation.val, labels, augment=False)
    rng = evaluation.rng()
    train, val = data.draw(_DRAWN, rng), held_out.draw(_DRAWN // 2, rng)
    judge = Judge.of(train, val)
    floor = judge.judge(judge.val) | {"coverage": coverage(judge.val, judge.train)}
    rows = [{"model": "held-out motion", "reconstruction_cm": 0.0, **floor}]
    for name, model in models_in(evaluation.models, data).items():
        made = judge.row(sample(model, train, evaluation.rng()))
        rows.append({"model": name, "reconstruction_cm": reconstruction_cm(model, val), **made})
    return rows
