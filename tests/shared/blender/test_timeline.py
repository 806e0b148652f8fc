"""The scene's end and the playhead."""

from __future__ import annotations

import pytest

from blender_addon.blender.timeline import extend_scene, frame_rate_of, playhead_kept
from blender_addon.core.errors import InputError

pytestmark = pytest.mark.blender


def test_the_scene_ends_later_but_never_earlier(scene):
    scene.frame_end = 100
    assert not extend_scene(scene, 60)
    assert not extend_scene(scene, 100)
    assert scene.frame_end == 100
    assert extend_scene(scene, 130)
    assert scene.frame_end == 130


def test_the_playhead_stays_between_frames(scene):
    scene.frame_set(7, subframe=0.25)
    with playhead_kept(scene):
        scene.frame_set(40)
    assert scene.frame_current_final == 7.25
    with pytest.raises(InputError):
        move_and_fail(scene)
    assert scene.frame_current_final == 7.25


@pytest.mark.parametrize(("frame", "part"), [(-3, 0.25), (0, 0.5), (-1, 0.999), (1000, 0.1)])
def test_the_playhead_stays_to_the_bit_on_both_sides_of_zero(scene, frame, part):
    scene.frame_set(frame, subframe=part)
    before = scene.frame_current, scene.frame_subframe
    with playhead_kept(scene):
        scene.frame_set(40)
    assert (scene.frame_current, scene.frame_subframe) == before


def move_and_fail(scene):
    with playhead_kept(scene):
        scene.frame_set(3)
        raise InputError("on purpose")


def test_the_rate_has_its_fraction(scene):
    scene.render.fps, scene.render.fps_base = 24, 1.001
    assert frame_rate_of(scene) == pytest.approx(23.976, abs=1e-3)
