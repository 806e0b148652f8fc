"""From scene to keys and back: eyes meet what they should, and nothing else moves."""

from __future__ import annotations

import wave

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from blender_addon.core.errors import Cancelled, GazeError, InputError, SoundError
from blender_addon.core.features.gaze_events import ROLES
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.scene import compat
from blender_addon.scene.demo_character import add_demo_character
from blender_addon.scene.gaze import GazeChoice, read_gaze, write_gaze
from blender_addon.scene.gaze_rig import read_rig
from blender_addon.scene.gaze_roles import SoundChoice
from blender_addon.scene.gaze_targets import TargetChoice
from blender_addon.scene.keyframes import Channel, rotation_channels, vector_channels, write_action
from blender_addon.scene.layers import add_layer, layers_of

from .builders import bone_matrices, make_rig
from .face_rigs import (
    EYES,
    add_bones,
    face_with_shapes,
    point,
    pupil,
    rig_with_aimed_eyes,
    rig_with_eye_objects,
    rig_with_eyes,
)
from .gaze_stand_in import Starer
from .snapshot import snapshot

pytestmark = pytest.mark.blender

ODD = Matrix.LocRotScale((3, -2, 1), Euler((0.4, -0.8, 2.0)), (0.6,) * 3)
FPS = 24
LAST = 5 * FPS
SETTLED = (7, 19, 31, 43, 55, 67, 79, 91, 103, 115)
"""Frames well within a look; every second one is amid a blink."""
WITHIN_DEG = 0.3
BODY = np.arange(1.0, LAST + 1)


def targets_around(rig, near=0.9):
    """Left, right, up, down and close, as seen from between the eyes at rest."""
    world = np.array(bpy.data.objects[rig.owner].matrix_world)
    places = [(0.4, 0, 1), (-0.3, 0.1, 1), (0, 0.35, 1), (0.05, -0.35, 1), (0, 0, 0.4)]
    rows = [rig.middle + near * np.array(place) @ rig.axes / rig.scale for place in places]
    return [point(f"T{n}", (world @ [*row, 1])[:3]) for n, row in enumerate(rows)]


def gaze(character, targets, *, share=0.25, last=LAST, pipeline=None, **options):
    bpy.context.scene.render.fps = FPS
    choices = tuple(t if isinstance(t, TargetChoice) else TargetChoice(t) for t in targets)
    choice = GazeChoice(character, choices, **options)
    job = read_gaze(bpy.context, [choice], 1, last)
    finished = job.run(pipeline=pipeline or Starer(share))
    return job, finished, write_gaze(bpy.context, job, finished)


def bone_looks(armature, names, rig):
    """Places and directions (2, 3) of eye bones in the world, as evaluated."""
    rests = [np.array(armature.data.bones[name].matrix_local) for name in names]
    poses = bone_matrices(armature, names)
    turns = [pose @ np.linalg.inv(rest) for pose, rest in zip(poses, rests, strict=True)]
    ways = np.array([turn[:3, :3] @ rig.axes[2] for turn in turns])
    return poses[:, :3, 3], ways


def object_looks(names):
    """Eye objects look along their −Y."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    worlds = [np.array(bpy.data.objects[n].evaluated_get(depsgraph).matrix_world) for n in names]
    return np.array([w[:3, 3] for w in worlds]), np.array([-w[:3, 1] for w in worlds])


def mesh_looks(face):
    """From each eyeball's middle to its pupil."""
    evaluated = face.evaluated_get(bpy.context.evaluated_depsgraph_get())
    world = np.array(evaluated.matrix_world)
    mesh = evaluated.to_mesh()
    places = np.array([v.co for v in mesh.vertices]) @ world[:3, :3].T + world[:3, 3]
    evaluated.to_mesh_clear()
    balls = np.split(places, 2)
    pupils = np.array([ball[pupil(face)] for ball in balls])
    middles = np.array([ball.mean(axis=0) for ball in balls])
    return middles, pupils - middles


