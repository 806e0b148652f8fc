"""A face speaks on its shapes and bones, where the sound lies; nothing that was there is lost."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.face.shape_keys import shape_path
from blender_addon.blender.keys.density import KeyDensity
from blender_addon.blender.keys.keyframes import Channel, write_action
from blender_addon.blender.keys.layers import add_layer, layers_of
from blender_addon.blender.keys.options import DEFAULT_LAYER
from blender_addon.blender.keys.sliders import Slider
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.face import propose_table
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.errors import Cancelled, FaceError, InputError, SettingsError, SoundError
from blender_addon.core.face.arkit import ARKIT_52, SPEECH_CHANNELS
from blender_addon.core.face.table import TableRow, TargetKind
from tests.shared.blender.face_builders import evaluated_weights, make_armature, make_face
from tests.shared.blender.snapshot import snapshot
from tests.shared.core.sound_samples import sine, write_wav
from tests.speech.contract_samples import babble
from tests.speech.stand_in import Cancelling, speaker

pytestmark = [pytest.mark.blender, pytest.mark.smoke]
RATE = 24


@pytest.fixture
def sound(scene, tmp_path):
    """Two seconds: silent, then loud from 0.5 to 1.5 s."""
    samples = np.zeros(32_000, np.float32)
    samples[8_000:24_000] = sine(16_000, 1.0, 150.0, 0.4)
    scene.frame_start, scene.frame_end = 1, 30
    return write_wav(tmp_path / "voice.wav", samples, 16_000)


def settings(character, sound_file, **changes):
    plain = {"upper_face": False, "lip_closure": False, "start_frame": 1, **changes}
    choice = SoundChoice("FILE", str(sound_file)) if sound_file else SoundChoice()
    return SpeechSettings(character, **{"sound": choice, **plain})


def speak(character, sound, **changes):
    job = speech_scene.read(bpy.context, settings(character, sound, **changes))
    done = job.run(pipeline=speaker()).result
    return job, done, speech_scene.write(bpy.context, job, done)


def curve_of(face, shape, frames):
    values = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        values.append(evaluated_weights(face)[shape])
    return np.array(values)


def test_the_mouth_opens_where_the_sound_is(scene, sound):
    face = make_face()
    job, done, written = speak(face, sound, start_frame=11)
    frames = range(1, 70)
    jaw = curve_of(face, "jawOpen", frames)
    heard = np.array([11 + 0.5 * RATE <= frame <= 11 + 1.5 * RATE for frame in frames])
    assert jaw[heard][1:-1].min() > 0.3
    assert jaw[~heard][:-1].max() < 0.3
    assert (written.first_frame, written.last_frame) == (11, 59)
    assert written.extended_scene
    assert scene.frame_end == 59
    assert np.allclose(jaw[10:59], done.result.clip.channel("jawOpen"), atol=1e-6)
    assert len(job.frames) == done.result.clip.frame_count == 49


def test_all_meshes_of_a_face_speak_in_one_go(scene, sound):
    armature = make_armature()
    names = {"Head": ["jawOpen", "eyeBlinkLeft"], "Teeth": ["jaw_open"], "Tongue": ["JawOpen"]}
    parts = {name: make_face(shapes, name, armature) for name, shapes in names.items()}
    _, _, written = speak(armature, sound)
    assert len(written.layer_names) == 3
    for name, shapes in names.items():
        assert curve_of(parts[name], shapes[0], [24])[0] > 0.3
    scene.frame_set(24)
    assert evaluated_weights(parts["Head"])["eyeBlinkLeft"] == 0


def test_what_was_animated_keeps_its_keys(scene, sound):
    face = make_face(["jawOpen", "browInnerUp"])
    frames = np.array([1.0, 48.0])
    keys = face.data.shape_keys
    write_action(
        keys,
        "By hand",
        [
            Channel(shape_path(n), 0, frames, np.array([0.2, 0.8]))
            for n in ("jawOpen", "browInnerUp")
        ],
    )
    action = keys.animation_data.action

    def held():
        return [[tuple(p.co) for p in c.keyframe_points] for c in compat.action_fcurves(action)]

    before, brow = held(), curve_of(face, "browInnerUp", [24])
    _, done, _ = speak(face, sound)
    assert keys.animation_data.action == action
    assert held() == before
    inner = slice(12, -12)  # what was held is let go, and comes back
    jaw = curve_of(face, "jawOpen", range(1, 50))
    assert np.allclose(jaw[inner], done.result.clip.channel("jawOpen")[inner], atol=1e-5)
    assert np.allclose(curve_of(face, "browInnerUp", [24]), brow)
    layers_of(keys, "speech")[-1].mute = True
    assert np.allclose(curve_of(face, "jawOpen", [1, 48]), [0.2, 0.8], atol=1e-6)


def test_speaking_again_replaces_the_layer_and_keeps_the_old_one_muted(scene, sound):
    face = make_face()
    speak(face, sound)
    _, done, _ = speak(face, sound, strength=0.5)
    tracks = layers_of(face.data.shape_keys, "speech")
    assert [track.mute for track in tracks] == [True, False]
    jaw = curve_of(face, "jawOpen", range(1, 50))
    assert np.allclose(jaw, done.result.clip.channel("jawOpen"), atol=1e-5)


def test_the_playhead_stays_between_frames(scene, sound):
    scene.frame_set(7, subframe=0.5)
    speak(make_face(), sound)
    assert scene.frame_current_final == 7.5


@pytest.mark.parametrize("bound", [0.05, 0.005])
def test_reduced_keys_stay_within_the_bound(scene, sound, bound):
    face = make_face()
    options = replace(DEFAULT_LAYER, density=KeyDensity.REDUCED, weight_bound=bound)
    job = speech_scene.read(bpy.context, settings(face, sound))
    done = job.run(pipeline=speaker()).result
    written = speech_scene.write(bpy.context, job, done, options)
    jaw = curve_of(face, "jawOpen", job.frames.astype(int).tolist())
    assert np.abs(jaw - done.shapes["jawOpen"]).max() <= bound + 1e-5
    assert (
        written.keys.after
        < written.keys.before
        == len(job.frames)
        * len(compat.action_fcurves(layers_of(face.data.shape_keys, "speech")[0].strips[0].action))
    )


def test_visemes_and_unknown_names(scene, sound):
    vrm = make_face(["A", "I", "U", "E", "O"], "VRM")
    speak(vrm, sound)
    assert curve_of(vrm, "A", [24])[0] > 0.1
    own = make_face(["Mund auf", "Lippen rund"], "Own")
    with pytest.raises(FaceError, match=r"none of the 2 shapes of 'Own'.*Mund auf.*Channels"):
        speak(own, sound)
    family, rows = propose_table(own)
    assert family == ""
    assert [row.channel for row in rows] == list(SPEECH_CHANNELS)
    rows[0] = TableRow("jawOpen", "Mund auf", 0.5)
    _, done, _ = speak(own, sound, table=rows)
    weights = curve_of(own, "Mund auf", range(1, 50))
    assert np.allclose(weights, 0.5 * done.result.clip.channel("jawOpen"), atol=1e-6)
    with pytest.raises(FaceError, match="has no shape 'Kiefer'"):
        speak(own, sound, table=[TableRow("jawOpen", "Kiefer")])


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "AXIS_ANGLE"])
def test_bones_turn_and_slide(scene, sound, mode):
    armature = make_armature()
    armature.pose.bones["Jaw"].rotation_mode = mode
    table = [
        TableRow("jawOpen", "Jaw", 25.0, TargetKind.ROTATION),
        TableRow("jawOpen", "Tongue", 0.5, TargetKind.SLIDE),
    ]
    _, done, written = speak(armature, sound, table=table, nods=False)
    assert len(written.layer_names) == 1
    rest = armature.data.bones["Jaw"]
    for n, frame in ((24, 25), (0, 1)):
        scene.frame_set(frame)
        opened = float(done.result.clip.channel("jawOpen")[n])
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        turn = posed["Jaw"].matrix.to_quaternion() @ rest.matrix_local.to_quaternion().inverted()
        assert np.rad2deg(turn.angle) == pytest.approx(25.0 * opened, abs=0.05)
        length = armature.data.bones["Tongue"].length
        assert posed["Tongue"].location.y == pytest.approx(0.5 * length * opened, abs=1e-4)
    scene.frame_set(25)
    posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones["Jaw"]
    assert posed.tail.z < rest.tail_local.z - 0.001  # the chin goes down


def test_a_table_with_bones_that_are_not_there(scene, sound):
    row = TableRow("jawOpen", "Jaw", 20.0, TargetKind.ROTATION)
    with pytest.raises(FaceError, match="no armature"):
        speak(make_face(), sound, table=[row])
    with pytest.raises(FaceError, match="has no bone 'Jaw'"):
        speak(make_armature(("Chin",)), sound, table=[row])


def test_the_head_nods_on_top_of_its_own_motion(scene, sound):
    armature = make_armature(("Head", "Jaw"))
    make_face(parent=armature)
    head = armature.pose.bones["Head"]
    head.rotation_mode = "XYZ"
    head.rotation_euler.z = 0.3
    job, done, _ = speak(armature, sound, upper_face=True)
    assert job.head_bone == "Head"
    offsets = np.zeros((len(job.frames), 2), np.float32)
    offsets[20:30, 1] = -0.1
    done = replace(done, result=replace(done.result, head_offset_rad=offsets))
    speech_scene.write(bpy.context, job, done)

    def pose(frame):
        scene.frame_set(frame)
        bones = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        return bones["Head"].matrix.to_quaternion()

    assert pose(25).rotation_difference(pose(5)).angle == pytest.approx(0.1, abs=1e-3)
    assert pose(5).rotation_difference(pose(45)).angle < 1e-3


def look(face, first, last, shape="eyeBlinkLeft", capability="gaze"):
    """A gaze, or eyes of a walk, that hold one shape."""
    frames = np.arange(first, last + 1.0)
    held = [Channel(shape_path(shape), 0, frames, 0 * frames + 0.1)]
    return add_layer(bpy.context, face.data.shape_keys, capability, "Gaze", held)


@pytest.fixture
def long_sound(scene, tmp_path):
    """Thirty seconds of syllables with pauses."""
    return write_wav(tmp_path / "long.wav", babble(30.0).read(0, 480_000), 16_000)


@pytest.mark.parametrize("capability", ["gaze", "walk"])
def test_only_frames_of_gaze_or_walk_lose_the_blinks_of_speech(scene, long_sound, capability):
    face = make_face()
    chosen = settings(face, long_sound, upper_face=True)
    job = speech_scene.read(bpy.context, chosen)
    assert job.request.unblinking is None
    usual = job.run(pipeline=speaker()).result.shapes["eyeBlinkLeft"]
    spans = [(121, 240), (480, 520)]
    for span in spans:
        look(face, *span, capability=capability)
    job = speech_scene.read(bpy.context, chosen)
    told = f"left to the {capability} that is on this face between frames 121 and 520"
    assert told in job.warnings[-1]
    blinks = job.run(pipeline=speaker()).result.shapes["eyeBlinkLeft"]
    gazing = np.zeros(len(blinks), bool)
    for first, last in spans:
        gazing[first - 1 : last] = True
    assert usual[gazing].max() > 0.9
    assert blinks[gazing].max() == 0
    assert blinks[~gazing].max() > 0.9
    far = ~np.convolve(gazing, np.ones(21), "same").astype(bool)  # no blink is cut in two
    assert (blinks[far] == usual[far]).all()
    assert np.isin(blinks, [*usual, 0]).all()


@pytest.mark.parametrize("how", ["muted", "elsewhere", "without blinks"])
def test_a_gaze_that_does_not_blink_here_takes_no_blink(scene, sound, how):
    face = make_face()
    look(
        face,
        *((500, 600) if how == "elsewhere" else (1, 49)),
        "eyeWideLeft" if how == "without blinks" else "eyeBlinkLeft",
    )
    layers_of(face.data.shape_keys, "gaze")[0].mute = how == "muted"
    job = speech_scene.read(bpy.context, settings(face, sound))
    assert job.request.unblinking is None
    assert not job.warnings


def test_keyed_sliders_are_read_along_time(addon, scene, sound):
    face = make_face()
    chosen = face.neural_motion.speech
    for frame, value in ((1, 0.0), (49, 1.0)):
        chosen.expressions.smile = value
        face.keyframe_insert("neural_motion.speech.expressions.smile", frame=frame)
    smile = Slider(1.0, "neural_motion.speech.expressions.smile")
    job = speech_scene.read(bpy.context, settings(face, sound, expressions={"smile": smile}))
    curve = job.request.expressions["smile"]
    assert curve.shape == (49,)
    assert (curve[0], curve[-1]) == (0.0, 1.0)
    done = job.run(pipeline=speaker()).result
    assert done.shapes["mouthSmileLeft"][-1] == pytest.approx(0.7)
    face.animation_data.nla_tracks.new().strips.new("s", 1, face.animation_data.action)
    face.animation_data.action = None
    again = speech_scene.read(bpy.context, settings(face, sound, expressions={"smile": smile}))
    assert np.allclose(again.request.expressions["smile"], curve, atol=1e-6)


def test_styles_and_unknown_ones(scene, sound):
    face = make_face()
    _, done, _ = speak(face, sound, styles={"strong": Slider(0.5), "pressed": Slider(0.0)})
    assert np.allclose(done.shapes["mouthPucker"], 0.5)
    with pytest.raises(SettingsError, match="no style 'angry'"):
        speak(face, sound, styles={"angry": Slider(1.0)})


def test_a_range_cuts_without_shifting(scene, sound):
    face = make_face()
    _, whole, _ = speak(face, sound)
    _, part, written = speak(face, sound, frame_range=(20, 30))
    assert (written.first_frame, written.last_frame) == (20, 30)
    assert np.allclose(part.shapes["jawOpen"], whole.shapes["jawOpen"][19:30], atol=1e-6)
    for wrong in ((30, 20), (500, 600), (-90, -80)):
        with pytest.raises(SettingsError):
            speak(face, sound, frame_range=wrong)


def test_drivers_and_sliders_are_told_of(scene, sound):
    face = make_face(["jawOpen", "mouthClose"])
    face.data.shape_keys.key_blocks["jawOpen"].slider_max = 0.2
    face.data.shape_keys.driver_add(shape_path("mouthClose"))
    job, _, written = speak(face, sound)
    assert "drivers move 'mouthClose'" in job.warnings[0]
    assert "'jawOpen' of 'Face' would leave the range" in written.warnings[0]


def test_silence_writes_no_key_and_says_so(scene, tmp_path):
    face = make_face()
    silent = write_wav(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    _, _, written = speak(face, silent)
    assert not written.layer_names
    assert "nothing is heard" in written.warnings[0]
    assert "nothing moves" in written.warnings[1]


def test_esc_changes_nothing(scene, sound):
    face = make_face()
    before = snapshot()
    job = speech_scene.read(bpy.context, settings(face, sound))
    with pytest.raises(Cancelled):
        job.run(pipeline=Cancelling())
    assert snapshot() == before


def test_what_cannot_be_written_leaves_everything_as_it_was(scene, sound):
    armature = make_armature()
    first = make_face(["jawOpen"], "A", armature)
    second = make_face(["jawOpen"], "B", armature)
    job = speech_scene.read(bpy.context, settings(armature, sound))
    done = job.run(pipeline=speaker()).result
    second.data.shape_keys.animation_data_create().use_nla = False
    before = snapshot()
    with pytest.raises(InputError, match="NLA"):
        speech_scene.write(bpy.context, job, done)
    assert snapshot() == before
    assert not layers_of(first.data.shape_keys, "speech")
    bpy.data.objects.remove(armature)
    with pytest.raises(FaceError, match="is gone"):
        speech_scene.write(bpy.context, job, done)


def test_what_is_not_chosen_or_not_there(scene, sound, tmp_path):
    face = make_face()
    with pytest.raises(FaceError, match="no character"):
        speech_scene.read(bpy.context, settings(None, sound))
    with pytest.raises(FaceError, match="no character"):
        speech_scene.read(bpy.context, settings(bpy.data.objects.new("Empty", None), sound))
    with pytest.raises(SoundError, match="no sound is chosen"):
        speech_scene.read(bpy.context, settings(face, None))
    with pytest.raises(SoundError, match=r"no sound strip 'Voice'\. Sound strips there: none"):
        speech_scene.read(
            bpy.context, settings(face, None, sound=SoundChoice("STRIP", strip="Voice"))
        )
    with pytest.raises(SoundError, match="no sound file"):
        speech_scene.read(bpy.context, settings(face, tmp_path / "none.wav"))
    with pytest.raises(SettingsError, match="last frame"):
        speech_scene.read(bpy.context, settings(face, sound, start_frame=1_048_570))
    assert len(ARKIT_52) == 52
