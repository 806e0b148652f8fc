"""A process that does many jobs keeps nothing of a shot for the next."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("bpy")

from blender_addon.cli.batch import worker as workers
from blender_addon.cli.batch.stopping import Stopping
from blender_addon.cli.batch.work import Tools
from blender_addon.cli.batch.worker import Setting, Worker
from blender_addon.core.batch.job import Job, Step
from blender_addon.core.batch.resume import Wishes
from blender_addon.core.batch.state import StateFolder
from blender_addon.core.errors import SoundError
from blender_addon.core.sound import hear
from blender_addon.core.sound.waveform import ArraySound

pytestmark = pytest.mark.blender


@pytest.mark.parametrize("error", [SoundError("nothing is heard"), RuntimeError("unforeseen")])
def test_sounds_are_let_go_of_however_a_job_ends(tmp_path: Path, monkeypatch, error) -> None:
    heard = []

    def listen(*_: object, **__: object) -> None:
        noise = np.random.default_rng(0).normal(0.0, 0.1, 32_000)
        hear.voice_of(ArraySound(noise.astype(np.float32)))
        heard.append(hear._known.bytes)
        raise error

    monkeypatch.setattr(workers, "do_job", listen)
    blend = tmp_path / "shot.blend"
    blend.write_bytes(b"BLENDER")
    job = Job("shot", blend, tmp_path / "out.blend", (Step("speech", ()),))
    events: list = []
    setting = Setting(
        StateFolder(tmp_path / "state"), Wishes(), Tools({}, {}), Stopping(), events.append
    )
    assert Worker(setting, [job]).attempt(job)
    assert events[-1]["state"] == "failed"
    assert heard[0] > 0 and hear._known.bytes == 0
