"""The buttons of physics, with a stand-in for what simulates."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.capabilities.physics import help_band, opening, properties, push_arrows
from blender_addon.capabilities.physics.job import PhysicsJob
from blender_addon.capabilities.physics.obstacles import IntoFigure
from blender_addon.capabilities.physics.preview import Preview, limbs_of
from blender_addon.capabilities.physics.told import Shown
from blender_addon.core.errors import PhysicsError
from blender_addon.core.physics.joints import still_pose
from tests.physics.actors import animated
from tests.physics.stand_in import Shifter

pytestmark = pytest.mark.blender

BALANCE_BY_POLICY = {"mode": "BALANCE", "balancer": "POLICY"}


@pytest.fixture
def actor(addon, monkeypatch):
    """A chosen character that stands and swings its arms."""
    rig = animated()
    addon.neural_motion.character = rig
    pipeline = Shifter(left_m=0.2, fell_s=0.5, help_n=300.0)
    run = PhysicsJob.run
    monkeypatch.setattr(PhysicsJob, "run", lambda job, told=None: run(job, told, pipeline=pipeline))
    monkeypatch.setattr(properties, "why_no_engine", lambda: None)
    rig["asked"] = 0
    return rig, pipeline


def press(name, **given):
    return getattr(bpy.ops.neural_motion, name)("EXEC_DEFAULT", True, **given)


def tracks(rig):
    return [[s.name for s in each.strips] for each in rig.animation_data.nla_tracks]


def test_generate_writes_one_strip_and_tells_what_came_of_it(actor):
    rig, _ = actor
    assert press("generate_physics") == {"FINISHED"}
    physics = rig.neural_motion.physics
    assert tracks(rig) == [["Own"], ["Rig Physics"]]
    brief, *details = physics.last_result.split("; ")
    assert brief == "Fell at frame 16 after 0.5 s, with help"
    assert details[0].startswith("help up to 45% of the weight, in 49%")
    assert physics.last_provider.startswith("1.0 s simulated in")
    assert (physics.last_warnings, physics.last_notes) == ("", "told by the stand-in")
    shown = Shown.from_text(physics.last_result_shown)
    assert (shown.first, shown.fell, len(shown.help)) == (1, 16, 30)
    assert shown.help[:10] == "0" * 10 and shown.help[-1] == "4"


def test_one_step_of_undo_takes_all_of_it_back(actor):
    bpy.ops.ed.undo_push(message="before")
    assert press("generate_physics") == {"FINISHED"}
    bpy.ops.ed.undo()
    rig = bpy.context.scene.neural_motion.character
    assert rig.animation_data.action.name == "Own"
    assert not rig.animation_data.nla_tracks
    assert rig.neural_motion.physics.last_result == ""


def test_settings_reach_the_simulation_and_are_adjusted_afterwards(actor):
    rig, pipeline = actor
    physics = rig.neural_motion.physics
    physics.mode, physics.muscles, physics.mass_kg, physics.seed = "FALL", 0.5, 90.0, 7
    physics.fall_frame = 16
    push = physics.pushes.add()
    push.frame, push.body, push.strength, push.direction = 10, "head", 30.0, (2.0, 0.0, 0.0)
    press("generate_physics")
    request = pipeline.asked[-1]
    settings = request.settings
    assert (settings.mode.value, settings.muscles, settings.mass_kg) == ("FALL", 0.5, 90.0)
    assert settings.seed == 7 and request.limp_from_s == pytest.approx(0.5)
    assert request.pushes[0].impulse_n_s.tolist() == [30.0, 0.0, 0.0]
    assert press("generate_physics", muscles=1.5) == {"FINISHED"}
    assert pipeline.asked[-1].settings.muscles == 1.5 and physics.muscles == 1.5
    assert len(tracks(rig)) == 2


def test_an_error_leaves_all_as_it_was(actor, monkeypatch):
    rig, _ = actor

    def explodes(_job, _told=None):
        raise PhysicsError("the simulation explodes at 0.3 s. Choose a smaller push")

    monkeypatch.setattr(PhysicsJob, "run", explodes)
    with pytest.raises(RuntimeError, match=r"explodes at 0\.3 s"):
        press("generate_physics", muscles=2.0)
    assert rig.animation_data.action.name == "Own" and not rig.animation_data.nla_tracks
    assert rig.neural_motion.physics.muscles == 1.0
    assert rig.neural_motion.physics.last_result == ""


def reason():
    return properties.reason_not_to_generate(bpy.context)


def test_it_says_why_it_is_greyed_out(actor, monkeypatch):
    rig, _ = actor
    assert reason() is None
    press("generate_physics")
    assert reason() is None  # the own action lies beneath
    monkeypatch.setattr(properties, "why_no_engine", lambda: "needs the physics edition")
    assert reason() == "needs the physics edition"
    monkeypatch.setattr(properties, "why_no_engine", lambda: None)
    monkeypatch.setattr(opening, "policies", lambda _choice: [])
    rig.neural_motion.physics.mode = "BALANCE"
    assert reason() is None
    rig.neural_motion.physics.balancer = "POLICY"
    assert reason() == properties.NO_POLICY
    rig.neural_motion.physics.mode = "TRACK"
    rig.animation_data_clear()
    assert reason().startswith("Nothing animates 'Rig'")
    bpy.context.scene.neural_motion.character = None
    assert "Choose a character" in reason()


def test_what_physics_made_alone_animates_nothing(actor):
    rig, _ = actor
    press("generate_physics")
    rig.animation_data.nla_tracks.remove(rig.animation_data.nla_tracks[0])
    assert reason().startswith("Nothing animates")


def test_pushes_are_added_at_the_playhead_aimed_and_removed(actor):
    rig, _ = actor
    pushes = rig.neural_motion.physics.pushes
    for frame in (5, 12):
        bpy.context.scene.frame_set(frame)
        assert press("add_physics_push") == {"FINISHED"}
    assert [each.frame for each in pushes] == [5, 12]
    assert rig.neural_motion.physics.active_push == 1
    assert np.linalg.norm(pushes[1].direction) == pytest.approx(1.0)
    assert pushes[1].direction[2] == 0.0
    pushes[1].direction = (0.0, 0.0, 1.0)
    press("aim_physics_push")
    assert pushes[1].direction[2] == 0.0
    press("remove_physics_push")
    assert [each.frame for each in pushes] == [5]
    press("add_physics_push")
    press("clear_physics_pushes")
    assert not pushes
    assert not bpy.ops.neural_motion.remove_physics_push.poll()


def test_arrows_end_at_what_is_pushed(actor):
    rig, _ = actor
    bpy.context.scene.frame_set(5)
    press("add_physics_push")
    push = rig.neural_motion.physics.pushes[0]
    push.direction, push.body = (0.0, 3.0, 0.0), "head"
    ((lines, opacity),) = push_arrows.arrows(bpy.context)
    assert opacity == 1.0
    head = rig.matrix_world @ rig.pose.bones["Head"].center
    assert np.allclose(lines[0, 1], head, atol=1e-5)
    along = lines[0, 1] - lines[0, 0]
    assert along[1] > 0.2 and np.allclose(along[[0, 2]], 0.0, atol=1e-5)
    bpy.context.scene.frame_set(60)
    ((_, faint),) = push_arrows.arrows(bpy.context)
    assert faint < opacity
    push.direction = (0.0, 0.0, 0.0)
    assert not len(next(push_arrows.arrows(bpy.context))[0])


def test_the_timeline_shows_help_in_runs(actor):
    press("generate_physics")
    shown = help_band.shown_now(bpy.context)
    assert list(help_band.runs(shown)) == [(1, 16, 0), (16, 31, 4)]
    assert help_band.colour_of(0) != help_band.colour_of(1)
    rig, _ = actor
    for broken in ("", "[]", "{", '{"first": 1}', "7"):
        rig.neural_motion.physics.last_result_shown = broken
        assert help_band.shown_now(bpy.context) is None


def test_the_preview_draws_the_figure_where_the_character_is(scene):
    preview = Preview(IntoFigure(np.array([1.0, 0.0, 2.0]), 2.0, 0.5))
    assert not len(preview.lines()[0])
    for frame in range(8):
        pose = still_pose()
        pose[:3] = (0.1 * frame, 1.0, 0.0)
        preview.tell(frame, pose)
    figure, trail = preview.lines()
    assert figure.shape[1:] == (2, 3) and len(figure) == len(limbs_of(still_pose()))
    assert len(trail) == 3
    assert np.allclose(trail[-1], [(1.0 + 2.0 * 0.7) / 0.5, -2.0 / 0.5, 2.0 / 0.5])
    assert np.ptp(figure[..., 2]) == pytest.approx(1.75 * 2.0 / 0.5, rel=0.15)
    preview.redraw()
    preview.remove()
