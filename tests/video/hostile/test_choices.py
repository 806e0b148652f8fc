"""Numbers that no field lets in, pins and picks that cannot be followed: refused or told."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.film.choice import FilmChoice, FilmSource  # noqa: E402
from blender_addon.capabilities.video import scene as video_scene  # noqa: E402
from blender_addon.capabilities.video.choice import (  # noqa: E402
    PersonPick,
    PinPlace,
    VideoChoice,
)
from blender_addon.capabilities.video.told import told_of  # noqa: E402
from blender_addon.core.errors import SettingsError  # noqa: E402
from blender_addon.core.video.settings import CameraSettings, FitSettings  # noqa: E402
from tests.shared.blender.builders import make_rig  # noqa: E402
from tests.video.film.made_films import write_images  # noqa: E402
from tests.video.scene.watching import Watcher  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture
def choice(scene, tmp_path):
    scene.render.fps = 24
    pictures = write_images(tmp_path / "shots", range(24), (64, 48))
    film = FilmChoice(FilmSource.SEQUENCE, path=str(pictures))
    return VideoChoice(armature=make_rig(root_bone=True), film=film)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_a_number_out_of_range(choice, value):
    with pytest.raises(SettingsError, match=r"smoothing must be 0 to 2; found"):
        video_scene.read(bpy.context, replace(choice, settings=FitSettings(smoothing=value)))
    with pytest.raises(SettingsError, match=r"lens_mm must be 4 to 2000; found"):
        video_scene.read(bpy.context, replace(choice, camera=CameraSettings(lens_mm=value)))


def solved(choice):
    job = video_scene.read(bpy.context, choice)
    return job, job.run(pipeline=Watcher()).result


def test_pins_that_cannot_be_followed_are_counted(choice):
    job, motion = solved(choice)
    assert not [note for note in told_of(job, motion) if "pin" in note]
    there = motion.result.fitted.points_px[12, 0] / np.array([64, 48])
    good = PinPlace(12, 0, *there.tolist())
    job, motion = solved(replace(choice, pins=(good,)))
    assert not [note for note in told_of(job, motion) if "pin" in note]
    far = tuple(PinPlace(5, joint, -1.0 + 3.0 * (joint % 2), 2.0) for joint in range(14))
    job, motion = solved(replace(choice, pins=(good, *far)))
    told = [note for note in told_of(job, motion) if "pins are out of reach" in note]
    assert told
    assert "of 15 pins" in told[0]


def test_pins_outside_of_the_part_or_pinned_twice(choice):
    pins = (PinPlace(3, 0, 0.5, 0.5), PinPlace(3, 0, 0.6, 0.5), PinPlace(900, 1, 0.5, 0.5))
    notes = video_scene.read(bpy.context, replace(choice, pins=pins)).notes
    assert any("1 of 3 pins lie outside" in note for note in notes)
    assert any("1 pins are of a joint that is pinned again" in note for note in notes)


def test_a_pick_outside_of_the_part(choice):
    film = replace(choice.film, frame_range=(10, 20))
    for picture, says in ((0, "picture 9 is followed"), (22, "picture 19 is followed"), (12, "")):
        picked = replace(choice, film=film, person=PersonPick(picture, 0.5, 0.5))
        notes = [n for n in video_scene.read(bpy.context, picked).notes if "picked" in n]
        assert bool(notes) == bool(says)
        assert not says or says in notes[0]
