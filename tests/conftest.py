"""What every test may ask for: the motion data, and honest skips where a module is missing."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA_VARIABLE = "NEURAL_MOTION_DATA"
NEEDED_MODULE = {"blender": "bpy", "torch": "torch"}


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked for a module that this environment lacks, saying which."""
    for mark, module in NEEDED_MODULE.items():
        if find_spec(module) is None:
            skip = pytest.mark.skip(reason=f"{module} is not installed in this environment")
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(skip)
