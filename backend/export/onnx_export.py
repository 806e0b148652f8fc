"""Write a torch module as ONNX with its contract, or write nothing.

The files are made in a hidden folder beside their place, loaded from there exactly as the
extension loads them, compared with torch, and only then moved into place.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import warnings
from collections.abc import Collection, Iterator, Mapping, MutableSequence, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from google.protobuf.message import Message
from torch import Tensor, nn

from blender_addon.core.errors import ContractError
from blender_addon.core.inference.contract import ModelContract, save_contract
from blender_addon.core.inference.session import ModelSession

from .halves import rounded, store_halves
from .parity import BATCHES, TOLERANCE, Draw, Parity, draw_normal, prove_parity

# The lowest opset torch's exporter writes without conversion: every onnxruntime since 1.14 runs it.
OPSET = 18

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Args:
        path: the .onnx.
        contract: as saved, with opset and sha256.
        parity: the proof.
        bytes: size of the .onnx.
    """

    path: Path
    contract: ModelContract
    parity: Parity
    bytes: int


def export_module(
    module: nn.Module,
    example_inputs: Mapping[str, Tensor],
    output_names: Sequence[str],
    contract_draft: ModelContract,
    out_path: str | os.PathLike[str],
    *,
    reference: nn.Module | None = None,
    draw: Draw | None = None,
    tolerance: float = TOLERANCE,
    batches: Sequence[int] = BATCHES,
    opset: int = OPSET,
    even: Collection[str] = (),
    halves: bool = False,
) -> ExportReport:
    """Export a module, prove it equals torch, and write ``<name>.onnx`` with ``<name>.json``.

    Args:
        module: its forward takes the inputs in the order given; put into evaluation mode.
        example_inputs: one tensor per input of the draft, in its order; batch 2 or more.
        output_names: names of what forward returns, in the draft's order.
        contract_draft: everything but opset and sha256; its symbolic sizes stay free in the
            graph, e.g. shape ("batch", 342).
        out_path: where the .onnx goes; its stem is the draft's name.
        reference: what to compare with, if the module is derived from another one; likewise.
        draw: inputs for the comparison; None draws them from the normal distribution.
        tolerance: largest absolute difference allowed.
        batches: batch sizes compared.
        opset: version of the standard operators.
        even: symbolic sizes that must be even numbers.
        halves: store large weights as float16; torch is compared with the weights so rounded.

    Returns:
        What was written.

    Raises:
        ContractError: names, shapes or files disagree; nothing was written.
        ModelError: parity fails; nothing was written.
    """
    out_path = Path(out_path)
    _check_names(example_inputs, output_names, contract_draft, out_path)
    out_path.parent.mkdir(parents=True, exist_ok=True)
    module = rounded(module) if halves else module
    with tempfile.TemporaryDirectory(prefix=".export-", dir=out_path.parent) as folder:
        draft_path = Path(folder) / out_path.name
        write_graph(
            module, example_inputs, contract_draft, draft_path, opset, even=even, halves=halves
        )
        contract = complete_contract(contract_draft, draft_path, opset)
        save_contract(draft_path.with_suffix(".json"), contract)
        session = ModelSession(draft_path, ["CPUExecutionProvider"])
        parity = prove_parity(
            reference or module,
            session,
            draw or draw_normal(contract, even=even),
            tolerance=tolerance,
            batches=batches,
        )
        size = draft_path.stat().st_size
        # Between these two moves the pair does not match, and is refused rather than misused.
        draft_path.replace(out_path)
        draft_path.with_suffix(".json").replace(out_path.with_suffix(".json"))
    _log.info("wrote %s, %.1f MB, parity %.1e", out_path, size / 1e6, parity.largest)
    return ExportReport(out_path, contract, parity, size)


def write_graph(
    module: nn.Module,
    example_inputs: Mapping[str, Tensor],
    contract: ModelContract,
    path: str | os.PathLike[str],
    opset: int = OPSET,
    *,
    even: Collection[str] = (),
    halves: bool = False,
) -> None:
    """Write the .onnx alone: weights inside, sizes free where the contract names them.

    Args:
        module, example_inputs, opset: as for export_module.
        contract: names and shapes of inputs and outputs.
        path: the file to write.
        even, halves: as for export_module.
    """
    sizes = {
        size: 2 * torch.export.Dim(f"half_{size}", min=1)
        if size in even
        else torch.export.Dim(size, min=1)
        for spec in contract.inputs
        for size in spec.shape
        if isinstance(size, str)
    }
    dynamic = tuple(
        {axis: sizes[size] for axis, size in enumerate(spec.shape) if isinstance(size, str)}
        for spec in contract.inputs
    )
    with _quiet_exporter():
        program = torch.onnx.export(
            module.eval(),
            tuple(example_inputs.values()),
            input_names=[spec.name for spec in contract.inputs],
            output_names=[spec.name for spec in contract.outputs],
            dynamic_shapes=dynamic,
            opset_version=opset,
            dynamo=True,
            optimize=True,
            verbose=False,
        )
    model = program.model_proto
    if halves:
        store_halves(model)
    _strip_remarks(model)
    Path(path).write_bytes(model.SerializeToString(deterministic=True))


def complete_contract(draft: ModelContract, path: Path, opset: int) -> ModelContract:
    """The draft with the file's SHA-256 and its opset."""
    return replace(draft, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), opset=opset)


def _check_names(
    example_inputs: Mapping[str, Tensor],
    output_names: Sequence[str],
    draft: ModelContract,
    out_path: Path,
) -> None:
    desired = [spec.name for spec in draft.inputs], [spec.name for spec in draft.outputs]
    if (list(example_inputs), list(output_names)) != desired:
        raise ContractError(
            f"the export has inputs {list(example_inputs)} and outputs {list(output_names)}, the "
            f"contract {desired[0]} and {desired[1]}; give both the same names in the same order"
        )
    if out_path.name != f"{draft.name}.onnx":
        raise ContractError(
            f"the contract is for '{draft.name}.onnx', the file to write is '{out_path.name}'; "
            "give both the same name"
        )


def _strip_remarks(message: Message) -> None:
    """Drop what the exporter notes down: it holds paths of this machine, and none of it runs."""
    for field, value in message.ListFields():
        if field.name in ("metadata_props", "doc_string"):
            message.ClearField(field.name)
        elif field.type == field.TYPE_MESSAGE:
            for child in value if isinstance(value, MutableSequence) else [value]:
                _strip_remarks(child)


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Hush the exporter's remarks on packages that are not installed and on its own internals."""
    registry = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = registry.level
    registry.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for category in (DeprecationWarning, FutureWarning):
                warnings.filterwarnings("ignore", category=category, module=r"(torch|onnx|copyreg)")
            warnings.filterwarnings("ignore", message="# The axis name", category=UserWarning)
            yield
    finally:
        registry.setLevel(level)
