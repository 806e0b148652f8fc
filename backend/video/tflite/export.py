"""``export video --model detector|landmarks_full|landmarks_lite``: from TensorFlow Lite to ONNX."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
import numpy as np

from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import ModelContract, save_contract
from blender_addon.core.inference.session import ModelSession

from .convert import to_onnx
from .networks import PACKAGE, PACKAGE_VERSION, PoseNetwork
from .onnx_builder import OPSET
from .schema import read_tflite, whole_file

PREPARED: Final = Path(".build/video/networks")
"""Where ``prepare video`` puts the package's files."""
_BATCHES: Final = (1, 3)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        path: the .onnx.
        contract: as saved beside it.
        bytes: size of the .onnx.
    """

    path: Path
    contract: ModelContract
    bytes: int


def export(network: PoseNetwork, tflite: Path, out: Path) -> Exported:
    """Convert a network and write ``<model>.onnx`` with ``<model>.json``, or nothing.

    Args:
        network: which one it is to be.
        tflite: the file as published.
        out: folder to write to; is made.

    Raises:
        InputError: the file is missing, cut short, or no TensorFlow Lite model that is known here.
        ContractError: it is another network: its tensors are not what this one promises.
    """
    graph = read_tflite(tflite)
    sha256 = hashlib.sha256(tflite.read_bytes()).hexdigest()
    if sha256 != network.sha256:
        _log.warning(
            "%s is not the file %s of %s %s; what it was trained on is not known",
            tflite, network.file, PACKAGE, PACKAGE_VERSION,
        )  # fmt: skip
    with whole_file(tflite):
        model = to_onnx(graph, network.model, network.picture.name, network.output_names)
    data = model.SerializeToString(deterministic=True)
    digest = hashlib.sha256(data).hexdigest()
    contract = replace(network.draft(sha256), opset=OPSET, sha256=digest)
    path = out / f"{network.model}.onnx"
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=out) as folder:
        draft = Path(folder) / path.name
        draft.write_bytes(data)
        save_contract(draft.with_suffix(".json"), contract)
        _try(draft, network)
        # Between these two moves the pair does not match, and is refused rather than misused.
        draft.replace(path)
        draft.with_suffix(".json").replace(path.with_suffix(".json"))
    return Exported(path, contract, len(data))


def _try(path: Path, network: PoseNetwork) -> None:
    """Open the model as the extension does, and run it on noise: shapes and numbers are checked."""
    session = ModelSession(path, ["CPUExecutionProvider"])
    draw = np.random.default_rng(0)
    height, width, channels = (int(size) for size in network.picture.shape[1:])
    for batch in _BATCHES:
        picture = draw.random((batch, height, width, channels), dtype=np.float32)
        session.run({network.picture.name: picture})


def export_command(network: PoseNetwork) -> click.Command:
    """The command that exports one network."""

    @click.command()
    @click.option("--tflite", type=click.Path(path_type=Path, dir_okay=False),
                  help=f"{network.file} of {PACKAGE} {PACKAGE_VERSION}; else as 'prepare video' "
                  "fetched it.")  # fmt: skip
    @click.option("--out", type=click.Path(path_type=Path), default=Path("onnx_models"))
    def command(tflite: Path | None, out: Path) -> None:
        """Convert a network of BlazePose from TensorFlow Lite to ONNX."""
        if tflite is None and not (PREPARED / network.file).is_file():
            raise InputError(
                f"{PREPARED / network.file} is missing; run 'prepare video' first, or give "
                "--tflite FILE"
            )
        done = export(network, tflite or PREPARED / network.file, out)
        click.echo(f"{done.path}: {done.bytes / 1e6:.2f} MB, sha256 {done.contract.sha256}")

    return command
