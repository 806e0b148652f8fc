"""A face from what is heard: rest and breath, phones, a learned brow and head, odd sounds."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, ModelError
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.notes import Note
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.head import MARGIN_S, nods_of
from blender_addon.core.speech.layout import SpeechLayout
from blender_addon.core.speech.networks.protocol import SpokenCurves
from blender_addon.core.speech.phones import HeardPhone
from blender_addon.core.speech.pipeline import SpeechFacePipeline, SpeechRequest
from tests.speech.contract_samples import babble
from tests.speech.learned_samples import Ears, phone_chances, write_learned_model

RATE = 30.0
NAMES = ("jawOpen", "mouthClose", "mouthFunnel", "browInnerUp", "browDownLeft", "eyeBlinkLeft",
         "eyeLookUpLeft")  # fmt: skip


class Steady:
    """A network whose face is the same all the time, nodding fast and turning slowly."""

    def __init__(self, **changes):
        self.layout = SpeechLayout(
            style_names=("usual",), style_vectors=np.zeros((1, 1), np.float32),
            **{"channels": NAMES, "needs_hearing": True, "moves_head": True, **changes},
        )  # fmt: skip
        self.asked, self.options = None, None

    def speak(self, heard, times_s, style, options, progress):
        self.asked, self.options = times_s, options
        progress(0.5)
        curves = np.tile(np.float32([0.3, 0.0, 0.2, 0.4, 0.5, 0.0, 0.6]), (len(times_s), 1))
        curves[:, 5] = np.abs((times_s + 0.5) % 1.0 - 0.5) < 0.08  # a blink every second
        fast, slow = np.sin(2 * np.pi * 2.0 * times_s), np.sin(2 * np.pi * 0.1 * times_s)
        head = np.stack([0.05 * fast, 0.3 * slow, 0.1 * fast], axis=1)
        return SpokenCurves(curves, head.astype(np.float32))


def voice(seconds=12.0, *spans):
    """Noise that rises and falls like syllables within the spans, and a faint hiss."""
    times = np.arange(round(16_000 * seconds)) / 16_000
    rng = np.random.default_rng(0)
    talk = np.zeros(len(times))
    for start, stop in spans:
        talk[(times >= start) & (times < stop)] = 1.0
    loud = talk * (0.3 + 0.2 * np.sin(2 * np.pi * 5 * times))
    return ArraySound((rng.normal(size=len(times)) * (0.3 * loud + 3e-4)).astype(np.float32))


TALK = ((3.0, 5.0), (8.0, 10.0))
PHONES = phone_chances(12.0, *(("mid_vowel", *span) for span in TALK))


def generate(network=None, sound=None, phones=PHONES, told=None, **settings):
    plain = {"upper_face": False, "lip_closure": False, "frame_rate_hz": RATE, **settings}
    pipeline = SpeechFacePipeline(network or Steady(), Ears(phones))
    return pipeline.generate(SpeechRequest(sound or voice(12.0, *TALK), phones=told, **plain))


def test_a_mouth_rests_where_nobody_talks_and_breathes_before():
    times = np.arange(12 * 30 + 1) / RATE
    talking = np.zeros(len(times), bool)
    for start, stop in TALK:
        talking |= (times >= start) & (times <= stop)
    still, half, whole = (
        generate(breath=breath).clip.channel("jawOpen") for breath in (0.0, 0.5, 1.0)
    )
    assert np.allclose(whole[talking], 0.3)
    assert np.allclose(still[talking], 0.3)
    pause = (times < 2.6) | ((times > 5.6) & (times < 7.6)) | (times > 10.6)
    assert np.abs(still[pause]).max() < 1e-6
    assert np.abs(np.diff(still)).max() < 0.12  # eased: a pause is not cut out
    breathing = (times > 7.3) & (times < 7.6)
    assert np.allclose(whole[breathing], 0.3)
    assert np.allclose(half[breathing], 0.15)
    assert np.abs(whole[(times > 5.6) & (times < 6.8)]).max() < 1e-6


def test_a_mouth_whose_styles_are_emotions_keeps_them_in_pauses():
    jaw = generate(Steady(rests=False), breath=0.0).clip.channel("jawOpen")
    assert np.allclose(jaw, 0.3)


def test_a_voice_without_phones_and_phones_without_a_voice_are_no_rest():
    only_phones = generate(sound=voice(12.0, (3.0, 5.0))).clip.channel("jawOpen")
    assert np.allclose(only_phones[245:295], 0.3)
    only_voice = generate(phones=phone_chances(12.0, ("mid_vowel", 3.0, 5.0)))
    assert np.allclose(only_voice.clip.channel("jawOpen")[245:295], 0.3)


def test_a_part_is_the_part_of_the_whole():
    lively = {"upper_face": True, "lip_closure": True, "blinks": False}
    whole, part = generate(**lively), generate(start_s=4.0, duration_s=4.0, **lively)
    for name in NAMES[:3]:
        assert np.allclose(part.clip.channel(name), whole.clip.channel(name)[120:241], atol=1e-6)
    inner = slice(30, 90)  # the ends are eased
    assert np.allclose(
        part.head_offset_rad[inner], whole.head_offset_rad[120:241][inner], atol=1e-6
    )


def test_what_the_network_learned_of_the_upper_face_takes_the_place_of_the_rule():
    learned = {"learned_upper_face": ("browInnerUp", "eyeBlinkLeft", "eyeLookUpLeft")}
    ruled, made = generate(upper_face=True), generate(Steady(**learned), upper_face=True)
    assert np.allclose(made.clip.channel("browInnerUp"), 0.4)
    assert not np.allclose(ruled.clip.channel("browInnerUp"), 0.4)
    assert np.ptp(ruled.clip.channel("browInnerUp")) > 0.1
    assert np.array_equal(
        made.clip.channel("browOuterUpLeft"), ruled.clip.channel("browOuterUpLeft")
    )
    for result in (ruled, made):
        assert not {"eyeLookUpLeft", "browDownLeft"} & set(result.clip.channels)
    assert not {"browInnerUp", "eyeBlinkLeft"} & set(generate(Steady(**learned)).clip.channels)


def test_learned_blinks_obey():
    network = Steady(learned_upper_face=("eyeBlinkLeft",))
    usual = generate(network, upper_face=True).clip.channel("eyeBlinkLeft")
    assert usual.max() == 1.0
    none = generate(network, upper_face=True, blinks=False).clip
    assert not none.channel("eyeBlinkLeft").any()
    held = np.zeros(len(usual), bool)
    held[[60, 125]] = True  # within the blink at 2 s; between two
    kept = generate(network, upper_face=True, unblinking=held).clip.channel("eyeBlinkLeft")
    assert not kept[50:70].any()
    assert np.array_equal(np.delete(kept, np.arange(50, 70)), np.delete(usual, np.arange(50, 70)))


def test_the_head_nods_and_leaves_turning_to_the_gaze():
    moved = generate(upper_face=True).head_offset_rad
    times = np.arange(len(moved)) / RATE
    inner = slice(45, -45)
    assert np.abs(moved[inner, 0]).max() < 0.03  # of a slow turn of 0.3
    expected = 0.05 * np.sin(2 * np.pi * 2.0 * times)
    assert np.allclose(moved[inner, 1], expected[inner], atol=2e-3)
    assert np.abs(moved[[0, -1]]).max() < 1e-6
    assert np.allclose(generate(upper_face=True, head=0.5).head_offset_rad, 0.5 * moved)
    assert not generate(upper_face=True, head=0.0).head_offset_rad.any()
    assert not generate().head_offset_rad.any()
    ruled = generate(Steady(moves_head=False), upper_face=True).head_offset_rad
    assert np.ptp(ruled) > 0.01
    halved = generate(Steady(moves_head=False), upper_face=True, head=0.5).head_offset_rad
    assert np.allclose(halved, 0.5 * ruled)


def test_a_network_is_asked_for_the_margin_that_the_filter_looks_at():
    network = Steady()
    generate(network, upper_face=True, start_s=1.0, duration_s=2.0, variation=7, expressiveness=1.5)
    assert network.asked[0] == pytest.approx(1.0 - MARGIN_S, abs=1.1 / RATE)
    assert network.asked[-1] == pytest.approx(3.0 + MARGIN_S, abs=1.1 / RATE)
    assert (network.options.variation, network.options.expressiveness) == (7, 1.5)
    short = np.zeros((2 * 45 + 1, 3), np.float32)
    assert nods_of(short, 30.0, 45).shape == (1, 2)


@pytest.mark.parametrize("strength", [1.0, 2.0])
def test_lips_shut_at_a_phone_that_is_heard_or_told(strength):
    heard = phone_chances(
        12.0, ("mid_vowel", 3.0, 4.0), ("bilabial", 4.0, 4.1), ("mid_vowel", 4.1, 5)
    )
    found = generate(phones=heard, lip_closure=True, strength=strength)
    assert [each.kind for each in found.phones] == [
        "silence", "mid_vowel", "bilabial", "mid_vowel", "silence",
    ]  # fmt: skip
    gap = found.clip.channel("jawOpen") - found.clip.channel("mouthClose")
    assert gap[121:123].max() < 1e-6
    assert found.clip.channel("mouthFunnel")[121:123].max() < 1e-6
    assert gap[105] == pytest.approx(0.3 * strength)
    told = (HeardPhone("bilabial", 3.5, 3.6),)
    corrected = generate(phones=heard, lip_closure=True, strength=strength, told=told)
    gap = corrected.clip.channel("jawOpen") - corrected.clip.channel("mouthClose")
    assert corrected.phones == told
    assert gap[106:108].max() < 1e-6
    assert gap[122] == pytest.approx(0.3 * strength)


def test_odd_sounds_are_told():
    music = generate(phones=phone_chances(12.0))
    assert "no speech is heard" in music.warnings[0]
    assert not isinstance(music.warnings[0], Note)
    faint = ArraySound(voice(12.0, *TALK).read(0, 192_000) * 10 ** (-37 / 20))
    [note] = generate(sound=faint).warnings
    assert "very quiet (-5" in note
    assert isinstance(note, Note)
    assert not generate().warnings
    telephone = ArraySound(voice(12.0, *TALK).read(0, 192_000)[::2], 8_000)
    assert not generate(sound=telephone).warnings


def test_a_network_that_hears_needs_someone_who_hears():
    with pytest.raises(ModelError, match="hears by an encoder, and none is open"):
        SpeechFacePipeline(Steady())


@pytest.mark.parametrize("kind", ["regression", "diffusion"])
def test_real_networks_speak_from_end_to_end(tmp_path, kind):
    session = ModelSession(write_learned_model(tmp_path, kind), threads=1)
    pipeline = SpeechFacePipeline(session, Ears())
    assert "eyeLookUpLeft" not in pipeline.channels
    told = []
    request = SpeechRequest(babble(), 23.976, start_s=-0.5)
    result = pipeline.generate(request, on_progress=lambda share: told.append(share) or True)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert set(result.clip.channels) <= set(ARKIT_52)
    assert 0.0 <= result.clip.weights.min() < result.clip.weights.max() <= 1.0
    again = pipeline.generate(request)
    assert np.array_equal(again.clip.weights, result.clip.weights)
    other = pipeline.generate(replace(request, variation=1))
    same = np.array_equal(other.clip.weights, result.clip.weights)
    assert same == (kind == "regression")
    with pytest.raises(Cancelled):
        pipeline.generate(request, on_progress=lambda share: share < 0.6)


def test_shapes_of_a_models_own_may_leave_the_range():
    own = tuple(f"shape {n}" for n in range(len(NAMES)))
    network = Steady(arkit=False, moves_head=False, channels=own)
    signed = generate(network, upper_face=True, lip_closure=True, strength=4.0)
    assert set(own) <= set(signed.clip.channels)
    assert np.allclose(signed.clip.channel(own[0])[100:140], 1.2)


class Endless:
    """A talk of any length that takes no memory."""

    sample_rate_hz = 16_000

    def __init__(self, duration_s):
        self.duration_s = duration_s

    def read(self, start, count):
        times = np.arange(start, start + count) / 16_000
        return (0.3 * np.sin(2 * np.pi * 150 * times) * (times % 3 < 2)).astype(np.float32)


def test_memory_grows_with_the_result_alone(tmp_path):
    session = ModelSession(write_learned_model(tmp_path, "regression", chunk_frames=500), threads=1)

    def spare(seconds):
        phones = phone_chances(seconds, ("mid_vowel", 0.0, seconds))
        ears, request = Ears(phones), SpeechRequest(Endless(seconds), 24.0)
        tracemalloc.start()
        result = SpeechFacePipeline(session, ears).generate(request)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - result.clip.weights.nbytes

    short, long = spare(60.0), spare(360.0)
    assert long - short < 300 * (100 * 200 + 24 * 13 * 4 * 8)


def test_a_networks_gains_are_part_of_its_strength():
    plain = generate(Steady()).clip
    gained = generate(Steady(gains={"jawOpen": 1.5})).clip
    np.testing.assert_allclose(gained.channel("jawOpen"), 1.5 * plain.channel("jawOpen"), rtol=1e-5)
    assert np.array_equal(gained.channel("mouthFunnel"), plain.channel("mouthFunnel"))


def test_rounded_vowels_that_are_heard_are_rounded():
    names = ("jawOpen", "mouthPucker", *NAMES[2:])
    rounded = phone_chances(12.0, ("rounded_vowel", *TALK[0]), ("mid_vowel", *TALK[1]))
    network = Steady(channels=names)
    clip = generate(network, phones=rounded, lip_closure=True).clip
    at = (np.array([4.0, 9.0]) * RATE).astype(int)
    pucker = clip.channel("mouthPucker")[at]
    assert pucker[0] == pytest.approx(0.4, abs=0.02)
    assert pucker[1] == 0.0
