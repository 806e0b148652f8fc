"""The timeline's markers."""

from __future__ import annotations

import bpy


def markers_of(scene: bpy.types.Scene) -> list[tuple[int, str]]:
    """Frame and name of each marker, by frame."""
    return sorted((marker.frame, marker.name) for marker in scene.timeline_markers)
