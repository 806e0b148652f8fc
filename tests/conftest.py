"""What every test may ask for: data, an empty file, the extension; honest skips."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backend.processes import leave_at_exit

if TYPE_CHECKING:
    import bpy

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # One process for each core: each computes on one thread, and has Blender settings of its own.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    if resources := os.environ.get("BLENDER_USER_RESOURCES"):
        os.environ["BLENDER_USER_RESOURCES"] = str(Path(resources) / worker)

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "onnx_models" / "locomotion_biped.onnx"
DATA_VARIABLE = "NEURAL_MOTION_DATA"
RARE_MARKS = ("smoke", "zip", "gui")
NEEDED_MODULE = {"blender": "bpy", "torch": "torch"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much random tests try."""
    parser.addoption("--sequences", type=int, default=100, metavar="N")
    parser.addoption("--sequence", type=int, default=None, metavar="SEED")
    parser.addoption("--kills", type=int, default=2, help="processes killed amid a batch")
    parser.addoption("--fuzz", type=int, default=2_000, help="mutated inputs in tests/fuzz")
    parser.addoption("--farm-jobs", type=int, default=4, help="jobs while a worker is killed")
    parser.addoption("--fuzz-seed", type=int, default=1, help="which ones")


def pytest_sessionstart(session: pytest.Session) -> None:
    """End when all is reported, whatever of Blender a parameter or a cache keeps alive.

    A shell lets what it starts in its background ignore Ctrl-C, which is among what is tested.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    leave_at_exit(lambda: int(session.exitstatus))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the motion data; a test without it is skipped, a wrong setting is an error."""
    chosen = os.environ.get(DATA_VARIABLE)
    folder = Path(chosen) if chosen else ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    if chosen:
        pytest.fail(f"{DATA_VARIABLE} names {folder}, which is no folder; correct or unset it")
    pytest.skip(f"no motion data at {folder}; set {DATA_VARIABLE} to its folder")


@pytest.fixture(scope="session")
def human(data_dir: Path) -> Path:
    """Folder of the published human body."""
    folder = data_dir / "human"
    if not folder.is_dir():
        pytest.skip("no human body among the data")
    return folder


@pytest.fixture
def scene() -> Iterator[bpy.types.Scene]:
    """An empty file; what a test leaves behind is gone before the next."""
    bpy = pytest.importorskip("bpy")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    yield bpy.context.scene
    bpy.ops.wm.read_factory_settings(use_empty=True)


@pytest.fixture
def addon(scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """An empty file with the extension switched on."""
    import bpy

    import blender_addon

    blender_addon.register()
    yield bpy.context.scene
    blender_addon.unregister()


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model of the repository that walks."""
    if not MODEL.is_file():
        pytest.skip(f"no trained model at {MODEL}")
    return MODEL


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files unread that have none of the few tests that are asked for."""
    mark = config.option.markexpr
    if mark not in RARE_MARKS or collection_path.suffix != ".py":
        return None
    return f"mark.{mark}" not in collection_path.read_text("utf-8") or None


def pytest_collection_finish() -> None:
    """Let torch's exporter read its table of operators once, not anew for every export."""
    if "torch" in sys.modules:
        from torch.onnx._internal.exporter._registration import ONNXRegistry

        ONNXRegistry.from_torchlib = staticmethod(functools.cache(ONNXRegistry.from_torchlib))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked for a module that this environment lacks, saying which."""
    for mark, module in NEEDED_MODULE.items():
        if find_spec(module) is None:
            skip = pytest.mark.skip(reason=f"{module} is not installed in this environment")
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(skip)