def misses(looks, targets, frames=SETTLED):
    """(frames, 2) degrees between where each eye looks and its target."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        target = targets[((frame - 1) // FPS) % len(targets)]
        places, ways = looks()
        wanted = np.array(target.matrix_world.translation) - places
        cosines = np.sum(wanted * ways, axis=1)
        cosines /= np.linalg.norm(wanted, axis=1) * np.linalg.norm(ways, axis=1)
        found.append(np.degrees(np.arccos(np.clip(cosines, -1, 1))))
    return np.array(found)


def nod(armature, bones=("Spine2", "Neck", "Head"), mode="QUATERNION", frames=BODY):
    """Some body motion, head included."""
    channels = []
    for n, name in enumerate(bones):
        turns = axis_angle_to_quaternion(np.eye(3)[n % 3], 0.15 * np.sin(frames * 0.1 + n))
        channels += rotation_channels(f'pose.bones["{name}"].', mode, frames, turns, name)
    return write_action(armature, "Body", channels)


def keys_of(action):
    return {
        (curve.data_path, curve.array_index): [
            (tuple(p.co), p.interpolation, tuple(p.handle_left), tuple(p.handle_right))
            for p in curve.keyframe_points
        ]
        for curve in compat.action_fcurves(action)
    }


RIGS = {
    "demo": (lambda: add_demo_character(bpy.context), "{S}Eye"),
    "Mixamo": (lambda: rig_with_eyes("mixamorig:{S}Eye", (0, 0, 0.04), prefix="mixamorig:"), None),
    "VRM": (lambda: rig_with_eyes("J_Adj_{L}_FaceEye", (0, 0.02, 0.01), 0.8), "J_Adj_{L}_FaceEye"),
    "Euler": (lambda: rig_with_eyes("eye.{L}", rolls=True, rotation_mode="ZXY"), "eye.{L}"),
    "axis-angle": (lambda: rig_with_eyes("eye.{L}", rotation_mode="AXIS_ANGLE"), "eye.{L}"),
    "Y-up": (lambda: rig_with_eyes(space=Matrix.Rotation(-np.pi / 2, 4, "X")), "{S}Eye"),
    "small": (lambda: rig_with_eyes(size=0.3), "{S}Eye"),
}


@pytest.mark.parametrize("kind", RIGS)
@pytest.mark.parametrize("moving", [False, True], ids=["still", "moving"])
def test_eye_bones_meet_their_targets(scene, kind, moving):
    armature = RIGS[kind][0]()
    if kind in ("VRM", "Euler"):
        armature.matrix_world = ODD
    bpy.context.view_layer.update()
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    if moving:
        mode = armature.pose.bones[0].rotation_mode
        prefix = "mixamorig:" if kind == "Mixamo" else ""
        nod(armature, [prefix + name for name in ("Spine2", "Neck", "Head")], mode)
    gaze(armature, targets)
    assert misses(lambda: bone_looks(armature, rig.eyes.pair, rig), targets).max() < WITHIN_DEG


def test_aimed_eyes_meet_their_targets(scene):
    armature = rig_with_aimed_eyes()
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    nod(armature)
    gaze(armature, targets)
    assert misses(lambda: bone_looks(armature, rig.eyes.pair, rig), targets).max() < WITHIN_DEG


def test_eye_objects_meet_their_targets_twice(scene):
    armature = rig_with_eye_objects()
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    nod(armature)
    for _ in range(2):  # the second time the first layer must not be taken for straight ahead
        scene.frame_set(31)
        gaze(armature, targets)
        assert misses(lambda: object_looks(rig.eyes.pair), targets).max() < WITHIN_DEG


@pytest.mark.parametrize("kind", ["armature", "mesh alone"])
def test_shape_keys_meet_their_targets(scene, kind):
    armature = make_rig() if kind == "armature" else None
    face = face_with_shapes(armature)
    rig = read_rig(bpy.context, face)
    targets = targets_around(rig)
    if armature is not None:
        nod(armature)
    _, finished, _ = gaze(face, targets)
    # Blinks squeeze these eyeballs: only frames without.
    assert misses(lambda: mesh_looks(face), targets, SETTLED[::2]).max() < 1.0
    assert (finished.characters[0].result.clip.head_offset_rad.any()) == (armature is not None)


def test_the_head_takes_its_share_exactly(scene):
    armature = rig_with_eyes(rolls=True)
    nod(armature)
    rig = read_rig(bpy.context, armature)
    before = turns_of(armature, "Head")
    job, finished, _ = gaze(armature, targets_around(rig), share=0.5)
    after = turns_of(armature, "Head")
    yaw, pitch = finished.characters[0].movement.head_offset_rad[[f - 1 for f in SETTLED]].T
    frame = Matrix(rig.axes.T.tolist())
    rest = armature.data.bones["Head"].matrix_local.to_3x3()
    for old, new, y, p in zip(before, after, yaw, pitch, strict=True):
        offset = Matrix.Rotation(y, 3, "Y") @ Matrix.Rotation(-p, 3, "X")
        face = old @ rest.inverted() @ frame
        wanted = face @ offset @ face.inverted() @ old
        assert np.allclose(new, wanted, atol=2e-3)
    assert job.characters[0].rig.eyes.neck == "Neck"


def turns_of(armature, name):
    found = []
    for frame in SETTLED:
        bpy.context.scene.frame_set(frame)
        evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append(evaluated.pose.bones[name].matrix.to_3x3())
    return found


def test_keys_of_the_body_stay_and_muting_gives_it_back(scene):
    armature = rig_with_eyes()
    action = nod(armature)
    names = [bone.name for bone in armature.pose.bones if not bone.name.endswith("Eye")]

    def poses():
        return [(scene.frame_set(frame), bone_matrices(armature, names))[1] for frame in SETTLED]

    keys, before = keys_of(action), np.array(poses())
    _, _, written = gaze(armature, targets_around(read_rig(bpy.context, armature)))
    assert armature.animation_data.action == action
    assert keys_of(action) == keys
    assert np.abs(np.array(poses()) - before).max() > 0.02
    layer = written.layers[0][armature.name]
    armature.animation_data.nla_tracks[layer.track_name].mute = True
    assert (np.array(poses()) == before).all()


def test_lids_follow_and_blink(scene):
    armature = add_demo_character(bpy.context)
    rig = read_rig(bpy.context, armature)
    gaze(armature, targets_around(rig))
    head = next(child for child in armature.children if child.name.endswith("Head"))
    blocks = head.data.shape_keys.key_blocks
    scene.frame_set(13)  # half a second
    assert blocks["eyeBlinkLeft"].value > 0.95
    scene.frame_set(7)  # left
    assert blocks["eyeBlinkRight"].value < 0.01
    assert blocks["eyeLookOutLeft"].value > 0.2 < blocks["eyeLookInRight"].value
    scene.frame_set(55)  # up
    assert blocks["eyeLookUpLeft"].value > 0.2
    scene.frame_set(79)  # down
    assert blocks["eyeLookDownLeft"].value > 0.2


def test_lid_bones_close(scene):
    armature = rig_with_eyes()
    lids = {
        f"{side}UpperEyelid": (place, (place[0], place[1] - 0.02, place[2] + 0.01), 0.0)
        for side, place in EYES.items()
    }
    add_bones(armature, lids, "Head")
    gaze(armature, [point("T", (0, -2, 1.66))])
    heights = []
    for frame in (7, 13):
        scene.frame_set(frame)
        evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        heights.append([evaluated.pose.bones[name].tail.z for name in lids])
    assert np.all(np.subtract(*heights) > 0.005)


def test_two_characters_look_at_each_other(scene):
    scene.render.fps = FPS
    ann = add_demo_character(bpy.context, "Ann")
    ben = add_demo_character(bpy.context, "Ben")
    ann.location, ben.location = (0, 0.6, 0), (0.1, -0.6, 0.05)
    ben.rotation_euler = (0, 0, np.pi)
    nod(ann)
    bpy.context.view_layer.update()
    choices = [
        GazeChoice(ann, (TargetChoice(ben),)),
        GazeChoice(ben, (TargetChoice(ann),)),
    ]
    job = read_gaze(bpy.context, choices, 1, 40)
    pipeline = Starer(0.0)  # so that the faces stay where they were when they were looked at
    write_gaze(bpy.context, job, job.run(pipeline=pipeline))
    assert len(pipeline.requests) == 2
    names = ("LeftEye", "RightEye")
    rigs = [character.rig for character in job.characters]
    for frame in (3, 30):
        scene.frame_set(frame)
        for own, other, rig in ((ann, ben, rigs[0]), (ben, ann, rigs[1])):
            places, ways = bone_looks(own, names, rig)
            face = bone_looks(other, names, rig)[0].mean(axis=0)
            wanted = face - places
            cosines = np.sum(wanted * ways, axis=1) / np.linalg.norm(wanted, axis=1)
            assert cosines.min() > np.cos(np.radians(WITHIN_DEG))


def test_a_moving_target_and_a_bone_and_a_keyed_weight(scene):
    armature = rig_with_eyes()
    other = make_rig(name="Other")
    other.location = (0.3, -2, 0)
    mover = point("Mover", (0, -1, 1.6))
    places = np.stack([np.sin(BODY / 20), 0 * BODY - 1.5, 0 * BODY + 1.6], axis=1)
    write_action(mover, "Move", vector_channels("location", BODY, places))
    armature["weight"] = 1.0
    write_action(armature, "W", [Channel('["weight"]', 0, BODY, BODY / 100)])
    job, _, _ = gaze(
        armature,
        [TargetChoice(mover, weight_path='["weight"]'), TargetChoice(other, "OBJECT", "LeftHand")],
    )
    targets = job.characters[0].targets
    assert np.allclose(targets[0].positions[:, 0], places[:, 0], atol=1e-5)
    assert np.allclose(targets[0].weights, BODY / 100, atol=1e-5)
    hand = other.matrix_world @ other.pose.bones["LeftHand"].head
    assert np.allclose(targets[1].positions[0], (hand.x, hand.z, -hand.y), atol=1e-5)
    rig = read_rig(bpy.context, armature)
    found = misses(lambda: bone_looks(armature, rig.eyes.pair, rig), [mover], (7, 19))
    assert found.max() < WITHIN_DEG


def test_nods_of_another_layer_are_met_and_stay(scene):
    armature = rig_with_eyes()
    action = nod(armature)
    turns = axis_angle_to_quaternion(np.array([1.0, 0, 0]), 0.2 * np.sin(BODY / 6))
    body = np.array([[c.evaluate(f) for c in head_curves(action)] for f in BODY], np.float32)
    nods = quaternion_multiply(body, turns)
    path = 'pose.bones["Head"].'
    add_layer(
        bpy.context, armature, "speech", "S", rotation_channels(path, "QUATERNION", BODY, nods)
    )
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    gaze(armature, targets)
    assert misses(lambda: bone_looks(armature, rig.eyes.pair, rig), targets).max() < WITHIN_DEG
    assert not layers_of(armature, "speech")[0].mute


def head_curves(action):
    curves = compat.action_fcurves(action)
    return [c for c in curves if c.data_path == 'pose.bones["Head"].rotation_quaternion']


@pytest.mark.parametrize(("fps", "base"), [(24, 1.001), (60, 1.0), (120, 1.0), (12, 1.0)])
def test_any_frame_rate(scene, fps, base):
    armature = rig_with_eyes()
    scene.render.fps, scene.render.fps_base = fps, base
    job = read_gaze(
        bpy.context, [GazeChoice(armature, (TargetChoice(point("T", (0, -2, 1.6))),))], 11, 11 + fps
    )
    finished = job.run(pipeline=Starer())
    write_gaze(bpy.context, job, finished)
    clip = finished.characters[0].result.clip
    assert clip.duration_s <= fps / (fps / base) + 1e-6
    assert clip.duration_s > fps / (fps / base) - 1.01 / 60
    movement = finished.characters[0].movement
    assert len(movement.frames) == fps + 1
    assert movement.blinks.max() > 0.99


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (lambda a: [], "nothing to look at"),
        (lambda a: [None], "a target of 'Rig' is empty"),
        (lambda a: [a], "cannot look at itself"),
        (lambda a: [TargetChoice(point("P", (0, -1, 1)), bone="Head")], "has no bone 'Head'"),
        (lambda a: [bpy.data.objects.new("Far", None)], "'Far' is not in this scene"),
    ],
)
def test_targets_that_cannot_be_looked_at(scene, targets, said):
    armature = rig_with_eyes()
    chosen = targets(armature)
    before = snapshot()
    with pytest.raises(GazeError, match=said):
        gaze(armature, chosen)
    assert snapshot() == before


def test_a_range_without_length_and_a_character_chosen_twice(scene):
    armature = rig_with_eyes()
    target = (TargetChoice(point("T", (0, -2, 1.6))),)
    with pytest.raises(GazeError, match="no length"):
        read_gaze(bpy.context, [GazeChoice(armature, target)], 5, 5)
    with pytest.raises(GazeError, match="more than once"):
        read_gaze(bpy.context, [GazeChoice(armature, target)] * 2, 1, 9)
    with pytest.raises(GazeError, match="no character"):
        read_gaze(bpy.context, [], 1, 9)


def test_cancelled_or_refused_nothing_is_changed(scene):
    armature = rig_with_eyes()
    nod(armature, ["Head"], frames=BODY[::40])
    other = rig_with_eyes(name="Other")
    target = (TargetChoice(point("T", (0, -2, 1.6))),)
    scene.frame_set(17, subframe=0.25)
    before = snapshot()
    job = read_gaze(bpy.context, [GazeChoice(armature, target), GazeChoice(other, target)], 1, 49)
    assert snapshot() == before
    with pytest.raises(Cancelled):
        job.run(lambda part: part < 0.5, pipeline=Starer())
    finished = job.run(pipeline=Starer())
    assert snapshot() == before
    other.pose.bones["LeftEye"].driver_add("rotation_quaternion", 1)
    before = snapshot()
    with pytest.raises(InputError, match="a driver moves"):
        write_gaze(bpy.context, job, finished)
    assert snapshot() == before
    bpy.data.objects.remove(other)
    with pytest.raises(GazeError, match="'Other' is gone"):
        write_gaze(bpy.context, job, finished)
    assert not layers_of(armature, "gaze")


def test_a_second_gaze_replaces_the_first(scene):
    armature = rig_with_eyes()
    nod(armature)
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    first, _, _ = gaze(armature, targets[::-1], share=0.6)
    again, _, _ = gaze(armature, targets)
    assert (
        np.abs(first.characters[0].head.rotations - again.characters[0].head.rotations).max() < 6e-4
    )
    assert misses(lambda: bone_looks(armature, rig.eyes.pair, rig), targets).max() < WITHIN_DEG
    assert [track.mute for track in layers_of(armature, "gaze")] == [True, False]


def write_voice(path, spoken, seconds=4.0, rate=16_000):
    """A WAV in which a rough voice is heard between the times given."""
    times = np.arange(int(seconds * rate)) / rate
    voice = np.zeros(len(times))
    rng = np.random.default_rng(0)
    for start, stop in spoken:
        within = (times >= start) & (times < stop)
        syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * times)
        voice += within * syllables * np.sign(np.sin(2 * np.pi * 120 * times)) * 0.3
    samples = voice + 1e-4 * rng.normal(size=len(times))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return SoundChoice("FILE", str(path))


def role_at(finished, second):
    return ROLES[finished.characters[0].roles[int(second * 60)]]


def test_roles_are_heard(scene, tmp_path):
    armature = rig_with_eyes()
    own = write_voice(tmp_path / "own.wav", [(0.3, 1.8)], 5.0)
    other = write_voice(tmp_path / "other.wav", [(2.2, 4.5)], 5.0)
    target = [point("T", (0, -2, 1.6))]
    _, finished, _ = gaze(armature, target, sound=own, partner_sound=other)
    assert role_at(finished, 1.2) == "speaking"
    assert role_at(finished, 3.5) == "listening"
    assert not any("voice" in w or "ends" in w for w in finished.characters[0].warnings)
    _, finished, _ = gaze(armature, target, sound=own, partner_sound=other, role="DIALOGUE")
    assert set(finished.characters[0].roles.tolist()) == {ROLES.index("dialogue")}


@pytest.mark.parametrize(
    ("spoken", "seconds", "said"),
    [
        ([(0.2, 1.5)], 2.0, "'v.wav' ends on frame 48, before the range"),
        ([(0.2, 1.5)], 9.0, "'v.wav' goes on after the last frame, 120"),
        ([], 5.0, "no voice is heard in 'v.wav'"),
        ([(6.5, 8.0)], 9.0, "no voice of 'v.wav' is heard between frames 1 and 120"),
    ],
    ids=["shorter", "longer", "silent", "later"],
)
def test_a_sound_that_does_not_fit_is_told(scene, tmp_path, spoken, seconds, said):
    sound = write_voice(tmp_path / "v.wav", spoken, seconds)
    _, finished, written = gaze(rig_with_eyes(), [point("T", (0, -2, 1.6))], sound=sound)
    assert any(said in warning for warning in finished.characters[0].warnings)
    assert written.last_frame == LAST


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: SoundChoice("FILE", str(p / "none.wav")), "there is no sound file"),
        (lambda p: SoundChoice("FILE"), "no sound file is chosen"),
        (lambda p: SoundChoice("STRIP", strip="Talk"), "no sound strip 'Talk'"),
        (lambda p: SoundChoice("FILE", str(broken(p))), "Save the sound as WAV"),
    ],
    ids=["missing", "none chosen", "no strip", "undecodable"],
)
def test_a_sound_that_cannot_be_heard(scene, tmp_path, make, said):
    armature = rig_with_eyes()
    target = [point("T", (0, -2, 1.6))]
    choice = make(tmp_path)
    before = snapshot()
    with pytest.raises(SoundError, match=said):
        gaze(armature, target, sound=choice)
    assert snapshot() == before


def broken(folder):
    path = folder / "broken.mp3"
    path.write_bytes(b"this is no music")
    return path


def test_a_strip_of_the_sequencer_at_its_place(scene, tmp_path):
    pytest.importorskip("aud", reason="this bpy was built without sound")
    scene.render.fps = FPS
    write_voice(tmp_path / "own.wav", [(0.0, 1.5)], 2.0)
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_sound("Talk", str(tmp_path / "own.wav"), 1, 61)
    armature = rig_with_eyes()
    _, finished, _ = gaze(
        armature, [point("T", (0, -2, 1.6))], sound=SoundChoice("STRIP", strip=strip.name)
    )
    assert role_at(finished, 2.0) == "listening"
    assert role_at(finished, 3.5) == "speaking"
