"""Speech and gaze on one face: whoever is there first goes on blinking, the other leaves it be."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.face.blinking import blinked_by, keep_blinks, lids_of
from blender_addon.blender.face.shape_keys import shape_path
from blender_addon.blender.keys.keyframes import Channel
from blender_addon.blender.keys.layers import add_layer, layers_of
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.gaze.pipeline import GazePipeline, GazeSettings
from blender_addon.core.inference.session import ModelSession
from tests.gaze.samples import write_behaviour, write_eye_head
from tests.shared.blender.face_builders import evaluated_weights, make_face
from tests.shared.blender.face_rigs import point, rig_with_eyes
from tests.shared.core.sound_samples import write_wav
from tests.speech.contract_samples import babble
from tests.speech.stand_in import speaker

pytestmark = pytest.mark.blender
SPEECH, GAZE, LATER = (1, 361), (121, 300), (200, 480)


@pytest.fixture
def face(scene, tmp_path):
    """A face with a body, somebody to look at, and fifteen seconds of voice."""
    scene.render.fps = 24
    rig = rig_with_eyes()
    point("Cup", (0, -2, 1.6))
    write_wav(tmp_path / "voice.wav", babble(15.0).read(0, 240_000), 16_000)
    return make_face(parent=rig)


def speak(face, folder, **options):
    sound = SoundChoice("FILE", str(folder / "voice.wav"))
    chosen = SpeechSettings(face.parent, sound, start_frame=1, nods=False, **options)
    job = speech_scene.read(bpy.context, chosen)
    done = job.run(pipeline=speaker()).result
    speech_scene.write(bpy.context, job, done)
    return job.warnings


def look(face, folder, span, **settings):
    folder = folder / "models"
    folder.mkdir(exist_ok=True)
    paths = write_behaviour(folder), write_eye_head(folder)
    pipeline = GazePipeline(*(ModelSession(p, ["CPUExecutionProvider"]) for p in paths))
    targets = (TargetChoice(bpy.data.objects["Cup"]),)
    settings = GazeSettings(**{"blink_rate": 3.0, **settings})
    choice = GazeChoice(face.parent, targets, role="LISTENING", settings=settings)
    job = gaze_scene.read(bpy.context, [choice], *span)
    done = job.run(pipeline=pipeline).result
    gaze_scene.write(bpy.context, job, done)
    return done.characters[0].warnings


def blinks(face, span):
    """(K,) frames of the span on which an eye is shut."""
    shut = []
    for frame in range(span[0], span[1] + 1):
        bpy.context.scene.frame_set(frame)
        if evaluated_weights(face)["eyeBlinkLeft"] > 0.75:
            shut.append(frame)
    return shut


def test_a_gaze_after_a_speech_leaves_the_blinking_to_it(face, tmp_path):
    speak(face, tmp_path)
    alone = blinks(face, SPEECH)
    told = look(face, tmp_path, GAZE)
    assert "left to the speech that is on this face between frames 121 and 300" in "".join(told)
    assert blinks(face, SPEECH) == alone


def test_outside_of_the_speech_the_gaze_blinks(face, tmp_path):
    speak(face, tmp_path)
    alone = blinks(face, LATER)
    look(face, tmp_path, LATER)
    together = blinks(face, LATER)
    assert [n for n in together if n <= SPEECH[1]] == [n for n in alone if n <= SPEECH[1]]
    assert max(together) > SPEECH[1]


def test_a_speech_after_such_a_gaze_still_blinks(face, tmp_path):
    speak(face, tmp_path)
    alone = blinks(face, SPEECH)
    look(face, tmp_path, GAZE)
    assert not any("left to" in each for each in speak(face, tmp_path))
    assert blinks(face, SPEECH) == alone


def test_a_gaze_anew_keeps_the_frames_that_the_speech_left_to_it(face, tmp_path):
    look(face, tmp_path, GAZE)
    assert any("left to the gaze" in each for each in speak(face, tmp_path))
    look(face, tmp_path, SPEECH, liveliness=0.5)
    assert blinks(face, (GAZE[0] + 5, GAZE[1] - 5))


@pytest.mark.parametrize(
    ("spoken", "looked"), [({"blinks": False}, {}), ({"upper_face": False}, {}), ({}, None)]
)
def test_who_does_not_blink_takes_no_blinks(face, tmp_path, spoken, looked):
    if looked is None:
        told = look(face, tmp_path, GAZE, blink_rate=0.0) + speak(face, tmp_path)
    else:
        speak(face, tmp_path, **spoken)
        told = look(face, tmp_path, GAZE)
    assert not any("left to" in each for each in told)
    assert blinks(face, SPEECH)


def a_layer(face):
    frames = np.arange(1.0, 41.0)
    shut = [Channel(shape_path("eyeBlinkLeft"), 0, frames, 0 * frames + 0.1)]
    layer = add_layer(bpy.context, face.data.shape_keys, "speech", "Said", shut)
    keep_blinks([layer], frames, (frames <= 10) | (frames >= 31))
    return layers_of(face.data.shape_keys, "speech")[0].strips[0]


def moved(strip):
    strip.frame_start_ui = 101


def stretched(strip):
    strip.scale = 2.0


def trimmed(strip):
    strip.action_frame_start = 6


def scrawled_over(strip):
    strip.action["neural_motion_blinks"] = "[1, 2"


def muted(strip):
    strip.mute = True


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (None, [(1, 10), (31, 40)]),
        (moved, [(101, 110), (131, 140)]),
        (stretched, [(1, 19), (61, 79)]),
        (trimmed, [(1, 5), (26, 35)]),
        (scrawled_over, [(1, 40)]),
        (muted, []),
    ],
)
def test_blinks_are_where_the_strip_plays_them(scene, change, found):
    face = make_face(["eyeBlinkLeft", "jawOpen"])
    strip = a_layer(face)
    if change:
        change(strip)
    frames = np.arange(-20.0, 200.0)
    expected = np.any([(frames >= a) & (frames <= b) for a, b in found], axis=0)
    for shape in ("eyeBlinkLeft", "jawOpen"):
        lids = lids_of([face], [shape], None, ())
        here = expected & (shape == "eyeBlinkLeft")
        assert (blinked_by("speech", lids, frames) == here).all()
    assert not blinked_by("gaze", lids_of([face], ["eyeBlinkLeft"], None, ()), frames).any()
