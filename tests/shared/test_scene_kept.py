"""Whatever is generated: unkeyed values and the playhead stay as they were, to the bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.film.choice import FilmChoice, FilmSource  # noqa: E402
from blender_addon.blender.keys.density import KeyDensity  # noqa: E402
from blender_addon.blender.keys.layers import show_layer  # noqa: E402
from blender_addon.blender.keys.options import ResultKind, ResultOptions  # noqa: E402
from blender_addon.blender.live.driven import drive_profile  # noqa: E402
from blender_addon.blender.sound.choice import SoundChoice  # noqa: E402
from blender_addon.blender.timeline import playhead_kept  # noqa: E402
from blender_addon.capabilities.editing import scene as editing_scene  # noqa: E402
from blender_addon.capabilities.editing.choice import Edit, EditChoice  # noqa: E402
from blender_addon.capabilities.gaze import scene as gaze_scene  # noqa: E402
from blender_addon.capabilities.gaze.scene import GazeChoice  # noqa: E402
from blender_addon.capabilities.gaze.targets import TargetChoice  # noqa: E402
from blender_addon.capabilities.gesture import scene as gesture_scene  # noqa: E402
from blender_addon.capabilities.gesture.choice import GestureChoice  # noqa: E402
from blender_addon.capabilities.perform.cues import read_cue, taking_part  # noqa: E402
from blender_addon.capabilities.perform.performance import Performance  # noqa: E402
from blender_addon.capabilities.physics import scene as physics_scene  # noqa: E402
from blender_addon.capabilities.physics.choice import PhysicsChoice  # noqa: E402
from blender_addon.capabilities.quadruped import scene as quadruped_scene  # noqa: E402
from blender_addon.capabilities.quadruped.choice import AnimalChoice  # noqa: E402
from blender_addon.capabilities.quadruped.secondary.choice import Secondary  # noqa: E402
from blender_addon.capabilities.speech import scene as speech_scene  # noqa: E402
from blender_addon.capabilities.speech.scene import SpeechSettings  # noqa: E402
from blender_addon.capabilities.video import scene as video_scene  # noqa: E402
from blender_addon.capabilities.video.choice import At, VideoChoice  # noqa: E402
from blender_addon.capabilities.walk import scene as walk_scene  # noqa: E402
from blender_addon.capabilities.walk.live.drive import DriveSettings, LiveDrive  # noqa: E402
from blender_addon.capabilities.walk.residual import measure_residual  # noqa: E402
from blender_addon.capabilities.walk.scene import WalkSettings  # noqa: E402
from blender_addon.core.capabilities import CAPABILITIES  # noqa: E402
from blender_addon.core.gesture.settings import GestureMode  # noqa: E402
from tests.editing.ui.motions import Mover  # noqa: E402
from tests.gaze.stand_in import Starer  # noqa: E402
from tests.gesture.stand_in import Stepper, Waver, music, quiet  # noqa: E402
from tests.physics.stand_in import Shifter  # noqa: E402
from tests.quadruped.scene.animals import Trotter, make_animal  # noqa: E402
from tests.shared.blender.builders import make_curve  # noqa: E402
from tests.shared.blender.face_builders import make_face  # noqa: E402
from tests.shared.blender.face_rigs import point, rig_with_eyes  # noqa: E402
from tests.shared.core.sound_samples import sine, write_wav  # noqa: E402
from tests.speech.stand_in import speaker  # noqa: E402
from tests.video.film.made_films import write_images  # noqa: E402
from tests.video.scene.watching import Watcher  # noqa: E402
from tests.walk.stand_in import SwingingWalker  # noqa: E402

pytestmark = pytest.mark.blender

PLAYHEADS = ((7, 0.3), (150, 0.7), (-3, 0.25))
HELD = (0.01, 0.02, 0.03)


def walk(rig, _face, _folder):
    chosen = WalkSettings(rig, make_curve(((0, 0, 0), (0, -2, 0))), start_frame=20)
    job = walk_scene.read(bpy.context, chosen)
    done = job.run(pipeline=SwingingWalker()).result
    options = ResultOptions(density=KeyDensity.REDUCED, blend_in_s=0.2, blend_out_s=0.2)
    written = walk_scene.write(bpy.context, job, done, options)
    measure_residual(bpy.context, job, done, written.first_frame)


def gaze(rig, _face, _folder):
    choice = GazeChoice(rig, (TargetChoice(point("Thing", (0.3, -2, 1.5))),))
    for _ in range(2):
        job = gaze_scene.read(bpy.context, [choice], 1, 48)
        gaze_scene.write(bpy.context, job, job.run(pipeline=Starer()).result)


def speech(rig, _face, folder):
    file = write_wav(folder / "voice.wav", sine(16_000, 1.0, 150.0, 0.4), 16_000)
    chosen = SpeechSettings(rig, SoundChoice("FILE", str(file)), start_frame=1)
    for _ in range(2):
        job = speech_scene.read(bpy.context, chosen)
        speech_scene.write(bpy.context, job, job.run(pipeline=speaker()).result)


def gesture(rig, _face, folder):
    """Hands that talk, again, then a dance."""
    file = write_wav(folder / "voice.wav", sine(16_000, 3.0, 150.0, 0.4), 16_000)
    sound = SoundChoice("FILE", str(file))
    for mode in (GestureMode.TALK, GestureMode.TALK, GestureMode.DANCE):
        choice = GestureChoice(rig, mode=mode, sound=sound, start_frame=1)
        job = gesture_scene.read(bpy.context, choice)
        dances = mode is GestureMode.DANCE
        pipeline, heard = (Stepper(), music(3.0)) if dances else (Waver(), quiet(3.0))
        done = job.run(pipeline=pipeline, heard=heard).result
        gesture_scene.write(bpy.context, job, done)


def perform(rig, _face, folder):
    """Taken back first, then kept."""
    file = write_wav(folder / "voice.wav", sine(16_000, 1.0, 150.0, 0.4), 16_000)
    chosen = rig.neural_motion.perform
    chosen.source, chosen.file, chosen.add_to_sequencer = "FILE", str(file), False
    chosen.partner = point("Thing", (0.3, -2, 1.5))
    for name in ("walk", "speech", "gesture", "gaze"):
        setattr(chosen, f"use_{name}", name in ("speech", "gaze"))
    chosen.stand_in = False
    cue = read_cue(bpy.context, rig)
    cast = [(rig, cue, taking_part(bpy.context, rig, cue))]
    for keep in (False, True):
        under_way = Performance(bpy.context, cast)
        job = under_way.begin()
        while job is not None:
            job = under_way.go_on(job.run)
        if keep:
            under_way.accept()
        else:
            under_way.take_back()


def editing(rig, _face, _folder):
    """A layer, one of another edit over it, then a new action."""
    for edit, kind in (
        (Edit.CLEAN, ResultKind.LAYER),
        (Edit.VARY, ResultKind.LAYER),
        (Edit.VARY, ResultKind.ACTION),
    ):
        options = ResultOptions(kind=kind)
        choice = EditChoice(armature=rig, edit=edit, settings=None, result=options)
        job = editing_scene.read(bpy.context, choice)
        editing_scene.write(bpy.context, job, job.run(editor=Mover()).result)


def quadruped(_rig, _face, _folder):
    """An animal's motion with tail and ears above it, twice."""
    chosen = AnimalChoice(
        make_animal(), make_curve(((0, 0, 0), (0, -2, 0))), start_frame=20, secondary=Secondary()
    )
    for density in (KeyDensity.REDUCED, KeyDensity.EVERY_FRAME):
        job = quadruped_scene.read(bpy.context, chosen)
        done = job.run(pipeline=Trotter()).result
        options = ResultOptions(density=density, blend_in_s=0.2, blend_out_s=0.2)
        quadruped_scene.write(bpy.context, job, done, options)


