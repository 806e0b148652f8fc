"""The preview made last, for all who show it; lives as long as Blender runs, in no file."""

from __future__ import annotations

from .path_preview import PathPreview

_latest = [PathPreview()]


def latest_preview() -> PathPreview:
    """What is foreseen for the Walk panel."""
    return _latest[0]


def set_preview(preview: PathPreview) -> None:
    """Foresee something else."""
    _latest[0] = preview
