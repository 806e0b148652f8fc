"""The models that are measured, by the names of their networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from blender_addon.core.inference.contract import load_contract
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.speech.networks.opening import read_layout

from ..networks import CNN2017, DIFFUSION, REGRESSION
from .faces import ModelSpeaker
from .hearing import FILES, Listener

MODELS: Final = {
    REGRESSION: ("regression", ("speech_face",)),
    DIFFUSION: ("diffusion", ("speech_face_diffusion",)),
    CNN2017: ("waveform", ("speech_face_2017", "speech_face")),
}
"""By network: the kind its contract gives, and the files it may be in."""


def open_models(
    folder: Path, names: Sequence[str], hearing: Listener | None, style: str | None = None
) -> tuple[dict[str, ModelSpeaker], dict[str, str]]:
    """Open what is there.

    Args:
        folder: of the models' files.
        names: of ``MODELS``.
        hearing: what hears for those that do not hear the sound itself; None without an encoder.
        style: that all speak in.

    Returns:
        Speakers by name, and for those left out, why.

    Raises:
        ContractError: a file is there and is not what it should be.
    """
    speakers, missing = {}, {}
    for name in names:
        kind, files = MODELS[name]
        path = _find(folder, kind, files)
        if path is None:
            missing[name] = f"no {' or '.join(files)}.onnx of the kind '{kind}' in {folder}"
        elif not _can_hear(path, hearing):
            missing[name] = f"it hears by {' and '.join(FILES)}, which are not both in {folder}"
        else:
            session = ModelSession(path, ["CPUExecutionProvider"])
            speakers[name] = ModelSpeaker(session, hearing, style)
    return speakers, missing


def _can_hear(path: Path, hearing: Listener | None) -> bool:
    needed = read_layout(load_contract(path.with_suffix(".json"))).needs_hearing
    return not needed or (hearing is not None and hearing.hears_phones)


def _find(folder: Path, kind: str, files: Sequence[str]) -> Path | None:
    for file in files:
        path = folder / f"{file}.onnx"
        if path.is_file():
            contract = load_contract(path.with_suffix(".json"))
            if contract.settings.get("kind", "waveform") == kind:
                return path
    return None