def video(rig, _face, folder):
    """Where the character stands, then before a camera, with empties."""
    first = write_images(folder / "shots", range(12), (64, 48))
    film = FilmChoice(FilmSource.SEQUENCE, path=str(first))
    for at, kind in ((At.CHARACTER, ResultKind.ACTION), (At.CAMERA, ResultKind.STRIP)):
        choice = VideoChoice(rig, film, at=at, empties=at is At.CAMERA)
        job = video_scene.read(bpy.context, choice)
        done = job.run(pipeline=Watcher()).result
        options = ResultOptions(kind=kind, blend_in_s=0.1, blend_out_s=0.1)
        video_scene.write(bpy.context, job, done, options)


def physics(rig, _face, _folder):
    """A strip, then another in its place."""
    for _ in range(2):
        job = physics_scene.read(bpy.context, PhysicsChoice(armature=rig))
        physics_scene.write(bpy.context, job, job.run(pipeline=Shifter()).result)


GENERATE: dict[str, Callable] = {
    "walk": walk, "gaze": gaze, "speech": speech, "gesture": gesture, "perform": perform,
    "editing": editing, "quadruped": quadruped, "video": video, "physics": physics,
}  # fmt: skip


def drive(rig, keep):
    driven = LiveDrive(bpy.context, DriveSettings(rig))
    drive_profile(driven, "0.3:0:-1")
    if keep:
        driven.keep(bpy.context)
    else:
        driven.revert()


