"""Latents for a map: windows of every clip, evenly, and what is alike near."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.editing.map.pipeline import MapPipeline, choose_hop, windows_of
from blender_addon.core.errors import Cancelled, ContractError, InputError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.resample import resample_clip
from tests.editing.vary.motions import MODELS, waving
from tests.shared.core.motion_samples import stepping_clip


@pytest.fixture(scope="module")
def encoder():
    return ModelSession(MODELS / "motion_prior.onnx", ["CPUExecutionProvider"], 1)


def test_every_clip_has_windows_that_know_where_they_are(encoder):
    clips = [stepping_clip(300, 60.0), waving(40), stepping_clip(1, 30.0), waving(200, 120.0)]
    found = MapPipeline(encoder).latents(clips)
    assert set(found.clip_index.tolist()) == {0, 1, 2, 3}
    assert found.latents.shape == (len(found.clip_index), 48)
    assert np.isfinite(found.latents).all()
    for index, start in zip(found.clip_index, found.start_frame, strict=True):
        assert 0 <= start < clips[index].frame_count
    starts = found.start_frame[found.clip_index == 0]
    assert starts.tolist() == [0, 60, 120, 180]  # at 60 Hz, two seconds before the end


def test_what_is_alike_is_near(encoder):
    clips = [waving(90), waving(95), stepping_clip(90, 30.0), stepping_clip(95, 30.0)]
    found = MapPipeline(encoder).latents(clips)
    first = [found.latents[found.clip_index == n][0] for n in range(4)]
    gap = np.linalg.norm(np.array(first)[:, None] - np.array(first), axis=-1)
    assert gap[0, 1] < 0.3 * gap[0, 2] and gap[2, 3] < 0.3 * gap[1, 3]


def test_the_rate_does_not_count(encoder):
    clip = stepping_clip(61, 30.0)
    slow, fast = MapPipeline(encoder).latents([clip, resample_clip(clip, 60.0)]).latents[[0, -1]]
    assert np.linalg.norm(slow - fast) < 0.2 * np.linalg.norm(slow)


def test_many_windows_are_thinned_evenly():
    durations = [10.0] * 300 + [600.0]
    hop = choose_hop(durations, 1000)
    counts = [len(windows_of(stepping_clip(round(30 * s) + 1, 30.0), hop)[1]) for s in (10, 60)]
    assert counts[0] >= 1 and counts[1] > 4 * (counts[0] - 1)
    assert choose_hop([10.0] * 5, 1000) == 30
    assert choose_hop([1.0] * 2000, 1000) == 30  # one of each is the least
    assert choose_hop([4.0] * 600, 1000) == 0  # two of each are too many
    windows, starts = windows_of(stepping_clip(121, 30.0), 0)
    assert windows.shape[0] == 1 and starts.tolist() == [30]


def test_progress_cancels_and_nothing_is_refused(encoder):
    pipeline = MapPipeline(encoder)
    with pytest.raises(Cancelled):
        pipeline.latents([waving(90)] * 4, lambda share: share < 0.3)
    with pytest.raises(InputError, match="at least one motion"):
        pipeline.latents([])


def test_another_model_is_refused():
    decoder = ModelSession(MODELS / "motion_prior_decoder.onnx", ["CPUExecutionProvider"], 1)
    with pytest.raises(ContractError, match="motion_prior"):
        MapPipeline(decoder)
