"""Whatever clip an edit is given, it ends in a whole motion or in words that help."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.conventions import Bools
from blender_addon.core.editing.edited import Edited
from blender_addon.core.errors import Cancelled, ClipError, InputError, NeuralMotionError, PathError
from blender_addon.core.jobs import Progress
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.skeleton import Skeleton
from tests.editing.data.corpus_samples import identity, skeleton_of, walk
from tests.editing.data.edits import EDITS, Made, filler, map_of

each_edit = pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
NO_LEGS = (
    ("Hips", "", (0.0, 0.0, 0.0)),
    ("Spine", "Hips", (0.0, 0.2, 0.0)),
    ("Head", "Spine", (0.0, 0.4, 0.0)),
)


def part(clip: MotionClip, first: int, stop: int) -> MotionClip:
    return replace(
        clip,
        root_positions=clip.root_positions[first:stop],
        rotations_wxyz=clip.rotations_wxyz[first:stop],
    )


def assert_whole(made: Edited, clip: MotionClip) -> None:
    """Finite, of the clip's rate, rotations of length 1, and each frame with one beneath it."""
    result = made.clip
    assert result.frame_rate_hz == clip.frame_rate_hz
    assert np.isfinite(result.root_positions).all() and np.isfinite(result.rotations_wxyz).all()
    assert np.abs(np.linalg.norm(result.rotations_wxyz, axis=-1) - 1).max() < 1e-3
    assert np.isfinite(made.source).all() and made.means


def assert_whole_or_refused(edit: Made, clip: MotionClip) -> None:
    """In words that say more than a name."""
    refused = None
    try:
        assert_whole(edit(clip), clip)
    except InputError as error:
        refused = str(error)
    assert refused is None or len(refused.split()) > 5


@each_edit
@pytest.mark.parametrize("rate_hz", [10.0, 24.0, 59.94, 240.0])
def test_any_rate(edit: Made, rate_hz: float) -> None:
    clip = walk(rate_hz)
    made = edit(clip)
    assert_whole(made, clip)
    if edit.keeps_time:
        assert made.clip.frame_count == clip.frame_count


@each_edit
@pytest.mark.parametrize("frames", [1, 2, 3, 7])
def test_a_few_frames_are_edited_or_refused_in_words(edit: Made, frames: int) -> None:
    clip = part(walk(30.0), 10, 10 + frames)
    assert_whole_or_refused(edit, clip)


@each_edit
def test_a_character_without_legs_is_refused(edit: Made) -> None:
    skeleton = skeleton_of(NO_LEGS, 1.0)
    clip = MotionClip(skeleton, 30.0, np.zeros((60, 3)), identity(60, 3))
    with pytest.raises(NeuralMotionError, match="joint"):
        edit(clip)


@each_edit
def test_somebody_who_never_moves(edit: Made) -> None:
    clip = walk(30.0)
    still = replace(
        clip,
        root_positions=np.repeat(clip.root_positions[:1], 90, axis=0),
        rotations_wxyz=np.repeat(clip.rotations_wxyz[:1], 90, axis=0),
    )
    assert_whole_or_refused(edit, still)


@pytest.mark.parametrize(
    "edit", [each for each in EDITS if each.name != "loop"], ids=lambda edit: edit.name
)
def test_far_from_the_origin_it_is_the_same_edit(edit: Made) -> None:
    """Save of Loop: of the drawn walk's cycles, all alike, any may be the best."""
    clip = walk(30.0)
    away = np.array([300.0, 0.0, -200.0])
    far = replace(clip, root_positions=clip.root_positions + away)
    here, there = edit(clip).clip, edit(far).clip
    shift = there.root_positions - here.root_positions
    start = 0.0 if edit.name == "follow" else away  # a path lies where it lies
    assert np.abs(shift - start).max() < 0.03
    assert np.abs(np.abs((here.rotations_wxyz * there.rotations_wxyz).sum(-1)) - 1).max() < 0.01


@each_edit
def test_the_other_sign_of_a_quaternion_is_the_same_pose(edit: Made) -> None:
    clip = walk(30.0)
    signs = np.where(np.arange(clip.frame_count) % 7 < 3, -1.0, 1.0)[:, None, None]
    here, there = edit(clip).clip, edit(replace(clip, rotations_wxyz=clip.rotations_wxyz * signs))
    assert np.abs(here.root_positions - there.clip.root_positions).max() < 0.02
    alike = np.abs((here.rotations_wxyz * there.clip.rotations_wxyz).sum(-1))
    assert np.abs(alike - 1).max() < 0.005


