"""A clean scene for every test, and small armatures, curves and grounds built in code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

bpy = pytest.importorskip("bpy")


@pytest.fixture
def scene() -> Iterator[bpy.types.Scene]:
    """An empty file; what a test leaves behind is gone before the next."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    yield bpy.context.scene
    bpy.ops.wm.read_factory_settings(use_empty=True)


@pytest.fixture
def addon(scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """An empty file with the extension switched on."""
    import blender_addon

    blender_addon.register()
    yield bpy.context.scene
    blender_addon.unregister()
