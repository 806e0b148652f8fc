"""Recordings as heard: variants keep their face in step, batches know what counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.speech.pairs import FACEGOOD, GRID, PHONES, SpeechPair
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.inference.session import ModelSession
from tests.speech.heard_samples import JAW, TONGUE, make_clips
from tests.speech.training_samples import make_pair, swell

torch = pytest.importorskip("torch")

from backend.speech.heard.batches import HeardClips  # noqa: E402
from backend.speech.heard.clips import ENCODER, with_face  # noqa: E402
from backend.speech.heard.variants import make_variant  # noqa: E402
from backend.speech.heard.vectors import WindowedEncoder  # noqa: E402

pytestmark = pytest.mark.torch
SHARES = {GRID: 0.5, FACEGOOD: 0.2, PHONES: 0.3}


def test_the_first_variant_is_the_recording_and_others_are_not() -> None:
    waveform, _ = swell(2.0)
    rng = np.random.default_rng(0)
    plain = make_variant(waveform, 0, rng)
    assert plain.speed == 1.0
    assert np.corrcoef(plain.waveform, waveform)[0, 1] == pytest.approx(1.0)
    other = make_variant(waveform, 1, rng)
    assert len(other.waveform) == pytest.approx(len(waveform) / other.speed, abs=2)
    assert other.speed != 1.0


def test_a_face_goes_as_much_faster_as_its_sound() -> None:
    pair = make_pair("phones_0000", PHONES, seconds=4.0)
    slow = with_face(pair, np.zeros((200, 4), np.float16), 1.0)
    fast = with_face(pair, np.zeros((100, 4), np.float16), 2.0)
    np.testing.assert_allclose(fast.rows[:99, JAW], slow.rows[:198:2, JAW], atol=1e-6)
    assert not fast.known[-3:].any()


def test_the_head_of_a_filmed_face_turns_about_its_middle() -> None:
    times = np.arange(50) / 25
    head = np.tile([0.2, -0.1, 0.05], (50, 1)) + 0.01 * np.sin(times)[:, None]
    pair = SpeechPair(
        "s1_x", np.zeros(32_000, np.float32), times, np.zeros((50, 52), np.float32), GRID,
        np.ones(52, bool), channels=ARKIT_52, head_rad=head, lips=np.zeros((50, 4)),
    )  # fmt: skip
    clip = with_face(pair, np.zeros((100, 4), np.float16), 1.0)
    assert np.abs(np.median(clip.rows[:, -3:], 0)).max() < 1e-3
    assert clip.known[-3:].all()


def test_windows_wherever_they_lie_hear_nearly_the_same() -> None:
    encoder = WindowedEncoder(ModelSession(ENCODER, ["CPUExecutionProvider"]))
    waveform, _ = swell(7.0)
    first = encoder.vectors(waveform).astype(np.float32)
    other = encoder.vectors(waveform, np.random.default_rng(3)).astype(np.float32)
    assert first.shape == other.shape == (351, 384)
    alike = [np.corrcoef(a, b)[0, 1] for a, b in zip(first, other, strict=True)]
    assert np.mean(alike) > 0.8


def test_batches_leave_out_what_a_teacher_does_not_know() -> None:
    data = HeardClips(make_clips(), {GRID: 0.0, FACEGOOD: 1.0, PHONES: 0.0})
    batch = data.draw(8, 60, np.random.default_rng(0))
    assert (batch.weights[..., TONGUE] == 0).all()
    assert (batch.weights[..., -6:] == 0).all()
    assert (batch.weights[..., JAW] > 0).all()
    assert {data.sessions[n] for n in batch.session} <= {"facegood_1114_2", "facegood_1114_3"}


def test_a_clip_shorter_than_a_segment_counts_only_where_it_is() -> None:
    data = HeardClips(make_clips(), SHARES)
    batch = data.draw(6, 400, np.random.default_rng(0))
    assert (batch.weights[:, 200:] == 0).all()
    assert (batch.vectors[:, 200:] == 0).all()


def test_an_encoder_that_is_shipped_is_the_one_that_trains() -> None:
    assert Path(ENCODER).is_file()
