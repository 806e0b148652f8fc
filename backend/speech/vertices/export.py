"""A network trained on recorded faces, as a model of the speech's task with its basis beside it."""

from __future__ import annotations

import json
import math
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
    styles = named_styles(speaker, tuple(facts["speakers"]), tuple(facts["emotions"]))
    settings: dict[str, Any] = {
        "kind": "regression",
        "encoder_sha256": facts["encoder"],
        "channels": list(outputs.channels),
        "styles": styles,
        "warm_up_frames": WARM_UP,
        "look_ahead_frames": LOOK_AHEAD,
        "chunk_frames": CHUNK_FRAMES,
        "learned_upper_face": [],
        "has_emotions": len(facts["emotions"]) > 1,
        "level_db": level_db,
    }
    out.mkdir(parents=True, exist_ok=True)
    if outputs.fitted is not None:
        basis = outputs.fitted.basis
        settings |= {
            "kind": "vertices",
            "basis_sha256": save_basis(out / f"{name}.npz", basis),
            "basis_vertices": basis.vertex_count,
        }
    size, rows = int(facts["features"]), ("batch", "frames")
    draft = ModelContract(
        name=name,
        task="speech_face",
        inputs=(
            TensorSpec("features", (*rows, size), unit="of the encoder, 50 Hz"),
            TensorSpec("style", (*rows, STYLE)),
        ),
        outputs=(
            TensorSpec("curves", (*rows, len(outputs.channels))),
            TensorSpec("head", (*rows, 3), unit="rad"),
        ),
        skeleton=None,
        frame_rate_hz=FEATURE_RATE_HZ,
        training=TrainingRecord(current_commit(), command_line),
        data=(source,),
        weights_licence=f"as the data: {source.licence}",
        metrics=_figures(out / FILE),
        settings=settings,
    )
    example = {"features": torch.zeros(2, 150, size), "style": torch.zeros(2, 150, STYLE)}
    network, given = speaker.network.cpu().eval(), np.array([*styles.values()], np.float32)
    return export_module(
        with_exported_gru(network), example, ["curves", "head"], draft, out / f"{name}.onnx",
        draw=_draw(size, given), batches=(1, 2),
    )  # fmt: skip


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
