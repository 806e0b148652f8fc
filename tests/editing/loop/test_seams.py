"""What a seam is measured by cannot be fooled: neither by smoothness nor by standing still."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.editing.loop_connect.pairs import choose_pairs
from backend.editing.loop_connect.seams import Nearest, Stretch, measure_seam
from backend.mocap.recordings import Recording
from blender_addon.core.motion.clip import MotionClip
from tests.editing.loop.gaits import gait

SEAM = (50, 58)


@pytest.fixture(scope="module")
def nearest() -> Nearest:
    """Two people who walk."""
    clips = (gait(), gait(turn_rad_s=0.2))
    names = ("one", "two")
    recordings = [
        Recording(name, "made", "walk", "train", "", clip)
        for name, clip in zip(names, clips, strict=True)
    ]
    return Nearest(recordings)


def damaged(lift_m: float, still: bool) -> MotionClip:
    """A walk that jumps, or stands still from the seam on."""
    clip = gait()
    root, turns = clip.root_positions.copy(), clip.rotations_wxyz.copy()
    inside = slice(*SEAM)
    root[inside, 1] += lift_m
    if still:
        root[SEAM[0] :], turns[SEAM[0] :] = root[SEAM[0]], turns[SEAM[0]]
    return replace(clip, root_positions=root, rotations_wxyz=turns)


def test_recorded_motion_has_no_seam(nearest: Nearest) -> None:
    """Compared with itself nothing is betrayed."""
    stretch = Stretch(gait(), *SEAM)
    assert measure_seam(stretch, [stretch], nearest, ["one"]).seam == 0


def test_each_fault_shows_in_its_own_part(nearest: Nearest) -> None:
    """A jump is a kink; motion that stops is dead, however smooth."""
    real = [Stretch(gait(), *SEAM)]
    jumps = measure_seam(Stretch(damaged(0.05, still=False), *SEAM), real, nearest, ["one"])
    assert jumps.kink_cm > 2
    assert jumps.strange_cm > 0.2
    stops = measure_seam(Stretch(damaged(0.0, still=True), *SEAM), real, nearest, ["one"])
    assert stops.dead_cm > 5


def test_clips_whose_labels_say_nothing_are_paired_all_the_same() -> None:
    """Somebody's own clips may be called anything."""

    def pairs(*labels: str) -> list[tuple[str, str]]:
        given = [Recording(f"{n}", "own", each, "val", "", gait()) for n, each in enumerate(labels)]
        chosen = choose_pairs(given, np.random.default_rng(0))
        return sorted((first.name, second.name) for first, second in chosen)

    assert pairs("take", "shot") == [("0", "1"), ("1", "0")]
    assert pairs("walk", "take", "stand") == [("0", "2"), ("2", "0")]
    assert pairs("take") == []
