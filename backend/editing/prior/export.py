"""``export editing --model motion_prior``: encoder and decoder, or a network of the comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backend.editing.prepare import PREPARED
from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Draw
from backend.mocap.corpora.known import SOURCES
from backend.mocap.recordings import Recording, load_recordings
from blender_addon.core.editing.prior_features import LAYOUT, RATE_HZ, WINDOW_FRAMES
from blender_addon.core.editing.vary.pipeline import DECODER_TASK, DEVIATION, ENCODER_TASK
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .data import PriorData, label_names
from .loop import KINDS, load_autoencoder
from .map_head import SIZE, MapHead, fit_map
from .network import Autoencoder
from .spread import fit_spread, nearest_cm
from .takes import distance_cm, pairs, takes_of

RUN: Final = Path(".build/editing/motion_prior")
COMPARISON: Final = "comparison"
CALIBRATION: Final = 1.5
"""By how much more latents move than those of two takes do: cross-fades and held feet take it."""
_TOLERANCE: Final = 2e-3
"""Of features up to 10 in size, in float32."""
_MAP_HOP: Final = 15
_DECODED: Final = 256


class ExportedEncoder(nn.Module):
    """Windows to latents, to where they lie for a map, and to how much motions like it differ."""

    def __init__(self, network: Autoencoder, head: MapHead) -> None:
        super().__init__()
        self.encoder, self.head = network.encoder, head

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Windows (B, 60, F) to latents (B, D), places for a map (B, 48) and a distance (B,)."""
        latents = self.encoder(windows)
        places = self.head(windows, latents)
        return latents, places, self.head.spread_cm(places)


class ExportedPair(nn.Module):
    """Encoder and decoder of a network of the comparison."""

    def __init__(self, network: Autoencoder) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, windows: Tensor, latents: Tensor, labels: Tensor, speeds: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Windows to the latents found, and latents to the windows made."""
        if self.network.condition is None:  # no input may be without a part in the graph
            latents = latents + 0.0 * (labels.float() + speeds)[:, None]
        return self.network.encoder(windows), self.network.decode(latents, labels, speeds)


def export(
    run: Path, data: Path, out: Path, command_line: str, metrics: Mapping[str, Any]
) -> tuple[ExportReport, ExportReport]:
    """Export encoder and decoder of a run; nothing is written unless parity with torch holds.

    Args:
        run: folder with the weights.
        data: recordings as ``prepare editing`` wrote them.
        out: folder of the models.
        command_line: how it was trained, kept in the contract.
        metrics: as measured, kept in the contract.
    """
    network, kept = load_autoencoder(run)
    recordings = load_recordings(data)
    trained = [each for each in recordings if each.split == "train"]
    head = fit_head(network, trained)
    made = {**kept["facts"], "update": kept["update"]}
    about = _About(command_line, metrics, sources(trained), made)
    windows, latents = _tensors(network.latent)
    places = TensorSpec("map", ("batch", SIZE), unit="near is alike")
    spread = TensorSpec("spread", ("batch",), unit="cm")
    deviation = take_deviation(network, trained)
    deviation *= CALIBRATION / decoded_cm(network, deviation, trained)
    encoder = about.draft(ENCODER_TASK, (windows,), (latents, places, spread))
    settings = {**encoder.settings, DEVIATION: [round(float(each), 5) for each in deviation]}
    draw = draw_windows(trained)
    first = export_module(
        ExportedEncoder(network, head),
        {"windows": torch.from_numpy(draw(2, np.random.default_rng(0))["windows"])},
        ["latents", "map", "spread"],
        replace(encoder, settings=settings),
        out / f"{ENCODER_TASK}.onnx",
        draw=draw,
        tolerance=_TOLERANCE,
        halves=True,
    )
    second = export_module(
        network.decoder,
        {"latents": torch.zeros(2, network.latent)},
        ["windows"],
        about.draft(DECODER_TASK, (latents,), (windows,)),
        out / f"{DECODER_TASK}.onnx",
        tolerance=_TOLERANCE,
        halves=True,
    )
    return first, second


def export_compared(run: Path, data: Path, out: Path, command_line: str) -> ExportReport:
    """Export a network of the comparison to the folder's ``comparison``."""
    network, kept = load_autoencoder(run)
    trained = load_recordings(data, "train")
    labels = {"labels": kept["facts"]["labels"], "update": kept["update"]}
    about = _About(command_line, {}, sources(trained), labels)
    windows, latents = _tensors(network.latent)
    told = (TensorSpec("labels", ("batch",), "int64"), TensorSpec("speeds", ("batch",), unit="m/s"))
    draw = draw_windows(trained, network.latent, len(kept["facts"]["labels"]))
    draft = about.draft(f"{ENCODER_TASK}_{kept['config']['kind']}", (windows, latents, *told), ())
    found, made = replace(latents, name="found"), replace(windows, name="made")
    example = draw(2, np.random.default_rng(0))
    return export_module(
        ExportedPair(network),
        {name: torch.from_numpy(value) for name, value in example.items()},
        ["found", "made"],
        replace(draft, outputs=(found, made)),
        out / COMPARISON / f"{draft.name}.onnx",
        draw=draw,
        tolerance=_TOLERANCE,
        halves=True,
    )


