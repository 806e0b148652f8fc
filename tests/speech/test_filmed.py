"""Measures against filmed faces measure what they are called after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.speech.measures.faces import USUAL, SpokenFace
from backend.speech.measures.filmed import (
    Film,
    as_measured,
    correlations,
    diversity,
    dynamics_deviation,
    film,
    fit_lip_map,
    lag,
    lip_error,
    measure_val,
    nrmse,
    onset_auc,
    pitch_range,
)
from backend.speech.measures.models import MODELS, open_models
from backend.speech.measures.read_aloud import resting
from backend.speech.measures.ridge import Example, RidgeSpeaker, fit_ridge
from backend.speech.teachers.grid import GridClip, GridEntry, Word
from blender_addon.core.conventions import Floats
from blender_addon.core.face.arkit import ARKIT_52

RATE_HZ = 25.0
JAW, PUCKER, BLINK = (ARKIT_52.index(n) for n in ("jawOpen", "mouthPucker", "eyeBlinkLeft"))
WORDS = ("bin", "red", "by", "soon")


def make_clip(seed: int) -> GridClip:
    """Four words; the jaw is shut at the start of those in b, lips follow jaw and pucker."""
    rng = np.random.default_rng(seed)
    times = np.arange(75) / RATE_HZ
    words = tuple(Word(text, 0.6 + 0.4 * n, 1.0 + 0.4 * n) for n, text in enumerate(WORDS))
    curves = np.zeros((75, 52), np.float32)
    curves[:, JAW] = 0.2 + 0.1 * np.sin(9.0 * times + rng.uniform(0, 6)) + 0.01 * rng.random(75)
    curves[:, PUCKER] = 0.1 + 0.1 * np.sin(5.0 * times + rng.uniform(0, 6))
    curves[:, BLINK] = rng.random(75) > 0.9
    for word in words:
        near = np.abs(times - word.start_s) < 0.07
        curves[near, JAW] = 0.02 if word.text[0] == "b" else 0.3
    lips = np.zeros((75, 4), np.float32)
    lips[:, 0] = 0.3 * curves[:, JAW]
    lips[:, 1] = 0.6 - 0.2 * curves[:, PUCKER]
    lips[:, 2] = 0.8 + 0.2 * curves[:, JAW]
    head = 0.05 * np.sin(3.0 * times)[:, None] * (1.0, 0.5, 0.2)
    entry = GridEntry(f"s1_{seed}", "s1", "train", " ".join(WORDS), words)
    waveform = np.repeat(curves[:, JAW], 640).astype(np.float32)
    return GridClip(entry, waveform, times, curves, head, lips)


CLIPS = [make_clip(seed) for seed in range(6)]
LIP_MAP = fit_lip_map(CLIPS)


def with_curves(curves_of: object) -> list[Film]:
    faces = [SpokenFace(curves_of(clip.curves), RATE_HZ, head_rad=clip.head_rad) for clip in CLIPS]
    return [Film(clip, face, LIP_MAP(face.curves)) for clip, face in zip(CLIPS, faces, strict=True)]


def test_the_measured_faces_have_no_faults() -> None:
    films = as_measured(CLIPS, LIP_MAP)
    found = measure_val(films)
    assert found["lve"] == found["fdd"] == 0.0 and found["lag_frames_grid"] == 0
    assert found["jerk_ratio_grid"] == pytest.approx(1.0)
    assert found["grid_val_nrmse"] < 0.35 and found["head_pitch_range"] is None
    assert min(correlations(films, "x").values()) > 0.97
    assert pitch_range(with_curves(lambda curves: curves)) == pytest.approx(1.0)


def test_faces_of_no_motion_score_nothing() -> None:
    still = with_curves(np.zeros_like)
    assert max(correlations(still, "x").values()) == 0.0
    assert nrmse(still) > 0.99 and dynamics_deviation(still) > 0.1


def test_errors_count_where_they_are() -> None:
    blinkless = with_curves(lambda c: np.where(np.arange(52) == BLINK, 0.0, c))
    assert lip_error(blinkless) == 0.0 and dynamics_deviation(blinkless) > 0.1
    wider = with_curves(lambda c: c + 0.1 * (np.arange(52) == JAW))
    assert lip_error(wider) == pytest.approx(0.1) and dynamics_deviation(wider) < 1e-6


@pytest.mark.parametrize("late", [-2, 3])
def test_late_faces_lag(late: int) -> None:
    assert lag(with_curves(lambda curves: np.roll(curves, late, axis=0))) == late


def test_lips_close_at_the_right_words() -> None:
    openings = [clip.lips[:, 0] for clip in CLIPS]
    assert onset_auc(openings, CLIPS) == 1.0
    assert onset_auc([-opening for opening in openings], CLIPS) < 0.2
    wordless = [replace(clip, entry=replace(clip.entry, words=())) for clip in CLIPS]
    assert onset_auc(openings, wordless) is None


class Shaking:
    """The known faces, shaken by as much as the seed says."""

    varies = True

    def network(
        self, waveform: Floats, rate_hz: float, count: int, voice: str = USUAL, seed: int = 0
    ) -> SpokenFace:
        clip = next(clip for clip in CLIPS if clip.waveform is waveform)
        noise = np.random.default_rng(seed).normal(0.0, 0.05, (count, 52))
        return SpokenFace(clip.curves + noise * (np.arange(52) == JAW), rate_hz)


def test_variations_are_measured_by_those_of_the_speaker() -> None:
    varied = diversity(Shaking(), CLIPS, CLIPS)
    assert varied is not None and 0.1 < varied < 2.0
    steady = Shaking()
    steady.varies = False
    assert diversity(steady, CLIPS, CLIPS) == 0.0


def test_ridge_hears_what_opens_the_lips() -> None:
    def hear(waveform: Floats) -> Floats:
        return np.repeat(waveform[::640], 2)[:, None] * np.ones((1, 4), np.float32)

    examples = [
        Example(clip.waveform, clip.times_s, np.column_stack((clip.curves, clip.lips[:, :3])))
        for clip in CLIPS[:-1]
    ]
    speaker = RidgeSpeaker(fit_ridge(examples, hear), hear)
    films = film(speaker, CLIPS[-1:], LIP_MAP, USUAL)
    assert correlations(films, "x")["x_opening_r"] > 0.4
    assert films[0].lips is films[0].face.lips and films[0].face.curves.shape == (75, 52)


def test_a_mouth_rests_in_long_pauses_but_for_breath_and_settling() -> None:
    times = np.arange(400) / 100.0
    rest = times[resting(times, [(0.3, 0.5), (0.9, 1.0), (3.0, 3.6)])]
    assert rest.min() == pytest.approx(1.3) and rest.max() == pytest.approx(2.09)
    assert resting(times, [(1.0, 2.0)])[[0, 5, 50, 150, 229, 231, 399]].tolist() == [
        True, True, False, False, False, True, True,
    ]  # fmt: skip


def test_models_that_are_not_there_are_left_out_with_a_word(tmp_path: Path) -> None:
    speakers, missing = open_models(tmp_path, list(MODELS), None)
    assert not speakers and set(missing) == {"regression", "diffusion", "cnn2017"}
    assert "speech_face_diffusion.onnx" in missing["diffusion"]
