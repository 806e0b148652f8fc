"""Where the model files lie, and how the user wants them run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_ENDING: Final = "ExecutionProvider"
DEFAULT_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
_PACKAGE: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class ModelChoice:
    """How models are found and run.

    Args:
        folder: the user's own models, looked at first; None for the bundled ones alone.
        providers: execution providers, tried in this order.
        threads: for one run; None lets the session decide.
        names: of the models chosen, by task; for other tasks the usual one runs.
    """

    folder: Path | None = None
    providers: tuple[str, ...] = DEFAULT_PROVIDERS
    threads: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)


def model_folders(choice: ModelChoice) -> Iterator[Path]:
    """Where models are looked for, in this order; not all of them exist."""
    if choice.folder is not None:
        yield choice.folder
    yield _PACKAGE / "models"  # in an installed extension
    yield _PACKAGE.parent / "onnx_models"  # in the repository


def parse_providers(text: str) -> tuple[str, ...]:
    """Full provider names from a list such as "CUDA, CPU"."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    return tuple(name.removesuffix(_ENDING) + _ENDING for name in names)
