"""The learned policy, opened as the product opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from blender_addon.core.errors import ModelError


def open_policy(path: Path) -> Any:
    """What PhysicsPipeline is given as its policy.

    Raises:
        ModelError: it cannot be loaded.
    """
    raise ModelError(f"{path.name} cannot be run yet")