def make_character():
    """With an animation of its own: a hand, a brow, a property, an eye, and a lamp nearby."""
    rig = rig_with_eyes(root_bone=True)
    face = make_face(["jawOpen", "browInnerUp", "mouthFrownLeft"], parent=rig)
    hand, eye = rig.pose.bones["LeftHand"], rig.pose.bones["LeftEye"]
    hand["grip"] = 0.0
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    bpy.context.scene.collection.objects.link(lamp)
    for owner, path in (
        (hand, "location"),
        (hand, '["grip"]'),
        (eye, "scale"),
        (face.data.shape_keys.key_blocks["browInnerUp"], "value"),
        (face.data.shape_keys.key_blocks["mouthFrownLeft"], "value"),
        (lamp, "location"),
        (lamp.data, "energy"),
    ):
        for frame in (1, 40):
            owner.keyframe_insert(path, frame=frame)
    return rig, face, lamp


def set_by_hand(rig, face, lamp):
    """Values that nobody keys."""
    hand, eye = rig.pose.bones["LeftHand"], rig.pose.bones["LeftEye"]
    hand.location = HELD
    hand["grip"] = 0.3
    eye.scale = (1.1, 1.2, 1.3)
    face.data.shape_keys.key_blocks["mouthFrownLeft"].value = 0.6
    lamp.location, lamp.data.energy = (1, 2, 3), 77.0


def values(rig, face, lamp):
    hand, eye = rig.pose.bones["LeftHand"], rig.pose.bones["LeftEye"]
    blocks = face.data.shape_keys.key_blocks
    return (
        tuple(hand.location),
        hand["grip"],
        tuple(eye.scale),
        blocks["mouthFrownLeft"].value,
        tuple(lamp.location),
        lamp.data.energy,
        bpy.context.scene.frame_current,
        bpy.context.scene.frame_subframe,
    )


@pytest.fixture
def character(scene):
    return make_character()


def check_kept(character, playhead, work):
    frame, part = playhead
    bpy.context.scene.frame_set(frame, subframe=part)
    set_by_hand(*character)
    bpy.context.view_layer.update()
    before = values(*character)
    work()
    assert values(*character) == before
    bpy.context.view_layer.update()  # nothing waits to be evaluated
    assert values(*character) == before


@pytest.mark.parametrize("playhead", PLAYHEADS)
@pytest.mark.parametrize("name", [each.name for each in CAPABILITIES])
def test_generating_keeps_what_is_not_keyed(character, tmp_path, name, playhead, request):
    if name == "perform":
        request.getfixturevalue("addon")
    rig, face, _ = character
    check_kept(character, playhead, lambda: GENERATE[name](rig, face, tmp_path))


@pytest.mark.parametrize("keep", [False, True], ids=["taken back", "kept"])
def test_driving_keeps_what_is_not_keyed(character, model, keep):
    check_kept(character, (5, 0.3), lambda: drive(character[0], keep))


def test_reading_a_scene_and_switching_a_gaze_keeps_what_is_not_keyed(character):
    rig = character[0]
    gaze(rig, None, None)
    choice = GazeChoice(rig, (TargetChoice(bpy.data.objects["Thing"]),))
    check_kept(character, (9, 0.5), lambda: gaze_scene.read(bpy.context, [choice], 1, 48))

    def switch():
        for shown in (False, True):
            with playhead_kept(bpy.context.scene):
                show_layer(rig, "gaze", shown)

    check_kept(character, (9, 0.5), switch)


def test_a_slider_of_speech_set_by_hand_stays_outside_its_layer(character, tmp_path):
    rig, face, _ = character
    scene = bpy.context.scene
    scene.frame_set(200)
    block = face.data.shape_keys.key_blocks["browInnerUp"]
    block.value = 0.4
    speech(rig, face, tmp_path)
    assert block.value == np.float32(0.4)


def test_what_an_error_takes_back_keeps_it_too(character):
    def fail():
        with playhead_kept(bpy.context.scene):
            bpy.context.scene.frame_set(30)
            raise ZeroDivisionError

    def try_it():
        with pytest.raises(ZeroDivisionError):
            fail()

    check_kept(character, (7, 0.3), try_it)


def test_a_frame_set_but_not_drawn_yet_is_drawn(scene):
    thing = bpy.data.objects.new("Thing", None)
    scene.collection.objects.link(thing)
    for frame, place in ((1, 0.0), (11, 1.0)):
        thing.location.x = place
        thing.keyframe_insert("location", frame=frame)
    scene.frame_set(1)
    scene.frame_current = 11
    with playhead_kept(scene):
        scene.frame_set(5)
    assert thing.location.x == pytest.approx(1.0)