@each_edit
def test_what_is_cancelled_ends(edit: Made) -> None:
    edit(walk(30.0))
    progress = Progress()
    progress.cancellation.ask()
    with pytest.raises(Cancelled):
        edit(walk(30.0), progress)


@each_edit
def test_the_clip_that_is_given_stays_as_it_is(edit: Made) -> None:
    clip = walk(30.0)
    before = clip.root_positions.copy(), clip.rotations_wxyz.copy()
    first, second = edit(clip), edit(clip)
    assert np.array_equal(clip.root_positions, before[0])
    assert np.array_equal(clip.rotations_wxyz, before[1])
    assert np.array_equal(first.clip.rotations_wxyz, second.clip.rotations_wxyz)  # and is the same


def test_keys_that_are_no_numbers_make_no_clip() -> None:
    clip = walk(30.0)
    for value in (np.nan, np.inf):
        turns = clip.rotations_wxyz.copy()
        turns[3, 5, 1] = value
        with pytest.raises(ClipError, match="finite"):
            replace(clip, rotations_wxyz=turns)


def known_but(clip: MotionClip, first: int, stop: int) -> Bools:
    known = np.ones(clip.frame_count, bool)
    known[first:stop] = False
    return known


def test_one_key_alone_is_not_filled() -> None:
    clip = walk(30.0)
    known = np.zeros(clip.frame_count, bool)
    with pytest.raises(InputError, match="no pose is known"):
        filler().fill(clip, known)
    known[12] = True
    with pytest.raises(InputError, match="only frame 12 is known"):
        filler().fill(clip, known)


@pytest.mark.parametrize("at_start", [True, False])
def test_a_gap_at_the_start_or_end_is_filled_and_said(at_start: bool) -> None:
    clip = walk(30.0)
    gap = (0, 20) if at_start else (clip.frame_count - 20, clip.frame_count)
    made = filler().fill(clip, known_but(clip, *gap))
    assert_whole(made, clip)
    assert re.search("known before" if at_start else "known after", " ".join(made.notes))


def test_poses_too_far_apart_for_the_time_say_how_far() -> None:
    clip = walk(30.0)
    root = clip.root_positions.copy()
    root[30:, 0] += 4.2
    clip = replace(clip, root_positions=root)
    with pytest.raises(ClipError, match=r"4\.2 m in 10 frames"):
        filler().fill(clip, known_but(clip, 25, 34))


def test_a_path_that_contradicts_the_poses_is_refused() -> None:
    clip = walk(30.0)
    known, path = known_but(clip, 20, 50), clip.root_positions + np.array([0, 0, 2.0])
    with pytest.raises(PathError, match=r"contradicts the pose at frame 19.*2\.00 m"):
        filler().fill(clip, known, path=path)
    path[30] = np.nan
    with pytest.raises(PathError):
        filler().fill(clip, known, path=path)


def test_a_joint_that_is_never_known_is_named() -> None:
    clip = walk(30.0)
    known = np.ones((clip.frame_count, 23), bool)
    known[:, 1 + clip.skeleton.index("LeftHand")] = False
    with pytest.raises(InputError, match="LeftHand is missing in every frame"):
        filler().fill(clip, known)
    with pytest.raises(InputError, match="expected what is known"):
        filler().fill(clip, known[:, :5])


def test_a_gap_longer_than_anything_learned_is_filled() -> None:
    clip = walk(30.0, 20)
    made = filler().fill(clip, known_but(clip, 30, 570))
    assert_whole(made, clip)
    assert made.notes


def test_a_map_of_nothing_and_of_single_frames() -> None:
    with pytest.raises(InputError, match="at least one motion"):
        map_of([])
    windows = map_of([part(walk(30.0), 0, 1), walk(24.0)])
    assert np.isfinite(windows.latents).all() and set(windows.clip_index) == {0, 1}
    joints = Skeleton(("a", "b"), np.array([-1, 0]), np.zeros((2, 3)), {})
    with pytest.raises(NeuralMotionError):
        map_of([MotionClip(joints, 30.0, np.zeros((9, 3)), identity(9, 2))])
