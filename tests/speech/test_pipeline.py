"""Sound in, face out: the same however it is cut, in step, and every stage can be switched off."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, ContractError, SettingsError, SoundError
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.inference.session import ModelSession, open_session
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.expressions import EXPRESSIONS
from blender_addon.core.speech.networks.opening import read_layout
from blender_addon.core.speech.networks.waveform import WaveformNetwork
from blender_addon.core.speech.pipeline import SpeechFacePipeline, SpeechRequest
from tests.speech.contract_samples import CHANNELS, babble, make_speech_contract
from tests.speech.samples import write_speech_model

SHIPPED = Path(__file__).resolve().parents[2] / "onnx_models" / "speech_face_2017.onnx"


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    return ModelSession(write_speech_model(tmp_path_factory.mktemp("model")), threads=1)


@pytest.fixture(scope="module")
def pipeline(session):
    return SpeechFacePipeline(session)


def request(sound=None, rate=30.0, **settings):
    plain = {"upper_face": False, "lip_closure": False, **settings}
    return SpeechRequest(sound or babble(), rate, **plain)


@pytest.mark.parametrize("window_s", [0.05, 1.0, 2.7, 60.0])
@pytest.mark.parametrize("rate", [24.0, 23.976, 60.0])
def test_the_result_does_not_depend_on_the_windows(session, window_s, rate):
    whole = SpeechFacePipeline(session).generate(request(rate=rate, start_s=-0.3))
    cut = SpeechFacePipeline(WaveformNetwork(session, window_s)).generate(
        request(rate=rate, start_s=-0.3)
    )
    assert np.allclose(cut.clip.weights, whole.clip.weights, atol=1e-6)
    assert np.ptp(whole.clip.channel("jawOpen")) > 0.2


def test_frames_are_in_step_with_the_sound(pipeline):
    click = np.zeros(32_000, np.float32)
    click[16_000:17_600] = 0.4  # from 1.0 to 1.1 s
    for rate in (24.0, 29.97, 60.0):
        jaw = pipeline.generate(request(ArraySound(click), rate)).clip.channel("jawOpen")
        onset = int(np.argmax(jaw > 0.3)) / rate
        assert abs(onset - 1.0) <= 0.033 + 1 / rate
    late = pipeline.generate(request(ArraySound(click), 60.0, offset_s=0.5)).clip
    early = pipeline.generate(request(ArraySound(click), 60.0, offset_s=-0.5)).clip
    assert np.allclose(late.weights[60:], early.weights[:-60], atol=1e-6)


def test_a_part_is_the_part_of_the_whole(pipeline):
    whole = pipeline.generate(request()).clip
    part = pipeline.generate(request(start_s=2.0, duration_s=1.5)).clip
    assert (whole.frame_count, part.frame_count) == (8 * 30 + 1, 46)
    assert np.allclose(part.weights, whole.weights[60:106], atol=1e-6)


@pytest.mark.parametrize("change_db", [-30.0, -10.0, 12.0])
def test_loudness_of_the_recording_does_not_matter(pipeline, change_db):
    voice = babble().read(0, 128_000)
    usual = pipeline.generate(request(ArraySound(voice))).clip.weights
    changed = ArraySound(voice * 10 ** (change_db / 20))
    assert np.allclose(pipeline.generate(request(changed)).clip.weights, usual, atol=0.01)


def test_channels_and_range(pipeline):
    clip = pipeline.generate(request(strength=3.0)).clip
    assert clip.channels == CHANNELS == pipeline.channels
    assert clip.weights.dtype == np.float32
    assert clip.weights.min() == 0
    assert clip.weights.max() == 1


def test_styles_lead_away_from_the_usual_one(pipeline):
    assert pipeline.styles == ("usual", "strong", "pressed")
    usual = pipeline.generate(request()).clip
    same = pipeline.generate(request(style={"usual": 1.0, "strong": 0.0})).clip
    assert np.array_equal(same.weights, usual.weights)
    ramp = np.linspace(0.0, 1.0, usual.frame_count)
    strong = pipeline.generate(request(style={"strong": ramp})).clip
    assert np.allclose(
        strong.channel("jawOpen"), np.clip((1 + ramp) * usual.channel("jawOpen"), 0, 1), atol=1e-5
    )
    with pytest.raises(SettingsError, match="has no style 'angry'; it has usual, strong, pressed"):
        pipeline.generate(request(style={"angry": 1.0}))
    with pytest.raises(SettingsError, match="style 'strong' must be one number or one for each"):
        pipeline.generate(request(style={"strong": np.zeros(7)}))


def test_strength_over_time_and_smoothing(pipeline):
    usual = pipeline.generate(request()).clip.channel("jawOpen")
    half = pipeline.generate(request(strength=np.full(len(usual), 0.5))).clip.channel("jawOpen")
    assert np.allclose(half, 0.5 * usual, atol=1e-6)
    smooth = pipeline.generate(request(smoothing_s=0.1)).clip.channel("jawOpen")
    assert np.abs(np.diff(smooth, 2)).max() < 0.3 * np.abs(np.diff(usual, 2)).max()
    assert smooth.mean() == pytest.approx(usual.mean(), rel=0.05)


def test_expressions_are_laid_over(pipeline):
    usual = pipeline.generate(request()).clip
    smiling = pipeline.generate(request(expressions={"smile": 0.5, "anger": 0.0})).clip
    assert np.allclose(smiling.channel("mouthSmileLeft"), 0.35)
    assert np.allclose(smiling.channel("jawOpen"), usual.channel("jawOpen"))
    assert "browDownLeft" not in smiling.channels
    with pytest.raises(SettingsError, match="no expression is called 'bliss'"):
        pipeline.generate(request(expressions={"bliss": 1.0}))
    for shapes in EXPRESSIONS.values():
        assert set(shapes) <= set(ARKIT_52)
        assert 0 < min(shapes.values()) <= max(shapes.values()) <= 1


def test_the_upper_face_is_a_layer_of_its_own(pipeline):
    plain = pipeline.generate(request())
    lively = pipeline.generate(request(upper_face=True))
    again = pipeline.generate(request(upper_face=True))
    other = pipeline.generate(request(upper_face=True, seed=1))
    unblinking = pipeline.generate(request(upper_face=True, blinks=False))
    for name in CHANNELS:
        assert np.array_equal(lively.clip.channel(name), plain.clip.channel(name))
    assert lively.clip.channel("eyeBlinkLeft").max() > 0.9
    assert np.ptp(lively.head_offset_rad[:, 1]) > 0.01
    assert not plain.head_offset_rad.any()
    assert np.array_equal(again.clip.weights, lively.clip.weights)
    assert not np.array_equal(other.clip.weights, lively.clip.weights)
    assert not unblinking.clip.channel("eyeBlinkLeft").any()
    assert np.array_equal(
        unblinking.clip.channel("browInnerUp"), lively.clip.channel("browInnerUp")
    )


def test_lips_are_closed_where_they_are_pressed(pipeline):
    frames = request().frame_count
    press = np.zeros(frames)
    press[50:53] = (0.5, 1.0, 0.5)
    settings = {"style": {"pressed": press}, "sound": babble()}
    with_it = pipeline.generate(request(**settings, lip_closure=True)).clip
    without = pipeline.generate(request(**settings)).clip
    assert not without.channel("mouthClose").any()
    assert with_it.channel("mouthClose")[51] == with_it.channel("jawOpen")[51] > 0
    assert not with_it.channel("mouthClose")[:45].any()


def test_progress_is_told_and_heeded(pipeline):
    told = []
    pipeline.generate(request(babble(30.0)), on_progress=lambda part: told.append(part) or True)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 6
    with pytest.raises(Cancelled):
        pipeline.generate(request(), on_progress=lambda part: part < 0.5)


def test_odd_sounds(pipeline):
    silent = pipeline.generate(request(ArraySound(np.zeros(16_000))))
    assert not silent.clip.weights.any()
    assert "nothing is heard" in silent.warnings[0]
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, 16_000)
    assert not pipeline.generate(request(ArraySound(noise), upper_face=True)).warnings
    clipped = np.clip(noise * 5, -1, 1)
    assert "clipped" in pipeline.generate(request(ArraySound(clipped))).warnings[0]
    tiny = pipeline.generate(request(ArraySound(np.ones(3)), upper_face=True))
    assert tiny.clip.frame_count == 1
    with pytest.raises(SoundError, match="no length"):
        pipeline.generate(request(ArraySound(np.zeros(0))))
    beyond = pipeline.generate(request(start_s=100.0, duration_s=1.0, upper_face=True))
    assert beyond.clip.frame_count == 31


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frame_rate_hz": 0.0}, "frame rate"),
        ({"frame_rate_hz": float("nan")}, "frame rate"),
        ({"smoothing_s": -0.1}, "smoothing"),
        ({"smoothing_s": 5.0}, "smoothing"),
        ({"strength": -1.0}, "strength"),
        ({"strength": np.array([1.0, np.nan])}, "strength"),
        ({"offset_s": 60.0}, "offset"),
        ({"duration_s": -1.0}, "duration"),
    ],
)
def test_settings_out_of_range(pipeline, change, message):
    with pytest.raises(SettingsError, match=message):
        pipeline.generate(replace(request(), **change))


@pytest.mark.parametrize(
    "change",
    [
        {"channels": None},
        {"channels": list(CHANNELS[:4])},
        {"channels": ["jawOpen"] * 5},
        {"channels": [*CHANNELS[:4], "mouthWobble"]},
        {"channels": 5},
        {"styles": None},
        {"styles": {}},
        {"styles": {"usual": [0.0]}},
        {"styles": {"usual": [0.0, "x"]}},
        {"styles": [[0.0, 0.0]]},
        {"context_s": -1},
        {"level_db": 3},
        {"grid_samples": "many"},
    ],
)
def test_a_contract_that_says_too_little(change):
    with pytest.raises(ContractError, match="speech_face"):
        read_layout(make_speech_contract(**change))


def test_another_model_is_refused():
    contract = make_speech_contract()
    with pytest.raises(ContractError, match="made for 'locomotion'"):
        read_layout(replace(contract, task="locomotion"))
    with pytest.raises(ContractError, match="expected waveform"):
        read_layout(replace(contract, inputs=contract.inputs[:2]))


class Endless:
    """A sound of any length that takes no memory."""

    sample_rate_hz = 16_000

    def __init__(self, duration_s):
        self.duration_s = duration_s

    def read(self, start, count):
        times = np.arange(start, start + count) / 16_000
        return (0.3 * np.sin(2 * np.pi * 150 * times) * (times % 3 < 2)).astype(np.float32)


def test_memory_grows_with_the_result_alone(pipeline):
    def spare(seconds):
        tracemalloc.start()
        result = pipeline.generate(request(Endless(seconds), 24.0, upper_face=True))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - result.clip.weights.nbytes - result.spoken.bytes

    short, long = spare(60), spare(360)
    # Six times the sound; prosody at 100 Hz and one copy of the result are all that may grow.
    assert long - short < 300 * (100 * 200 + 24 * 10 * 4 * 8)
    assert long < 30e6


@pytest.mark.skipif(not SHIPPED.is_file(), reason="no trained speech model here")
def test_the_shipped_model_speaks():
    pipeline = SpeechFacePipeline(open_session(SHIPPED, threads=1))
    clip = pipeline.generate(SpeechRequest(babble(), 30.0)).clip
    assert {"jawOpen", "mouthClose"} <= set(clip.channels)
    assert np.ptp(clip.channel("jawOpen")) > 0.05
    cut = SpeechFacePipeline(WaveformNetwork(open_session(SHIPPED, threads=1), 1.0))
    assert np.allclose(
        cut.generate(SpeechRequest(babble(), 30.0)).clip.weights, clip.weights, atol=1e-4
    )
    silent = pipeline.generate(request(ArraySound(np.zeros(32_000)))).clip
    assert silent.weights.max() < 0.25
