"""A motion dropped on the viewport stands there as an armature that moves so, its joints found."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.core.bvh import read_bvh, write_bvh
from blender_addon.core.bvh.conventions import guess_metres_per_unit, scaled_clip, with_y_up
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.skeleton import Skeleton
from tests.shared.blender.snapshot import snapshot
from tests.shared.core.motion_samples import joint_positions, stepping_clip

pytestmark = pytest.mark.blender


def drop(*paths, **options):
    files = [{"name": each.name} for each in paths]
    return bpy.ops.neural_motion.drop_motion(
        filepath=str(paths[0]), directory=str(paths[0].parent), files=files, **options
    )


def in_centimetres(clip):
    return scaled_clip(clip, 100.0)


def with_z_up(clip):
    def laid(vectors):
        return np.stack((vectors[..., 0], -vectors[..., 2], vectors[..., 1]), axis=-1)

    skeleton, turns = clip.skeleton, clip.rotations_wxyz
    ends = {name: (x, -z, y) for name, (x, y, z) in skeleton.ends.items()}
    turns = np.concatenate((turns[..., :1], laid(turns[..., 1:])), axis=-1)
    laid_down = Skeleton(skeleton.names, skeleton.parents, laid(skeleton.offsets), ends)
    return MotionClip(laid_down, clip.frame_rate_hz, laid(clip.root_positions), turns)


@pytest.mark.parametrize("written", [None, in_centimetres, with_z_up])
def test_it_moves_as_the_file_says_whatever_its_unit_and_axes(addon, tmp_path, written):
    clip = stepping_clip()
    path = tmp_path / "steps.bvh"
    write_bvh(path, clip if written is None else written(clip))
    addon.frame_start = 11
    addon.render.fps = round(clip.frame_rate_hz)
    assert drop(path) == {"FINISHED"}
    armature = bpy.context.object
    assert (armature.name, addon.neural_motion.character) == ("steps", armature)
    places = joint_positions(clip)
    for frame in (0, clip.frame_count // 2, clip.frame_count - 1):
        addon.frame_set(11 + frame)
        for joint, name in enumerate(clip.skeleton.names):
            x, y, z = places[frame, joint]
            head = armature.matrix_world @ armature.pose.bones[name].head
            assert np.allclose(head, (x, -z, y), atol=2e-3)
    assert addon.frame_end >= 10 + clip.frame_count
    found = {row.name: row.bone for row in armature.neural_motion.joints.rows if row.bone}
    assert len(found) in (0, len(COMMON_SKELETON.names))  # open ones are found by themselves


def test_who_is_chosen_stays_chosen_and_several_are_imported(addon, tmp_path):
    clip = stepping_clip()
    paths = [tmp_path / "a.bvh", tmp_path / "b.bvh"]
    for path in paths:
        write_bvh(path, clip)
    chosen = bpy.data.objects.new("Head", None)
    addon.collection.objects.link(chosen)
    addon.neural_motion.character = chosen
    addon.frame_set(40)
    assert drop(*paths, start="CURRENT") == {"FINISHED"}
    assert addon.neural_motion.character == chosen
    assert {"a", "b"} <= set(bpy.data.objects.keys())
    assert tuple(bpy.data.actions["a"].frame_range) == (40, 39 + _frames(clip))


def _frames(clip):
    return int(clip.duration_s * 24 + 1e-6) + 1


@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_a_truncated_file_is_told_and_leaves_nothing(addon, tmp_path, share):
    whole, cut = tmp_path / "whole.bvh", tmp_path / "cut.bvh"
    write_bvh(whole, stepping_clip())
    text = whole.read_text("utf-8")
    cut.write_text(text[: int(share * len(text))], "utf-8")
    before = snapshot()
    with pytest.raises(RuntimeError, match=r"'cut\.bvh', line \d+: .*Nothing was imported"):
        drop(whole, cut)
    assert snapshot() == before
    assert not bpy.data.armatures and not bpy.data.actions


def test_the_unit_is_guessed_from_how_tall_a_person_is():
    assert guess_metres_per_unit(COMMON_SKELETON) == 1.0
    assert guess_metres_per_unit(COMMON_SKELETON.scaled(100.0)) == 0.01
    assert guess_metres_per_unit(COMMON_SKELETON.scaled(1.0 / 0.0254)) == 0.0254
    odd = guess_metres_per_unit(COMMON_SKELETON.scaled(11.0))
    assert 1.2 < odd * 11.0 * np.ptp(COMMON_SKELETON.rest_positions()[:, 1]) < 2.0


def test_y_up_stays_as_it_is(tmp_path):
    clip = stepping_clip()
    assert with_y_up(clip) is clip
    write_bvh(tmp_path / "z.bvh", with_z_up(clip))
    stood = with_y_up(read_bvh(tmp_path / "z.bvh"))
    places, _ = forward_kinematics(stood.skeleton, stood.root_positions, stood.rotations_wxyz)
    assert np.allclose(places, joint_positions(clip), atol=1e-3)
