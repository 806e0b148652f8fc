"""The network that moves a mesh of its own: a regression whose curves are amounts of shapes.

Inputs and outputs are those of the kind ``regression``; ``curves (batch, frames, K)`` say how much
of each shape of a basis is shown. Settings besides: ``basis_sha256`` of ``<name>.npz`` beside the
model (core/face/mesh_basis.py), and ``basis_vertices``, how many vertices its mesh has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ...errors import ContractError
from ...face.mesh_basis import MAX_COMPONENTS, MeshBasis, load_basis
from ...inference.contract import ModelContract
from ...inference.settings import SettingsReader
from ...jobs import Runner
from .regression import RegressionLayout, RegressionNetwork, read_regression_layout

KIND: Final = "vertices"
MAX_VERTICES: Final = 5_000_000
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class BasisFacts:
    """What a contract says of its basis.

    Args:
        sha256: of the file.
        vertex_count: V, of the mesh.
        channels: names of the K amounts.
    """

    sha256: str
    vertex_count: int
    channels: tuple[str, ...]


def read_basis_facts(contract: ModelContract) -> BasisFacts | None:
    """What a contract says of the basis of its mesh; None of a model of another kind.

    Raises:
        ContractError: it is of this kind, and does not say what it must.
    """
    if contract.settings.get("kind") != KIND:
        return None
    settings = SettingsReader(contract)
    channels = settings.names("channels", count=contract.output("curves").shape[-1])
    sha256 = contract.setting("basis_sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise settings.wrong("basis_sha256", "64 lower-case hex digits", sha256)
    if len(channels) > MAX_COMPONENTS:
        raise settings.wrong("channels", f"{MAX_COMPONENTS} names at most", len(channels))
    return BasisFacts(sha256, settings.integer("basis_vertices", 1, MAX_VERTICES), channels)


def open_basis(model: Path, facts: BasisFacts) -> MeshBasis:
    """The basis beside a model.

    Args:
        model: its .onnx.
        facts: from its contract.

    Raises:
        ContractError: it is missing, damaged, or not as the contract says.
    """
    basis = load_basis(model.with_suffix(".npz"), facts.sha256)
    found, expected = (basis.size, basis.vertex_count), (len(facts.channels), facts.vertex_count)
    if found != expected:
        raise ContractError(
            f"the basis of '{model.stem}' has (shapes, vertices) {found}, its contract says "
            f"{expected}; export the model again"
        )
    return basis


def read_vertices_layout(contract: ModelContract) -> RegressionLayout:
    """Check a contract of this kind.

    Raises:
        ContractError: the model is not of this kind, or does not say what it must.
    """
    read_basis_facts(contract)
    return replace(read_regression_layout(contract, known=None), moves_head=False)


def open_vertices(session: Runner) -> RegressionNetwork:
    """The network of a loaded model: it speaks as a regression does, in amounts of shapes.

    Raises:
        ContractError: as ``read_vertices_layout``.
    """
    return RegressionNetwork(session, read_vertices_layout(session.contract))
