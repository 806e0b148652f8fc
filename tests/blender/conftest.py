"""A clean scene for every test, and small armatures, curves and grounds built in code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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


MODEL = Path(__file__).resolve().parents[2] / "onnx_models" / "locomotion_biped.onnx"


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model of the repository."""
    if not MODEL.is_file():
        pytest.skip(f"no trained model at {MODEL}")
    return MODEL
