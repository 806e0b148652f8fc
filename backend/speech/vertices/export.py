"""A network trained on recorded faces, as a model of the speech's task with its basis beside it."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from backend.export.commit import current_commit
from backend.export.onnx_export import ExportReport, export_module
from backend.export.parity import Arrays, Draw
from backend.export.recurrent import with_exported_gru
from blender_addon.core.conventions import Floats
from blender_addon.core.face.mesh_basis import save_basis
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ

from ..recordings.corpus import NEUTRAL
from .loop import MeshSpeaker
from .network import LOOK_AHEAD, STYLE, WARM_UP
from .outputs import Outputs
from .report import FILE

USUAL: Final = "usual"
CHUNK_FRAMES: Final = 500
_FRAMES: Final = (140, 400)


def named_styles(
    speaker: MeshSpeaker, speakers: tuple[str, ...], emotions: tuple[str, ...]
) -> dict[str, list[float]]:
    """Nobody in particular, plainly; each speaker; and each emotion of nobody in particular."""
    plain = emotions.index(NEUTRAL) if NEUTRAL in emotions else -1
    chosen = {USUAL: (-1, plain)}
    chosen |= {name: (n, plain) for n, name in enumerate(speakers)}
    chosen |= {name: (-1, n) for n, name in enumerate(emotions) if n != plain}
    with torch.inference_mode():
        return {
            name: [
                float(number)
                for number in speaker.styles(torch.tensor([who]), torch.tensor([how]))[0]
                .double()
                .numpy()
                .round(5)
            ]
            for name, (who, how) in chosen.items()
        }


def settings_of(
    speaker: MeshSpeaker, outputs: Outputs, facts: Mapping[str, Any], level_db: float
) -> dict[str, Any]:
    """Settings of the contract, but for the basis' SHA-256; see ``export_speaker``."""
    settings: dict[str, Any] = {
        "kind": "regression",
        "encoder_sha256": facts["encoder"],
        "channels": list(outputs.channels),
        "styles": named_styles(speaker, tuple(facts["speakers"]), tuple(facts["emotions"])),
        "warm_up_frames": WARM_UP,
        "look_ahead_frames": LOOK_AHEAD,
        "chunk_frames": CHUNK_FRAMES,
        "learned_upper_face": [],
        "has_emotions": len(facts["emotions"]) > 1,
        "level_db": level_db,
    }
    if outputs.fitted is not None:
        count = outputs.fitted.basis.vertex_count
        settings |= {"kind": "vertices", "basis_vertices": count}
    return settings


def export_speaker(
    speaker: MeshSpeaker,
    outputs: Outputs,
    out: Path,
    name: str,
    *,
    facts: Mapping[str, Any],
    source: DataSource,
    level_db: float,
    command_line: str,
) -> ExportReport:
    """Write .onnx, contract and, of a mesh, the basis; nothing unless parity with torch holds.

    Args:
        speaker: trained.
        outputs: what its numbers are.
        out: folder.
        name: of the model.
        facts: of the run: speakers, emotions, the encoder's SHA-256 and width.
        source: of the data, with its licence.
        level_db: of speech, that the encoder is given.
        command_line: how it was trained.
    """
    out.mkdir(parents=True, exist_ok=True)
    settings = settings_of(speaker, outputs, facts, level_db)
    network = with_exported_gru(speaker.network.cpu().eval())
    size, styles = int(facts["features"]), np.array([*settings["styles"].values()], np.float32)
    example = {"features": torch.zeros(2, 150, size), "style": torch.zeros(2, 150, STYLE)}
    training = TrainingRecord(current_commit(), command_line)
    with tempfile.TemporaryDirectory(prefix=".basis-", dir=out) as folder:
        basis = Path(folder) / f"{name}.npz"
        if outputs.fitted is not None:
            settings["basis_sha256"] = save_basis(basis, outputs.fitted.basis)
        report = export_module(
            network, example, ["curves", "head"],
            _draft(name, size, settings, source, training, _figures(out / FILE)),
            out / f"{name}.onnx", draw=_draw(size, styles), batches=(1, 2),
        )  # fmt: skip
        if outputs.fitted is not None:
            basis.replace(out / basis.name)
    return report


def _draft(
    name: str,
    size: int,
    settings: Mapping[str, Any],
    source: DataSource,
    training: TrainingRecord,
    metrics: Mapping[str, float],
) -> ModelContract:
    """All of a contract that does not depend on the graph."""
    rows = ("batch", "frames")
    return ModelContract(
        name=name,
        task="speech_face",
        inputs=(
            TensorSpec("features", (*rows, size), unit="of the encoder, 50 Hz"),
            TensorSpec("style", (*rows, STYLE)),
        ),
        outputs=(
            TensorSpec("curves", (*rows, len(settings["channels"]))),
            TensorSpec("head", (*rows, 3), unit="rad"),
        ),
        skeleton=None,
        frame_rate_hz=FEATURE_RATE_HZ,
        training=training,
        data=(source,),
        weights_licence=f"as the data: {source.licence}",
        metrics=metrics,
        settings=settings,
    )


def _figures(path: Path) -> dict[str, float]:
    """The network's on held-out recordings, as far as they were measured."""
    if not path.is_file():
        return {}
    found = json.loads(path.read_text("utf-8"))
    return {
        f"{split}_{key}": float(found[split]["network"][key])
        for split in ("val", "test")
        if split in found
        for key in ("lve", "fdd")
        if math.isfinite(found[split]["network"][key])
    }


def _draw(size: int, styles: Floats) -> Draw:
    """Inputs for parity: features that go on from frame to frame, styles that are mixed."""

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        frames = int(generator.integers(*_FRAMES))
        features = generator.normal(0.0, 1.0, (batch, frames, size))
        chosen = styles[generator.integers(len(styles), size=batch)]
        return {
            "features": features.astype(np.float32),
            "style": np.repeat(chosen[:, None], frames, 1),
        }

    return draw
