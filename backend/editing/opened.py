"""Every edit as the product makes it, with the networks of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from blender_addon.core.editing.clean.pipeline import CleanPipeline
from blender_addon.core.editing.fill.pipeline import FillPipeline
from blender_addon.core.editing.follow.pipeline import FollowPipeline
from blender_addon.core.editing.map.pipeline import MapPipeline
from blender_addon.core.editing.restyle.pipeline import RestylePipeline
from blender_addon.core.editing.vary.pipeline import VaryPipeline
from blender_addon.core.errors import ModelError
from blender_addon.core.inference.session import ModelSession

from .networks import CLEANER, FILLER, MANIFOLD, PRIOR

_MANIFOLD: Final = (MANIFOLD, f"{MANIFOLD}_decoder", f"{MANIFOLD}_gradient")


def open_fill(models: Path) -> FillPipeline:
    """Fill; of these all, a ``ModelError`` says which network the folder lacks."""
    return FillPipeline(*_sessions(models, FILLER))


def open_clean(models: Path) -> CleanPipeline:
    """Clean; without its network, which is optional, by the filter and the filler alone."""
    there = (models / f"{CLEANER}.onnx").is_file()
    return CleanPipeline(open_fill(models), _sessions(models, CLEANER)[0] if there else None)


def open_restyle(models: Path) -> RestylePipeline:
    """Restyle."""
    return RestylePipeline(*_sessions(models, *_MANIFOLD))


def open_follow(models: Path) -> FollowPipeline:
    """Follow."""
    return FollowPipeline(*_sessions(models, *_MANIFOLD, f"{MANIFOLD}_control"))


def open_vary(models: Path) -> VaryPipeline:
    """Vary."""
    return VaryPipeline(*_sessions(models, PRIOR, f"{PRIOR}_decoder"))


def open_map(models: Path) -> MapPipeline:
    """Map."""
    return MapPipeline(*_sessions(models, PRIOR))


def _sessions(models: Path, *names: str) -> list[ModelSession]:
    missing = [name for name in names if not (models / f"{name}.onnx").is_file()]
    if missing:
        raise ModelError(
            f"{models} lacks {', '.join(f'{name}.onnx' for name in missing)}; give the folder of "
            "the networks, or export them"
        )
    return [ModelSession(models / f"{name}.onnx", ("CPUExecutionProvider",)) for name in names]
