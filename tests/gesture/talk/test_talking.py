"""Talking with the hands: when, which hand, how far, and what never happens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import Cancelled, SettingsError
from blender_addon.core.gesture.request import Stroke, TalkRequest, TalkResult
from blender_addon.core.gesture.settings import GestureSettings, Space
from blender_addon.core.gesture.talk.pauses import find_pauses, speeds
from blender_addon.core.gesture.talk.pipeline import TalkPipeline
from blender_addon.core.gesture.talk.planner import SHORTEST_GAP_S, plan_strokes
from blender_addon.core.gesture.talk.upper_body import (
    REST,
    REST_WRISTS,
    mirrored,
    upper_body_of,
    wrists,
)
from blender_addon.core.sound.prosody import Prosody


def made_prosody(seed: int = 0, seconds: float = 24.0) -> Prosody:
    """Two phrases with a pause of 2.5 s between, accents about three times a second."""
    rng = np.random.default_rng(seed)
    count = int(seconds * 30)
    times = np.arange(count) / 30.0
    speaking = ((times > 1.0) & (times < 10.0)) | ((times > 12.5) & (times < seconds - 2.0))
    accents = np.cumsum(rng.uniform(0.25, 0.5, 200)) + 1.0
    accents = np.array([a for a in accents if a < seconds and speaking[int(a * 30)]])
    strengths = rng.uniform(0.2, 1.0, len(accents))
    loudness = np.zeros(count)
    for time, strength in zip(accents, strengths, strict=True):
        bump = (0.4 + 0.6 * strength) * np.exp(-0.5 * ((times - time) / 0.08) ** 2)
        loudness = np.maximum(loudness, bump)
    loudness *= speaking
    pitch = np.where(speaking, 4.0 * loudness, 0.0)
    return Prosody(loudness, pitch, speaking.copy(), speaking, accents, strengths)


def talk(request: TalkRequest) -> TalkResult:
    """By the recorded moves that come with the extension."""
    return TalkPipeline().generate(request)


def asked(**changes: object) -> TalkRequest:
    """A request for 24 s."""
    return replace(TalkRequest(made_prosody(), 24.0), **changes)  # type: ignore[arg-type]


def moving(result: TalkResult) -> Floats:
    """(T, 2, 3) wrists from the chest."""
    return wrists(upper_body_of(result.clip))


def test_strokes_are_apart_just_before_accents_and_never_in_a_pause() -> None:
    request = asked()
    strokes = plan_strokes(request)
    times = np.array([stroke.time_s for stroke in strokes])
    accents = request.prosody.accents_s
    lead = np.array([np.min(np.where(accents >= t, accents - t, np.inf)) for t in times])
    assert len(strokes) > 6
    assert (np.diff(times) >= SHORTEST_GAP_S - 1e-9).all()
    assert (lead > 0.0).all() and (lead <= 0.15).all()
    assert not ((times > 10.2) & (times < 12.4)).any()


def test_apexes_of_the_motion_are_where_strokes_are_planned() -> None:
    result = talk(asked())
    places = moving(result)
    for stroke in result.strokes:
        sides = {"LEFT": (0,), "RIGHT": (1,), "BOTH": (0, 1)}[stroke.hand]
        off = [
            np.min(np.abs(find_pauses(speeds(places[:, s])) / 30.0 - stroke.time_s)) for s in sides
        ]
        assert min(off) < 0.1


def test_arms_hang_in_long_pauses_and_at_both_ends() -> None:
    result = talk(asked())
    places = moving(result)
    for frame in (0, -1, int(11.8 * 30)):
        assert np.allclose(places[frame], REST_WRISTS, atol=0.01)
        assert not result.arms[frame].any() and result.trunk[frame] == 0.0


def test_nothing_snaps() -> None:
    places = moving(talk(asked(settings=GestureSettings(energy=2.0, size=2.0))))
    step = np.linalg.norm(np.diff(places, axis=0), axis=-1) * 30.0
    change = np.linalg.norm(np.diff(places, 2, axis=0), axis=-1) * 900.0
    assert step.max() < 4.0
    assert change.max() < 80.0


@pytest.mark.parametrize("accents", [0, 1])
def test_silence_and_one_click_leave_the_arms_alone(accents: int) -> None:
    quiet = np.zeros(300)
    none = quiet.astype(np.bool_)
    click = np.full(accents, 3.0)
    result = talk(TalkRequest(Prosody(quiet, quiet, none, none, click, click / 3.0), 10.0))
    assert result.strokes == () and result.notes
    assert not result.arms.any() and not result.trunk.any()
    assert np.allclose(upper_body_of(result.clip), REST, atol=1e-4)


def test_who_listens_does_not_stroke() -> None:
    listening = np.zeros(720, np.bool_)
    listening[: 12 * 30] = True
    assert all(stroke.time_s > 12.0 for stroke in plan_strokes(asked(listening=listening)))


def test_moved_strokes_are_kept_and_gestured() -> None:
    mine = Stroke(11.3, "LEFT", 0.8, moved=True)
    result = talk(asked(strokes=(mine, Stroke(5.0, "RIGHT", 0.5))))
    assert mine in result.strokes
    others = [stroke for stroke in result.strokes if stroke is not mine]
    assert all(abs(stroke.time_s - 11.3) >= SHORTEST_GAP_S for stroke in others)
    assert moving(result)[int(11.3 * 30), 0, 2] > REST_WRISTS[0, 2] + 0.1


def test_a_kept_stroke_of_size_0_keeps_others_away() -> None:
    first = plan_strokes(asked())[3]
    gone = replace(first, size=0.0, moved=True)
    strokes = plan_strokes(asked(strokes=(gone,)))
    assert [s for s in strokes if abs(s.time_s - first.time_s) < SHORTEST_GAP_S] == [gone]


@pytest.mark.parametrize(("handedness", "hand"), [(1.0, "RIGHT"), (-1.0, "LEFT")])
def test_handedness_chooses_the_hand(handedness: float, hand: str) -> None:
    result = talk(asked(settings=GestureSettings(handedness=handedness)))
    assert {stroke.hand for stroke in result.strokes} == {hand}
    assert not result.arms[:, 0 if hand == "RIGHT" else 1].any()


def test_mirror_swaps_the_sides_exactly() -> None:
    plain, other = talk(asked()), talk(asked(settings=GestureSettings(mirror=True)))
    swapped = mirrored(upper_body_of(plain.clip))
    dots = np.abs(np.einsum("tjd,tjd->tj", swapped, upper_body_of(other.clip)))
    assert dots.min() > 1.0 - 1e-5
    assert np.array_equal(plain.arms[:, ::-1], other.arms)


def test_energy_sets_the_rate_and_size_the_reach() -> None:
    counts = [
        len(plan_strokes(asked(settings=GestureSettings(energy=e)))) for e in (0.0, 0.4, 1.0, 2.0)
    ]
    assert counts[0] == 0
    assert counts == sorted(counts) and counts[1] < counts[3]
    far = [
        np.abs(moving(talk(asked(settings=GestureSettings(size=s)))) - REST_WRISTS).mean()
        for s in (0.0, 0.5, 1.0, 2.0)
    ]
    assert far == sorted(far) and far[0] < 0.02


def test_keyed_energy_counts_where_it_is_keyed() -> None:
    energy = np.where(np.arange(720) < 360, 0.0, 1.0)
    assert all(stroke.time_s > 11.9 for stroke in plan_strokes(asked(energy=energy)))


def test_spaces_differ_as_their_names_say() -> None:
    mean = {
        space: np.abs(moving(talk(asked(space=space)))[60:270]).mean(axis=(0, 1))
        if space is Space.WIDE
        else moving(talk(asked(space=space)))[60:270].mean(axis=(0, 1))
        for space in Space
    }
    wide = np.abs(moving(talk(asked(space=Space.NATURAL)))[60:270]).mean(axis=(0, 1))
    assert mean[Space.LOW][1] < mean[Space.NATURAL][1]
    assert mean[Space.FRONT][2] > mean[Space.NATURAL][2]
    assert mean[Space.WIDE][0] > wide[0]


def test_seeds_differ_and_one_seed_repeats() -> None:
    first, again, other = talk(asked()), talk(asked()), talk(asked(seed=5))
    assert np.array_equal(first.clip.rotations_wxyz, again.clip.rotations_wxyz)
    assert not np.allclose(first.clip.rotations_wxyz, other.clip.rotations_wxyz, atol=0.05)


def test_a_duration_out_of_range_is_refused_and_cancel_ends_it() -> None:
    for duration in (0.0, float("nan"), 1e9):
        with pytest.raises(SettingsError, match="found"):
            talk(asked(duration_s=duration))
    with pytest.raises(Cancelled):
        TalkPipeline().generate(asked(), lambda share: False)
