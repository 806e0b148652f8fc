"""Several characters walk in one batch, all of them or none."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.capabilities.walk.crowd.scene import CrowdMember, read_crowd, write_crowd
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import InputError, PathError, SettingsError
from tests.shared.blender.builders import bone_heads, make_curve, make_ground, make_rig
from tests.shared.blender.snapshot import snapshot
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender


class CountingWalker(SwingingWalker):
    """Remembers how many requests came at once."""

    batches: list[int]

    def __init__(self):
        super().__init__()
        self.batches = []

    def generate(self, requests, **options):
        self.batches.append(len(requests))
        return super().generate(requests, **options)


def make_three(size=1.0):
    rigs = [make_rig(name=f"Rig{n}", size=size * (1 + 0.5 * n)) for n in range(3)]
    curves = [make_curve(((n, 0, 0), (n, -4, 0)), name=f"Path{n}") for n in range(3)]
    return rigs, curves


def members(rigs, curves, **settings):
    return [
        CrowdMember(WalkSettings(rig, curve, seed=n, **settings), delay_s=0.5 * n)
        for n, (rig, curve) in enumerate(zip(rigs, curves, strict=True))
    ]


def test_everybody_walks_their_own_path_in_one_batch(scene):
    rigs, curves = make_three()
    job = read_crowd(bpy.context, members(rigs, curves, start_frame=10))
    walker = CountingWalker()
    written = write_crowd(bpy.context, job, job.run(pipeline=walker).result)
    assert walker.batches == [3]
    assert [each.first_frame for each in written] == [10, 22, 34]
    for n, (rig, each) in enumerate(zip(rigs, written, strict=True)):
        scene.frame_set(each.last_frame)
        assert np.allclose(bone_heads(rig, ["Hips"])[0][:2], (n, -4), atol=0.15)


def test_the_trained_model_walks_a_crowd_over_one_ground(scene, model):
    rigs, curves = make_three(0.8)
    ground = make_ground(height=lambda _x, y: 0.05 * y)
    job = read_crowd(bpy.context, members(rigs, curves, ground=ground))
    told = []
    walks = job.run(lambda part: told.append(part) or True).result
    assert told == sorted(told)
    assert told[-1] <= 1.0
    written = write_crowd(bpy.context, job, walks)
    assert len({each.action_name for each in written}) == 3
    for n, rig in enumerate(rigs):
        scene.frame_set(written[n].last_frame)
        assert bone_heads(rig, ["LeftToe", "RightToe"])[:, 2].max() < 0.1


def test_an_error_says_whose_it_is_and_nothing_is_written(scene):
    rigs, curves = make_three()
    dot = make_curve(((5, 5, 0), (5, 5, 0)), name="Dot")
    before = snapshot()
    with pytest.raises(PathError, match="character 2 'Rig1': the curve 'Dot' has no length"):
        read_crowd(bpy.context, members(rigs, [curves[0], dot, curves[2]]))
    with pytest.raises(SettingsError, match="'Rig0' is character 1 and 2"):
        read_crowd(bpy.context, members([rigs[0], rigs[0]], curves[:2]))
    with pytest.raises(SettingsError, match="nobody to walk"):
        read_crowd(bpy.context, [])
    late = [CrowdMember(WalkSettings(rigs[0], curves[0], start_frame=1_000_000), delay_s=3000.0)]
    with pytest.raises(PathError, match=r"character 1 'Rig0': .*last frame"):
        read_crowd(bpy.context, late)
    with pytest.raises(InputError, match="character 1: no character"):
        read_crowd(bpy.context, members([None], curves[:1]))
    assert snapshot() == before


def test_one_that_cannot_be_written_keeps_all_from_it(scene):
    rigs, curves = make_three()
    job = read_crowd(bpy.context, members(rigs, curves))
    walks = job.run(pipeline=SwingingWalker()).result
    bpy.data.objects.remove(rigs[2])
    scene.frame_set(1)
    before = snapshot()
    with pytest.raises(InputError, match="is gone"):
        write_crowd(bpy.context, job, walks)
    assert snapshot() == before


def test_the_panel_s_list_is_filled_from_the_selection(addon):
    rigs, curves = make_three()
    for each in (*rigs, *curves):
        each.select_set(True)
    for n, rig in enumerate(rigs):
        rig.location = (n, 0.2, 0)
    bpy.context.view_layer.update()
    bpy.ops.neural_motion.add_crowd_members()
    rows = addon.neural_motion.walk.crowd
    assert {row.rig.name: row.path.name for row in rows} == {
        "Rig0": "Path0", "Rig1": "Path1", "Rig2": "Path2",
    }  # fmt: skip
    bpy.ops.neural_motion.add_crowd_members()  # nobody new: a line to fill in
    assert len(rows) == 4
    assert not bpy.ops.neural_motion.generate_crowd.poll()
    bpy.ops.neural_motion.remove_crowd_member()
    with pytest.raises(RuntimeError, match="Choose a character"):
        bpy.ops.neural_motion.generate_crowd()
    addon.neural_motion.character = rigs[0]
    assert bpy.ops.neural_motion.generate_crowd.poll()


def test_all_are_generated_by_the_button(addon, model):
    rigs, curves = make_three()
    for rig, curve in zip(rigs, curves, strict=True):
        row = addon.neural_motion.walk.crowd.add()
        row.rig, row.path, row.speed = rig, curve, 1.5
    addon.neural_motion.character = rigs[1]
    assert bpy.ops.neural_motion.generate_crowd() == {"FINISHED"}
    assert all(rig.animation_data.action for rig in rigs)
    assert rigs[1].neural_motion.walk.last_result.startswith("3 characters")
