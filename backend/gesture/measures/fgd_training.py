"""Trains the autoencoder of the Fréchet gesture distance: ``python -m`` this module, three minutes.

On the recorded dances, people who stand and gesture, and the animators' loops, of the part
``train``, each mirrored too. Latents are scaled to unit variance on the training windows, so that a
distance of one is one standard deviation of them.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import numpy as np
import torch
from torch import Tensor, nn

from backend.mocap.common_clips import list_clips, read_common_clip
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.mirror import mirror_clip

from .fgd import LATENT, PARTS, RATE_HZ, SLOPE, STRIDES, WEIGHTS, WINDOW, Part, Singles, windows_of

FOLDERS: Final = ("cmu", "cmu_more", "quaternius", "quaternius_people")
LABELS: Final = ("dance", "stand")
LEFT_OUT: Final = ("cmu_amp",)
"""Of 15 bodies and 30 frames a second; its takes are there in full as well."""
DATA: Final = Path(__file__).resolve().parents[4] / "shared" / "data"
_WIDTHS, _KERNELS, _HIDDEN = (48, 48, 32), (3, 4, 4), 256
_BATCH, _RATE = 128, 1e-3

_log = logging.getLogger(__name__)


class Autoencoder(nn.Module):
    """Three convolutions in time and a layer in; two layers back."""

    def __init__(self, features: int) -> None:
        super().__init__()
        widths = (features, *_WIDTHS)
        layers: list[nn.Module] = []
        for n, (kernel, stride) in enumerate(zip(_KERNELS, STRIDES, strict=True)):
            layers += [nn.Conv1d(widths[n], widths[n + 1], kernel, stride), nn.LeakyReLU(SLOPE)]
        self.convolutions = nn.Sequential(*layers)
        left = self.convolutions(torch.zeros(1, features, WINDOW)).shape[-1] * widths[-1]
        self.out = nn.Linear(left, LATENT)
        self.back = nn.Sequential(
            nn.Linear(LATENT, _HIDDEN), nn.LeakyReLU(SLOPE), nn.Linear(_HIDDEN, WINDOW * features)
        )

    def encode(self, windows: Tensor) -> Tensor:
        """(B, T, F) to (B, 32); frames come before channels where they are joined."""
        found: Tensor = self.convolutions(windows.transpose(1, 2)).transpose(1, 2)
        latent: Tensor = self.out(found.reshape(len(windows), -1))
        return latent

    def forward(self, windows: Tensor) -> Tensor:
        """(B, T, F) as it comes back."""
        back: Tensor = self.back(self.encode(windows)).reshape(windows.shape)
        return back


def shared_clips(data: Path) -> tuple[list[MotionClip], list[MotionClip]]:
    """Clips of all folders at 15 Hz, each as it is and mirrored: to train on, and held out.

    Dances that are held out from networks are held out here.
    """
    dances = held_out_dances(data / "gesture" / "dance_beats")
    parts: tuple[list[MotionClip], list[MotionClip]] = ([], [])
    for entry in (e for name in FOLDERS for e in list_clips(data / "mocap" / name, LABELS)):
        if entry.source not in LEFT_OUT:
            clip = read_common_clip(entry.path, RATE_HZ)
            part = parts[entry.split != "train" or entry.name in dances]
            part += [clip, mirror_clip(clip)]
    return parts


def held_out_dances(folder: Path) -> set[str]:
    """Names of the clips of both partners of takes that are not to be trained on."""
    with (folder / "takes.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["use"] != "train"]
    return {row[column] for row in rows for column in ("clip_a", "clip_b")}


def windows_of_part(clips: Sequence[MotionClip], part: Part) -> Singles:
    """(N, 34, F) windows of several clips, one at every frame."""
    return np.concatenate([windows_of(clip, part, step=1) for clip in clips])


def train_part(train: Singles, held_out: Singles, updates: int, seed: int) -> dict[str, Singles]:
    """The encoder for one part of the body; the same seed gives the same weights.

    Args:
        train: (N, 34, F) windows.
        held_out: (M, 34, F), to say how well they come back.
        updates: of 128 windows each.
        seed: of weights and batches.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    mean = train.mean(axis=(0, 1))
    scale = np.full_like(mean, train.std(axis=(0, 1)).mean())
    seen, unseen = (torch.tensor((part - mean) / scale) for part in (train, held_out))
    network = Autoencoder(train.shape[-1])
    optimiser = torch.optim.Adam(network.parameters(), _RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, updates)
    for _ in range(updates):
        batch = seen[rng.integers(len(seen), size=_BATCH)]
        loss = (network(batch) - batch).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        left = (network(unseen) - unseen).square().mean() / unseen.square().mean()
        _scale_latents(network, seen)
    _log.info("%.1f %% of held-out variance is lost", 100 * left)
    return {**_named(network), "mean": mean, "scale": scale}


def _scale_latents(network: Autoencoder, windows: Tensor) -> None:
    """Mean 0 and standard deviation 1 of every latent over the training windows."""
    latents = network.encode(windows)
    mean, deviation = latents.mean(0), latents.std(0)
    network.out.weight.div_(deviation[:, None])
    network.out.bias.sub_(mean).div_(deviation)


def _named(network: Autoencoder) -> dict[str, Singles]:
    """The encoder's weights; an activation lies after each convolution."""
    state = network.state_dict()
    layers = {"out": "out"} | {f"conv{n}": f"convolutions.{2 * n}" for n in range(len(STRIDES))}
    return {
        f"{name}.{kind}": state[f"{layer}.{kind}"].numpy().astype(np.float16)
        for name, layer in layers.items()
        for kind in ("weight", "bias")
    }


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@click.option("--updates", default=6000, show_default=True)
@click.option("--seed", default=7, show_default=True)
def main(data: Path, updates: int, seed: int) -> None:
    """Train both encoders and write them where ``fgd`` finds them."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    parts = shared_clips(data)
    kept: dict[str, Singles] = {}
    for part in PARTS:
        seen, unseen = (windows_of_part(clips, part) for clips in parts)
        weights = train_part(seen, unseen, updates, seed)
        kept |= {f"{part}.{name}": value for name, value in weights.items()}
    np.savez_compressed(WEIGHTS, **kept)
    _log.info("%s: %d bytes", WEIGHTS, WEIGHTS.stat().st_size)


if __name__ == "__main__":
    main()
