"""Whoever has recordings of talkers can learn from them: gesture, and when to stroke."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backend.gesture.lstm.state import encode_clip
from backend.gesture.spoken.planner import (
    area_under_curve,
    chances,
    collect_accents,
    fit_chance,
    train_planner,
)
from backend.gesture.spoken.strokes import BOTH, LEFT, RIGHT, find_strokes
from backend.gesture.spoken.takes import FEATURES, Talker, prosody_rows
from blender_addon.core.bvh import read_bvh
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.sound.prosody import Prosody
from tests.gesture.readers.spoken_samples import write_beat

RATE_HZ = 30.0
_DOWN = np.float32((np.cos(0.7), 0.0, 0.0, np.sin(0.7)))


def stroking_clip(seconds: float, apexes: dict[float, tuple[str, ...]]) -> MotionClip:
    """Forearms that swing up to their apexes and back, each in a third of a second."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    rotations = np.zeros((len(times), COMMON_SKELETON.joint_count, 4), np.float32)
    rotations[..., 0] = 1.0
    for side, sign in (("Left", -1.0), ("Right", 1.0)):
        away = [np.abs(times - t) for t, sides in apexes.items() if side in sides]
        near = np.clip(1.0 - np.min(away, axis=0) / 0.4, 0, 1) if away else np.zeros(len(times))
        bend = 0.7 * (3 * near**2 - 2 * near**3)
        joint = COMMON_SKELETON.index(f"{side}ForeArm")
        rotations[:, joint, 0], rotations[:, joint, 2] = np.cos(bend), sign * np.sin(bend)
    root = np.tile(np.float32((0, 0.97, 0)), (len(times), 1))
    return MotionClip(COMMON_SKELETON, RATE_HZ, root, rotations)


def talker(name: str, seconds: float, seed: int) -> Talker:
    """Strong accents have a stroke 66 ms before them, weak ones none."""
    rng = np.random.default_rng(seed)
    accents = np.arange(1.0, seconds - 1.0, 1.0)
    strengths = rng.uniform(0.1, 1.0, len(accents))
    apexes = {
        float(time - 0.066): ("Right",)
        for time, s in zip(accents, strengths, strict=True)
        if s > 0.5
    }
    count = round(seconds * RATE_HZ)
    ones = np.ones(count, np.bool_)
    prosody = Prosody(np.full(count, 0.5), np.zeros(count), ones, ones, accents, strengths)
    clip = stroking_clip(seconds, apexes)
    return Talker(name, clip, prosody, prosody_rows(prosody), encode_clip(clip))


def test_strokes_are_found_with_their_hand() -> None:
    apexes = {1.0: ("Left",), 2.5: ("Right",), 4.0: ("Left", "Right")}
    found = find_strokes(stroking_clip(5.0, apexes))
    raised = [stroke for stroke in found if min(abs(stroke.time_s - t) for t in apexes) < 0.1]
    assert [stroke.hand for stroke in raised] == [LEFT, RIGHT, BOTH]
    assert all(0.1 < stroke.reach_m < 0.5 for stroke in raised)
    assert not find_strokes(stroking_clip(3.0, {}))


def test_prosody_becomes_numbers() -> None:
    rows = talker("a", 10.0, 0).rows
    assert rows.shape == (300, len(FEATURES))
    assert rows[30, 5] > 0.09 > 0.01 > rows[45, 5]


def test_the_planner_learns_what_decides() -> None:
    accents = collect_accents([talker("a", 60.0, 1)])
    strong = accents.terms[:, 0] > 0.5
    assert (accents.stroked == strong).mean() > 0.9
    assert np.nanmedian(accents.leads_s) == pytest.approx(0.066, abs=0.04)
    weights = fit_chance(accents.terms, accents.stroked)
    assert weights[0] > 1.0
    unseen = collect_accents([talker("b", 60.0, 2)])
    assert area_under_curve(chances(unseen.terms, weights), unseen.stroked) > 0.9


def test_area_under_curve_is_a_chance() -> None:
    positive = np.array([True, False, True, False])
    assert area_under_curve(np.array([4.0, 1.0, 3.0, 2.0]), positive) == 1.0
    assert area_under_curve(np.array([1.0, 1.0, 1.0, 1.0]), positive) == 0.5


def test_too_few_strokes_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    from backend.gesture.readers.reading import read_spoken

    corpus = read_spoken(f"beat:{write_beat(tmp_path / 'data')}")
    with pytest.raises(InputError, match="expected 20 accents"):
        train_planner(corpus, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("model", [(), ("--model", "planner")])
def test_recordings_are_asked_for_on_the_command_line(model: tuple[str, ...]) -> None:
    from backend.gesture.train import command

    with pytest.raises(InputError, match="give --data beat:FOLDER"):
        command.main([*model, "--data", "beat:/absent"], standalone_mode=False)


def test_gesture_is_learned_from_speech_as_it_is_downloaded(tmp_path: Path) -> None:
    """From BVH, wav and TextGrid to weights, measures, and the motion that can be looked at."""
    pytest.importorskip("torch")
    from backend.gesture.spoken.train import command

    folder = write_beat(tmp_path / "data", seconds=3.0)
    run = tmp_path / "run"
    options = {"seconds": 1.5, "batch": 2, "max-updates": 2, "shape-hidden": 8, "threads": 1}
    texts = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    command.main(["--data", f"beat:{folder}", "--run", str(run), *texts], standalone_mode=False)
    measures = json.loads((run / "measures.json").read_text())
    assert {"fgd", "beat_alignment", "beat_alignment_recorded", "ape_cm"} <= set(measures)
    assert measures["updates"] == 2
    clip = read_bvh(run / "generated" / "1_wayne_0_2_2.bvh")
    assert clip.frame_count == 90
    with pytest.raises(InputError, match="smaller --seconds"):
        command.main(
            ["--data", f"beat:{folder}", "--run", str(tmp_path / "x")], standalone_mode=False
        )
    assert not (tmp_path / "x").exists()
