"""Makes a model of a downloaded folder: whole, or nothing at all."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ContractError, ModelError
from ...inference.arrays import ARRAYS_SHA256
from ...inference.contract import ModelContract, save_contract
from ...inference.model_file import inspect_model, read_bytes
from ...inference.session import ModelSession
from ..networks.audio2face import Audio2FaceNetwork
from .contract import LICENCE, channels_of, make_card, make_contract, usual_name
from .equations import as_arrays, skin_equations, tongue_equations
from .folder import Audio2FaceFolder, read_folder

ENDINGS: Final = (".json", ".npz", ".md", ".onnx")
"""Of a model's files; the network comes last, as it is what lists are made of."""
_FEWEST_CHANNELS: Final = 10
_JAW: Final = "jawOpen"
_NO_HASHES: Final = {"opset": 0, "sha256": "", ARRAYS_SHA256: ""}
_CPU: Final = ("CPUExecutionProvider",)


@dataclass(frozen=True)
class AddedModel:
    """A model that was added.

    Args:
        path: of its .onnx.
        emotions: that it can be led into.
        channels: how many of ARKit's shapes it moves.
    """

    path: Path
    emotions: tuple[str, ...]
    channels: int

    @property
    def told(self) -> str:
        """One sentence on what came."""
        return (
            f"added '{self.path.stem}' ({LICENCE}; {self.channels} channels, "
            f"{len(self.emotions)} emotions) to {self.path.parent}"
        )


def add_audio2face(
    source: Path, target: Path, *, name: str = "", replace: bool = False
) -> AddedModel:
    """Add a folder of Audio2Face-3D v2.3 to the user's own models.

    Args:
        source: the folder that was downloaded; it stays as it is.
        target: folder of the user's own models; made where it is missing.
        name: of the model; empty for one after its actor.
        replace: files of this name may go.

    Raises:
        ModelError: the folder cannot be used, or there is such a model already; nothing is written.
        OSError: the target cannot be written; it is as it was.
    """
    folder = read_folder(source)
    channels = channels_of(folder)
    if _JAW not in channels or len(channels) < _FEWEST_CHANNELS:
        raise ModelError(
            f"the skin's blendshapes are {', '.join(folder.skin_shapes.names[:8])} …, expected "
            f"those of ARKit, jawOpen among them; found {len(channels)} of these. Use the "
            "blendshapes that came with the model"
        )
    name = name or usual_name(folder)
    make_contract(name, folder, 1, False, _NO_HASHES)  # refuses a name that is a path
    _refuse_existing(target, name, replace)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=target) as staging:
        _write_model(Path(staging), name, folder)
        with _old_files_aside(target, name, Path(staging) / "old"):
            for ending in ENDINGS:
                file = f"{name}{ending}"
                (Path(staging) / file).replace(target / file)
    return AddedModel(target / f"{name}.onnx", folder.emotions, len(channels))


def _refuse_existing(target: Path, name: str, replace: bool) -> None:
    if target.exists() and not target.is_dir():
        raise ModelError(f"{target} is no folder; choose a folder for your own models")
    existing = [f"{name}{ending}" for ending in ENDINGS if (target / f"{name}{ending}").exists()]
    if existing and not replace:
        raise ModelError(
            f"{target} holds {', '.join(existing)} already; ask for them to be replaced, or give "
            "the model another name"
        )


@contextmanager
def _old_files_aside(target: Path, name: str, aside: Path) -> Iterator[None]:
    """Put what is to be replaced aside, and back if the new files do not come."""
    aside.mkdir()
    files = [f"{name}{ending}" for ending in reversed(ENDINGS)]
    moved = []
    try:
        for file in files:
            if (target / file).exists():
                (target / file).replace(aside / file)
                moved.append(file)
        yield
    except BaseException:
        for file in files:
            with suppress(OSError):
                (target / file).unlink(missing_ok=True)
        for file in reversed(moved):
            (aside / file).replace(target / file)
        raise


def _write_model(staging: Path, name: str, folder: Audio2FaceFolder) -> None:
    """Write all files, and load them once as they will be loaded."""
    network = read_bytes(folder.network)
    arrays = _pack(_arrays(folder))
    (staging / f"{name}.onnx").write_bytes(network)
    (staging / f"{name}.npz").write_bytes(arrays)
    hashes = {
        "opset": inspect_model(network, folder.network.name).opset,
        "sha256": hashlib.sha256(network).hexdigest(),
        ARRAYS_SHA256: hashlib.sha256(arrays).hexdigest(),
    }
    contract = _fitting_contract(staging, name, folder, hashes)
    (staging / f"{name}.md").write_text(make_card(contract, folder), "utf-8")


def _fitting_contract(
    staging: Path, name: str, folder: Audio2FaceFolder, hashes: Mapping[str, Any]
) -> ModelContract:
    """Write the contract that the graph agrees with, and try the model once.

    Raises:
        ModelError: none does, or the model does not run.
    """
    first: ContractError | None = None
    for batch, flat in (("batch", False), ("batch", True), (1, False), (1, True)):
        contract = make_contract(name, folder, batch, flat, hashes)
        save_contract(staging / f"{name}.json", contract)
        try:
            session = ModelSession(staging / f"{name}.onnx", _CPU)
        except ContractError as error:
            first = first or error
            continue
        _try_out(session)
        return contract
    raise ModelError(
        f"{folder.network.name} does not fit network_info.json: {first}. Fetch the whole model "
        "again; expected a regression model of Audio2Face-3D v2.3"
    ) from first


def _try_out(session: ModelSession) -> None:
    """One run on silence, whose numbers must be finite and of the promised shape."""
    Audio2FaceNetwork(session)
    feeds = {}
    for spec in session.contract.inputs:
        sizes = [size if isinstance(size, int) else 1 for size in spec.shape]
        feeds[spec.name] = np.zeros(sizes, np.float32)
    session.run(feeds)


def _arrays(folder: Audio2FaceFolder) -> dict[str, NDArray[Any]]:
    arrays = dict(as_arrays("skin", skin_equations(folder), folder.skin_shapes))
    tongue = tongue_equations(folder)
    if tongue is not None and folder.tongue_shapes is not None:
        arrays |= as_arrays("tongue", tongue, folder.tongue_shapes)
    return arrays


def _pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    return packed.getvalue()
