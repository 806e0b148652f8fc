"""Phones are found where they are heard, and lips reach their positions at every frame rate."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.errors import SettingsError
from blender_addon.core.face.arkit import LOWER_FACE
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.face.maps import FaceMapping, bundled_maps, find_face_channels
from blender_addon.core.face.targets import face_to_shapes
from blender_addon.core.sound.hearing import PHONE_CLASSES, PhoneEvidence
from blender_addon.core.sound.voice_activity import VoiceActivity
from blender_addon.core.speech.lip_closure import shape_lips
from blender_addon.core.speech.phones import HeardPhone, find_phones

RATES = (12.0, 23.976, 24.0, 30.0, 60.0)
OPEN = {
    "jawOpen": 0.35, "mouthFunnel": 0.2, "mouthLowerDownLeft": 0.25, "mouthUpperUpRight": 0.15,
    "mouthShrugUpper": 0.1, "mouthStretchLeft": 0.3, "mouthSmileRight": 0.3, "tongueOut": 0.1,
}  # fmt: skip
# Opening by a unit of weight, in parts of that of jawOpen, as measured on a face of 52 shapes.
SLOPES = {
    "jawOpen": 0.99, "mouthFunnel": 0.36, "mouthShrugUpper": 0.12, "mouthUpperUpLeft": 0.07,
    "mouthUpperUpRight": 0.07, "mouthLowerDownLeft": 0.056, "mouthLowerDownRight": 0.056,
    "jawForward": 0.048, "mouthClose": -1.016, "mouthShrugLower": -0.15, "mouthRollLower": -0.1,
    "mouthRollUpper": -0.083, "mouthPucker": -0.06, "mouthSmileLeft": -0.045,
    "mouthSmileRight": -0.045, "mouthPressLeft": -0.04, "mouthPressRight": -0.04,
}  # fmt: skip


def always(seconds=10.0):
    speaking = np.ones(round(seconds * 100), bool)
    return VoiceActivity(100.0, speaking, -20.0 * speaking, 1.0 * speaking)


def evidence_of(**curves):
    chances = np.zeros((500, len(PHONE_CLASSES)), np.float32)
    for kind, curve in curves.items():
        chances[:, PHONE_CLASSES.index(kind)] = curve
    return PhoneEvidence(chances)


def bump(at, width, height=1.0):
    times = np.arange(500) / 50
    return height * np.clip(0.5 + (0.5 * width - np.abs(times - at)) * 50, 0.0, 1.0)


def open_mouth(rate, seconds=2.0, **more):
    weights = np.zeros((round(rate * seconds) + 1, len(LOWER_FACE)), np.float32)
    for name, weight in {**OPEN, **more}.items():
        weights[:, LOWER_FACE.index(name)] = weight
    return FaceClip(LOWER_FACE, rate, weights)


def opening(clip):
    return sum(slope * clip.channel(name) for name, slope in SLOPES.items())


@pytest.mark.parametrize("at", [2.0, 2.007, 2.013])
@pytest.mark.parametrize("width", [0.04, 0.06, 0.11])
def test_borders_lie_between_the_fiftieths(at, width):
    [phone] = find_phones(evidence_of(bilabial=bump(at, width)), always(), 0.0, 10.0)
    assert (phone.kind, phone.closure) == ("bilabial", 1.0)
    assert phone.start_s == pytest.approx(at - width / 2, abs=0.006)
    assert phone.end_s == pytest.approx(at + width / 2, abs=0.006)


def test_faint_evidence_is_half_a_phone_and_fainter_none():
    heard = evidence_of(bilabial=bump(1, 0.08, 0.35) + bump(2, 0.08, 0.2), labiodental=bump(3, 0.1))
    first, last = find_phones(heard, always(), 0.0, 10.0)
    assert 0.3 < first.closure < 0.9
    assert (last.kind, last.closure) == ("labiodental", 1.0)


def test_a_dip_does_not_part_a_phone_and_a_gap_does():
    dip = np.minimum(bump(2.0, 0.2), 1.0 - 0.8 * bump(2.0, 0.02))
    assert len(find_phones(evidence_of(bilabial=dip), always(), 0.0, 10.0)) == 1
    two = bump(2.0, 0.06) + bump(2.2, 0.06)
    assert len(find_phones(evidence_of(bilabial=two), always(), 0.0, 10.0)) == 2


def test_a_stretch_has_the_phones_that_reach_into_it():
    heard = evidence_of(bilabial=bump(2.0, 0.1) + bump(4.0, 0.1) + bump(9.98, 0.1))
    starts = [phone.start_s for phone in find_phones(heard, always(), 2.04, 4.5)]
    assert np.allclose(starts, [1.95, 3.95], atol=0.01)
    assert len(find_phones(heard, always(), -5.0, 20.0)) == 3
    assert not find_phones(heard, always(), 30.0, 40.0)


def test_a_pop_far_from_any_voice_is_no_phone():
    quiet = always()
    quiet.speaking[150:] = False
    heard = evidence_of(bilabial=bump(1.0, 0.08) + bump(4.0, 0.08))
    assert len(find_phones(heard, quiet, 0.0, 10.0)) == 1


@pytest.mark.parametrize(
    "wrong", [("vowel", 0, 1, 1), ("bilabial", 1, 0, 1), ("bilabial", 0, 1, 1.5),
              ("bilabial", float("nan"), 1, 1)],
)  # fmt: skip
def test_a_phone_told_wrong_is_refused(wrong):
    with pytest.raises(SettingsError):
        HeardPhone(*wrong)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("at", np.linspace(0.9, 0.95, 5))
@pytest.mark.parametrize("strength", [1.0, 2.0])
def test_lips_are_shut_in_a_frame_of_every_bilabial(rate, at, strength):
    plain = open_mouth(rate, jawOpen=0.35 * strength, mouthFunnel=0.2 * strength)
    clip = shape_lips(plain, [HeardPhone("bilabial", at - 0.02, at + 0.02)], 0.0)
    times = np.arange(clip.frame_count) / rate
    near = np.abs(times - at) <= 0.02 + 0.51 / rate
    assert opening(clip)[near].min() <= 0.0
    assert opening(clip)[near].min() >= -0.08  # no lip passes through the other
    assert (clip.channel("mouthClose") <= clip.channel("jawOpen")).all()
    assert clip.channel("jawOpen")[near].min() < 0.15 * strength
    far = np.abs(times - at) > 0.02 + 0.046 + 1 / rate
    assert np.array_equal(clip.weights[far], plain.weights[far])


@pytest.mark.parametrize("rate", [24.0, 60.0, 120.0])
def test_lips_stay_shut_for_the_phone_and_part_eased(rate):
    clip = shape_lips(open_mouth(rate), [HeardPhone("bilabial", 0.9, 1.05)], 0.0)
    times = np.arange(clip.frame_count) / rate
    gap = opening(clip)
    assert gap[(times >= 0.9) & (times <= 1.05)].max() <= 0.0
    whole = gap.max() - gap.min()
    assert np.abs(np.diff(gap)).max() <= whole * min(np.pi / 2 / 0.045 / rate, 1.0) + 1e-6


def test_between_two_bilabials_the_mouth_opens():
    pair = [HeardPhone("bilabial", 0.5, 0.56), HeardPhone("bilabial", 0.6, 0.66)]
    clip = shape_lips(open_mouth(100.0), pair, 0.0)
    assert opening(clip)[58] == pytest.approx(opening(open_mouth(100.0))[58], abs=1e-5)
    assert max(opening(clip)[50:57].max(), opening(clip)[60:67].max()) <= 0.0


def test_half_a_closure_closes_half():
    whole, half = (
        opening(shape_lips(open_mouth(50.0), [HeardPhone("bilabial", 0.5, 0.6, c)], 0.0))[27]
        for c in (1.0, 0.5)
    )
    assert whole < 0.0 < half < 0.7 * opening(open_mouth(50.0))[0]


@pytest.mark.parametrize("rate", RATES)
def test_the_lower_lip_meets_the_teeth_and_lips_stay_parted(rate):
    clip = shape_lips(open_mouth(rate), [HeardPhone("labiodental", 0.9, 1.0)], 0.0)
    [frame] = np.flatnonzero(clip.channel("mouthRollLower") > 0.44)[:1]
    assert 0.01 < opening(clip)[frame] < 0.12
    assert not clip.channel("mouthLowerDownLeft")[frame]
    already = shape_lips(open_mouth(rate, jawOpen=0.0), [HeardPhone("labiodental", 0.9, 1.0)], 0.0)
    assert opening(already)[frame] > 0.01


def test_a_glide_is_round_and_narrow():
    clip = shape_lips(open_mouth(60.0), [HeardPhone("rounded_glide", 0.9, 1.0)], 0.0)
    middle = round(0.95 * 60)
    assert clip.channel("mouthPucker")[middle] >= 0.39
    assert clip.channel("mouthSmileRight")[middle] < 0.1
    assert opening(clip)[middle] > 0.05


def test_a_bilabial_comes_before_its_neighbours():
    both = [HeardPhone("bilabial", 0.9, 1.0), HeardPhone("labiodental", 0.95, 1.05)]
    clip = shape_lips(open_mouth(100.0), both, 0.0)
    assert opening(clip)[90:101].max() <= 0.0
    assert opening(clip)[105] > 0.01


def test_the_stretch_begins_anywhere_in_the_sound():
    phone = [HeardPhone("bilabial", 5.0, 5.1), HeardPhone("bilabial", 400.0, 400.1)]
    late = shape_lips(open_mouth(24.0), phone, 4.0).weights
    early = shape_lips(open_mouth(24.0, 8.0), phone, 0.0).weights
    assert np.allclose(late, early[96 : 96 + len(late)], atol=1e-6)


def test_a_face_without_these_channels_gets_what_it_has():
    jaw = FaceClip(("jawOpen",), 24.0, np.full((48, 1), 0.5))
    phone = [HeardPhone("bilabial", 0.9, 1.0)]
    assert shape_lips(jaw, phone, 0.0).weights.min() == 0.0
    brow = FaceClip(("browInnerUp",), 24.0, np.full((48, 1), 0.5))
    assert np.array_equal(shape_lips(brow, phone, 0.0).weights, brow.weights)


def viseme_faces():
    for each in bundled_maps():
        names = [spellings[0] for spellings in each.viseme_names.values()]
        mapping = find_face_channels(names, [each])
        if mapping.visemes:
            yield pytest.param(mapping, id=each.family)


@pytest.mark.parametrize("mapping", [*viseme_faces()])
@pytest.mark.parametrize("rate", [24.0, 30.0])
@pytest.mark.parametrize("more", [{}, {"jawOpen": 0.0, "mouthPucker": 0.6}, {"jawOpen": 0.9}])
def test_a_viseme_face_closes_too(mapping: FaceMapping, rate, more):
    clip = shape_lips(open_mouth(rate, **more), [HeardPhone("bilabial", 0.9, 1.0)], 0.0)
    shapes = face_to_shapes(clip, mapping)
    middle = round(0.95 * rate)
    weights = {viseme.name: viseme.weights for viseme in mapping.visemes}
    opens = {v.shape for v in mapping.visemes if "jawOpen" in v.weights}
    shut = {v.shape for v in mapping.visemes if "mouthPressLeft" in v.weights}
    assert weights and opens
    assert sum(shapes[shape][middle] for shape in opens) < 0.01
    for shape in shut - opens:
        assert shapes[shape][middle] > 0.6
    away = {shape: shapes[shape][5] for shape in opens}
    assert sum(away.values()) > 0.1
