"""The learned policy, opened as the product opens it."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from blender_addon.core.errors import ModelError
from blender_addon.core.inference.session import ModelSession

_MODULE: Final = "blender_addon.core.physics.policy"


def open_policy(path: Path) -> Any:
    """What PhysicsPipeline is given as its policy.

    Raises:
        ModelError: it cannot be loaded, or nothing here runs one.
    """
    try:
        module = import_module(_MODULE)
    except ModuleNotFoundError as error:
        raise ModelError(f"{path.name} cannot be run: there is no {error.name}") from error
    return module.PolicyController(ModelSession(path, ["CPUExecutionProvider"], 1))


def digest_of(path: Path) -> str:
    """Tells a policy from others: its network, and the gains and scales of its contract."""
    told = hashlib.sha256(path.read_bytes())
    contract = path.with_suffix(".json")
    if contract.is_file():
        told.update(contract.read_bytes())
    return told.hexdigest()[:20]