class _About:
    """What the contracts of one training share."""

    def __init__(
        self,
        command_line: str,
        metrics: Mapping[str, Any],
        data: tuple[DataSource, ...],
        settings: Mapping[str, Any],
    ) -> None:
        self._training = TrainingRecord(current_commit(), command_line)
        self._metrics, self._data, self._settings = metrics, data, settings

    def draft(
        self, name: str, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]
    ) -> ModelContract:
        return ModelContract(
            name=name,
            task=name,
            inputs=inputs,
            outputs=outputs or inputs,
            skeleton=COMMON_SKELETON,
            frame_rate_hz=RATE_HZ,
            training=self._training,
            data=self._data,
            weights_licence="GPL-3.0-or-later",
            metrics=dict(self._metrics),
            settings=dict(self._settings),
        )


def _tensors(latent: int) -> tuple[TensorSpec, TensorSpec]:
    windows = TensorSpec(
        "windows",
        ("batch", WINDOW_FRAMES, LAYOUT.size),
        unit="m, m/s, rad/s, rotation matrix columns",
        layout=LAYOUT.as_contract(),
    )
    return windows, TensorSpec("latents", ("batch", latent), unit="deviations")


def sources(recordings: Sequence[Recording]) -> tuple[DataSource, ...]:
    """Whose motions these are, each once."""
    folders = sorted({each.folder for each in recordings})
    return tuple(dict.fromkeys(SOURCES[folder] for folder in folders if folder in SOURCES))


def draw_windows(recordings: Sequence[Recording], latent: int = 0, labels: int = 0) -> Draw:
    """Real windows for the proof of parity; with latents, labels and speeds where desired."""
    data = PriorData(recordings, label_names(recordings), augment=False)

    def draw(batch: int, generator: np.random.Generator) -> dict[str, NDArray[Any]]:
        drawn = data.draw(batch, generator)
        feeds: dict[str, NDArray[Any]] = {"windows": drawn.windows.numpy()}
        if latent:
            feeds["latents"] = generator.standard_normal((batch, latent), np.float32)
            feeds["labels"] = generator.integers(labels, size=batch)
            feeds["speeds"] = drawn.speeds.numpy()
        return feeds

    return draw


@torch.no_grad()
def map_features(network: Autoencoder, head: MapHead, windows: Tensor) -> NDArray[np.float64]:
    """What of windows (N, 60, F) the map is made of, (N, R)."""
    parts = [head.features(part, network.encoder(part)) for part in windows.split(256)]
    return torch.cat(parts).double().numpy()


def fit_head(network: Autoencoder, recordings: Sequence[Recording]) -> MapHead:
    """The head that places windows by what their labels teach."""
    batch = PriorData(recordings, label_names(recordings), augment=False).every(_MAP_HOP)
    head = MapHead(network.latent)
    features = map_features(network, head, batch.windows)
    centre, projection = fit_map(features, batch.labels.numpy(), network.latent)
    head.centre.copy_(torch.from_numpy(centre))
    head.projection.copy_(torch.from_numpy(projection))
    windows, distances = nearest_cm(recordings)
    seen = map_features(network, head, torch.from_numpy(windows))
    weights, offset = fit_spread((seen - centre) @ projection, distances)
    head.spread_weights.copy_(torch.from_numpy(weights))
    head.spread_offset.fill_(offset)
    return head


@torch.no_grad()
def take_deviation(network: Autoencoder, recordings: Sequence[Recording]) -> NDArray[np.float64]:
    """(D,) how much the latents of takes of one action by one person differ, as a deviation.

    Every action counts alike.
    """
    variances = []
    for takes in takes_of(recordings).values():
        gaps = [
            network.encoder(torch.from_numpy(a)) - network.encoder(torch.from_numpy(b))
            for a, b in pairs(takes)
        ]
        # Of two takes each differs from what they have in common by half the variance.
        variances.append(torch.cat(gaps).double().square().mean(dim=0).numpy() / 2.0)
    return np.asarray(np.sqrt(np.mean(variances, axis=0)))


@torch.no_grad()
def decoded_cm(
    network: Autoencoder, deviation: NDArray[np.float64], recordings: Sequence[Recording]
) -> float:
    """How far apart the joints of two windows are whose latents were moved by such a deviation."""
    data = PriorData(recordings, label_names(recordings), augment=False)
    windows = data.draw(_DECODED, np.random.default_rng(0)).windows
    shifts = np.random.default_rng(1).standard_normal((2, _DECODED, network.latent)) * deviation
    latents = network.encoder(windows)
    first, second = (
        network.decoder(latents + torch.from_numpy(shift).float()).numpy() for shift in shifts
    )
    return distance_cm(first, second)


@click.command(context_settings={"show_default": True})
@click.option("--run", type=click.Path(path_type=Path), default=RUN, help="As train has it.")
@click.option("--data", type=click.Path(path_type=Path), default=PREPARED)
@click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
@click.option("--kind", type=click.Choice(KINDS), default="vae_gan", help="Of which run.")
@click.option("--measures", type=click.Path(path_type=Path, exists=True), help="Of evaluate.")
def command(run: Path, data: Path, out: Path, kind: str, measures: Path | None) -> None:
    """Export the prior, or another kind for the comparison, and prove parity."""
    line = "python3 build.py backend train editing --model motion_prior"
    if kind != "vae_gan":
        run = run.with_name(f"{run.name}-{kind}")
        reports = [export_compared(run, data, out, f"{line} --ablation {kind}")]
    else:
        reports = [*export(run, data, out, line, read_metrics(measures))]
    for report in reports:
        click.echo(
            f"{report.path}: {report.bytes / 1e6:.2f} MB, parity {report.parity.largest:.1e}"
        )


def read_metrics(path: Path | None) -> dict[str, Any]:
    """What ``evaluate editing --json`` wrote of the prior; empty without a file."""
    if path is None:
        return {}
    measured = json.loads(path.read_text("utf-8"))
    return {key: measured[key] for key in ("vary", "map") if measured.get(key)}
