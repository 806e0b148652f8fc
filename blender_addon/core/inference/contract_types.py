"""What a model promises, as value objects; contract.py reads and writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

from ..errors import ContractError
from ..motion.skeleton import Skeleton
from .layout import Layout

DTYPES: Final = ("float32", "float16", "float64", "int64", "int32", "uint8", "int8", "bool")
IN_GRAPH: Final = "in_graph"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class TensorSpec:
    """One input or output of a model.

    Args:
        name: as in the graph.
        shape: sizes; a name such as "batch" stands for a size free to choose, the same one
            wherever the name is repeated.
        dtype: one of ``DTYPES``.
        unit: unit or meaning of the numbers, e.g. "m", "mixed, see layout".
        layout: named slices [start, stop) of the last axis.

    Raises:
        ContractError: a size, dtype or slice makes no sense.
    """

    name: str
    shape: tuple[int | str, ...]
    dtype: str = "float32"
    unit: str = ""
    layout: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name or self.dtype not in DTYPES:
            raise ContractError(
                f"tensor '{self.name}' needs a name and a dtype of {', '.join(DTYPES)}; "
                f"found '{self.dtype}'; correct the contract"
            )
        for size in self.shape:
            if (isinstance(size, int) and size < 1) or size == "":
                raise ContractError(
                    f"tensor '{self.name}' has shape {self.shape}; every size must be at least 1 "
                    "or a name such as 'batch'; correct the contract"
                )
        for part, (start, stop) in self.layout.items():
            last = self.shape[-1] if self.shape else 0
            if not (isinstance(last, int) and 0 <= start < stop <= last):
                raise ContractError(
                    f"slice '{part}' [{start}, {stop}) of tensor '{self.name}' does not fit its "
                    f"last axis of {last}; correct the layout in the contract"
                )

    def part(self, name: str) -> slice:
        """Slice of the last axis by its name; ContractError if the layout lacks it."""
        if name not in self.layout:
            raise ContractError(
                f"tensor '{self.name}' has no part '{name}'; it has {', '.join(self.layout)}; "
                "use a model made for this task"
            )
        return slice(*self.layout[name])


@dataclass(frozen=True)
class DataSource:
    """Data a model was trained on."""

    name: str
    licence: str
    attribution: str


@dataclass(frozen=True)
class TrainingRecord:
    """The commit and the command that made the weights."""

    commit: str
    command: str


@dataclass(frozen=True, eq=False)
class ModelContract:
    """Everything a model promises.

    Args:
        name: file name without its ending; letters, digits, ``_ - .`` only.
        task: what it does, e.g. "locomotion".
        inputs, outputs: its tensors.
        skeleton: rest skeleton of the motion it makes, metres; None if it makes none.
        frame_rate_hz: frames per second it was trained at.
        training, data, weights_licence: where it comes from and how it may be used.
        normalisation: "in_graph", or an object with the numbers to apply outside.
        opset: version of the standard ONNX operators.
        sha256: of the .onnx file, 64 hex digits; "" only in a draft not yet exported.
        metrics: figures as measured.
        settings: what the task's pipeline needs to know (gaits, sample times, styles).

    Raises:
        ContractError: a field makes no sense.
    """

    name: str
    task: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    skeleton: Skeleton | None
    frame_rate_hz: float
    training: TrainingRecord
    data: tuple[DataSource, ...]
    weights_licence: str
    normalisation: Literal["in_graph"] | Mapping[str, Any] = IN_GRAPH
    opset: int = 0
    sha256: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _PLAIN_NAME.fullmatch(self.name):
            raise ContractError(
                f"model name '{self.name}' must be a plain file name of letters, digits, '_', '-' "
                "and '.', never a path; rename the model"
            )
        for what, specs in (("input", self.inputs), ("output", self.outputs)):
            names = [spec.name for spec in specs]
            if not names or len(set(names)) != len(names):
                raise ContractError(f"{what}s need distinct names and at least one; found {names}")
        if not (np.isfinite(self.frame_rate_hz) and self.frame_rate_hz > 0):
            raise ContractError(f"frame rate must be above 0 Hz; found {self.frame_rate_hz}")
        if self.sha256 and not _SHA256.fullmatch(self.sha256):
            raise ContractError(f"sha256 must be 64 lower-case hex digits; found '{self.sha256}'")

    def input(self, name: str) -> TensorSpec:
        """An input by name; ContractError if there is none."""
        return _find(self.inputs, name, "input", self.name)

    def output(self, name: str) -> TensorSpec:
        """An output by name; ContractError if there is none."""
        return _find(self.outputs, name, "output", self.name)

    def setting(self, key: str) -> Any:
        """A task-specific setting; ContractError if there is none."""
        if key not in self.settings:
            raise ContractError(
                f"{self.name}.json: settings lack '{key}', which '{self.task}' needs; "
                f"found {', '.join(self.settings) or 'none'}; add it to the contract"
            )
        return self.settings[key]

    def require_task(self, task: str) -> None:
        """ContractError unless the model is made for ``task``."""
        if self.task != task:
            raise ContractError(
                f"model '{self.name}' is made for '{self.task}', needed is one for '{task}'; "
                "choose another model"
            )

    def require_frame_rate(self, rate_hz: float) -> None:
        """ContractError unless the model was trained at ``rate_hz``, at which it is stepped."""
        if self.frame_rate_hz != rate_hz:
            raise ContractError(
                f"model '{self.name}' was trained at {self.frame_rate_hz:g} Hz; '{self.task}' runs "
                f"at {rate_hz:g} Hz. Correct frame_rate_hz in its contract, or choose another model"
            )

    def require_layout(self, spec: TensorSpec, layout: Layout) -> None:
        """ContractError unless one of the model's tensors is laid out as ``layout``."""
        if dict(spec.layout) != layout.as_contract():
            raise ContractError(
                f"'{spec.name}' of model '{self.name}' is laid out as {dict(spec.layout)}; "
                f"expected {layout.as_contract()}. Use a model exported for this version"
            )

    def require_skeleton(self, skeleton: Skeleton, tolerance_m: float = 1e-3) -> None:
        """Check that the model moves this skeleton: same joints, parents and rest offsets.

        Args:
            skeleton: the skeleton the code is written for.
            tolerance_m: largest difference of a rest offset, metres.

        Raises:
            ContractError: it moves none, or another one.
        """
        mine = self.skeleton
        if mine is None:
            difference = "its contract gives none"
        elif mine.names != skeleton.names:
            strange = sorted(set(mine.names) ^ set(skeleton.names)) or "another joint order"
            difference = f"its {mine.joint_count} joints differ: {strange}"
        elif not np.array_equal(mine.parents, skeleton.parents):
            difference = "a joint has another parent"
        elif not np.allclose(mine.offsets, skeleton.offsets, rtol=0.0, atol=tolerance_m):
            worst = float(np.abs(mine.offsets - skeleton.offsets).max())
            difference = f"a rest offset differs by {worst:.3f} m"
        else:
            return
        raise ContractError(
            f"model '{self.name}' does not move the skeleton needed here: {difference}; expected "
            f"the {skeleton.joint_count} joints {', '.join(skeleton.names)}; choose another model"
        )


def _find(specs: tuple[TensorSpec, ...], name: str, what: str, model: str) -> TensorSpec:
    for spec in specs:
        if spec.name == name:
            return spec
    raise ContractError(
        f"model '{model}' has no {what} '{name}'; it has {', '.join(s.name for s in specs)}; "
        "choose a model made for this task"
    )
