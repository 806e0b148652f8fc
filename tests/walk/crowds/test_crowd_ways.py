"""Several characters of a scene differ and make way; what was changed is told of each."""

from __future__ import annotations

from itertools import combinations

import bpy
import numpy as np
import pytest

from blender_addon.capabilities.walk.crowd.migration import has_own_speed, migrate_speeds
from blender_addon.capabilities.walk.crowd.operators import crowd_members
from blender_addon.capabilities.walk.crowd.scene import CrowdMember, read_crowd, write_crowd
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.notes import notes_in, warnings_in
from blender_addon.core.settings import declared
from blender_addon.core.walk.crowd.settings import CrowdSettings
from tests.shared.blender.builders import bone_heads, make_curve, make_ground, make_rig
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

HEAD_ON = (((0, 3, 0), (0, -3, 0)), ((0, -3, 0), (0, 3, 0)))
ONLY_APART = CrowdSettings(vary=False)


def member(n, way, **settings):
    rig, curve = make_rig(name=f"Rig{n}"), make_curve(way, name=f"Path{n}")
    return CrowdMember(WalkSettings(rig, curve, **settings))


def members(ways, **settings):
    return [member(n, way, **settings) for n, way in enumerate(ways)]


def hips_apart(scene, members, last):
    """Smallest distance between any two hips over time."""
    nearest = np.inf
    for frame in range(1, last + 1, 3):
        scene.frame_set(frame)
        places = [bone_heads(m.settings.armature, ["Hips"])[0][:2] for m in members]
        nearest = min(nearest, *(np.linalg.norm(a - b) for a, b in combinations(places, 2)))
    return nearest


@pytest.mark.parametrize("settings", [CrowdSettings(vary=False, keep_apart=False), ONLY_APART])
def test_two_who_meet_head_on_pass_each_other(scene, settings):
    both = members(HEAD_ON, start_frame=1)
    curves = [[tuple(p.co) for p in m.settings.curve.data.splines[0].points] for m in both]
    job = read_crowd(bpy.context, both, settings=settings)
    written = write_crowd(bpy.context, job, job.run(pipeline=SwingingWalker()).result)
    nearest = hips_apart(scene, both, max(each.last_frame for each in written))
    assert (nearest > 0.7) == settings.keep_apart
    told = [notes_in(each.notes) for each in job.jobs]
    if settings.keep_apart:
        assert len(told[1]) == 1
        assert told[1][0].startswith("goes 0.9 m to the right between ")
        assert told[1][0].endswith("of its path, to keep apart from 'Rig0'")
    assert not told[0]
    assert curves == [[tuple(p.co) for p in m.settings.curve.data.splines[0].points] for m in both]


def test_who_goes_aside_walks_on_the_ground_that_is_there(scene):
    ground = make_ground(height=lambda x, _y: 0.3 * x)  # higher the further aside
    both = members(HEAD_ON, ground=ground, start_frame=1)
    job = read_crowd(bpy.context, both, settings=ONLY_APART)
    bent = job.requests[1]
    side = bent.path.points[np.abs(bent.path.points[:, 0]).argmax(), [0, 2]]
    assert abs(side[0]) > 0.6
    assert float(bent.terrain.heights(side)) == pytest.approx(0.3 * side[0], abs=0.05)
    scale = job.jobs[1].scale_to(SwingingWalker.skeleton)
    assert float(job.jobs[1].terrain.heights(scale * side)) == pytest.approx(
        scale * float(bent.terrain.heights(side)), abs=1e-3
    )


def test_those_for_whom_there_is_no_room_are_warned_of(scene):
    narrow = make_ground(height=lambda _x, _y: 0.0)
    narrow.scale = (0.02, 1, 1)
    bpy.context.view_layer.update()
    job = read_crowd(
        bpy.context, members(HEAD_ON, ground=narrow, start_frame=1), settings=ONLY_APART
    )
    warnings = warnings_in(job.jobs[1].notes)
    assert len(warnings) == 1
    assert warnings[0].startswith("comes as near as ")
    assert "'Rig0' on frame " in warnings[0]


def test_a_crowd_that_begins_as_one_is_never_in_step(scene):
    alike = [((2.0 * n, 3, 0), (2.0 * n, -3, 0)) for n in range(4)]
    job = read_crowd(bpy.context, members(alike, start_frame=1), settings=CrowdSettings())
    phases = np.sort([each.phase_rad for each in job.requests])
    assert np.diff(phases) == pytest.approx(np.full(3, np.pi / 2))
    assert len({each.stand_before_s for each in job.requests}) == 4
    assert {each.start_frame for each in job.jobs} == {1}


def test_the_list_s_settings_are_the_command_line_s(addon):
    shown = addon.neural_motion.walk.bl_rna.properties
    for each in declared(CrowdSettings):
        assert shown[each.name].name == each.setting.title
        assert shown[each.name].default == pytest.approx(each.default)


def test_own_speed_is_a_choice_and_old_files_keep_theirs(addon):
    addon.neural_motion.character = make_rig()
    addon.neural_motion.character.neural_motion.walk.speed = 1.7
    rows = addon.neural_motion.walk.crowd
    for _ in range(3):
        rows.add().rig = addon.neural_motion.character
    rows[0].speed = 2.2
    rows[1].own_speed = True
    assert rows[0].own_speed
    assert rows[1].speed == pytest.approx(1.7)
    speeds = [member.settings.speed_m_s for member in crowd_members(bpy.context)]
    assert speeds == pytest.approx([2.2, 1.7, 1.7])
    # As an older version stored them: a speed alone, or 0 for none.
    rows[2].speed = 0.0
    for row in rows:
        row.property_unset("own_speed")
    assert [has_own_speed(row) for row in rows] == [True, True, False]
    migrate_speeds()
    assert [row.own_speed for row in rows] == [True, True, False]
    assert rows[2].speed == pytest.approx(1.3)
