"""What the tests of the panel share: an animal goes without a network."""

from __future__ import annotations

import pytest

from tests.quadruped.scene.animals import Trotter


@pytest.fixture
def trotter(monkeypatch) -> Trotter:
    """Instead of a network."""
    from blender_addon.capabilities.quadruped import job as quadruped_job

    made, run = Trotter(("a gallop is granted",)), quadruped_job.run_together
    for module in ("job", "herd.scene"):
        name = f"blender_addon.capabilities.quadruped.{module}.run_together"
        monkeypatch.setattr(name, lambda jobs, told=None, _pipeline=None: run(jobs, told, made))
    return made
