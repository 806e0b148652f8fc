"""Every button on the override of a linked character, and on one that is only linked."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon.blender.layers.switching import set_muted, set_solo
from blender_addon.blender.sound.scene_sound import SceneSound
from blender_addon.capabilities import classes
from blender_addon.capabilities.editing.job import EditJob
from blender_addon.capabilities.editing.kinds import KINDS
from blender_addon.capabilities.editing.motion_map import making
from blender_addon.capabilities.editing.motion_map.job import MapJob
from blender_addon.capabilities.layers.known import chosen_results
from blender_addon.capabilities.physics.job import PhysicsJob
from blender_addon.capabilities.speech.heard import HeardSound, heard_of, keep_phones
from blender_addon.capabilities.video.job import VideoJob
from blender_addon.core.bvh import write_bvh
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.phones import HeardPhone
from tests.editing.ui.motions import Amounts, Mover, first_two
from tests.physics.stand_in import Shifter
from tests.shared.blender.builders import make_curve, make_rig
from tests.shared.blender.face_rigs import face_with_shapes, rig_with_eyes
from tests.shared.core.motion_samples import stepping_clip
from tests.shared.core.sound_samples import write_wav
from tests.video.film.made_films import write_film, write_images
from tests.video.scene.watching import Watcher

pytestmark = pytest.mark.blender

PRESETS = ("joint", "face", "direction", "editing")
ADDS_PEOPLE = tuple(
    f"neural_motion.{n}" for n in ("add_character", "add_people", "add_animal", "try_it")
)
ON_FOUR_LEGS = ("generate_quadruped", "generate_herd", "drive_quadruped")
"""Not for people; tests/quadruped/ui/test_quadruped_overrides.py presses them."""
ADDS_A_MODEL = "neural_motion.add_audio2face"
NEEDS_A_WINDOW = tuple(
    f"neural_motion.{n}"
    for n in ("edit_mouth_shapes", "show_motion_map", "pick_film_person", "pin_film_joints")
)
OPERATORS = tuple(
    each.bl_idname.split(".")[1]
    for each in classes()
    if issubclass(each, bpy.types.Operator)
    and each.bl_idname not in (*ADDS_PEOPLE, ADDS_A_MODEL, *NEEDS_A_WINDOW)
)
EDITS = tuple(each.name + "_motion" for each in KINDS.values())
OF_ANYBODY = (
    "add_crowd_members", "remove_crowd_member", "drop_motion", "end_film_preview",
    *(f"{way}_{kind}_preset" for way in ("export", "import") for kind in PRESETS),
)  # fmt: skip
"""What changes no character."""


@pytest.fixture
def library(addon, tmp_path) -> Path:
    """A file with a character whose settings are made, and something it looks at."""
    rig = rig_with_eyes(root_bone=True)
    face = face_with_shapes(rig)
    for name in ("jawOpen", "mouthClose", "mouthSmileLeft"):
        face.shape_key_add(name=name)
    addon.neural_motion.character = rig
    looked_at = bpy.data.objects.new("Vase", None)
    looked_at.location = (0.5, -3, 1)
    chosen = rig.neural_motion
    chosen.gaze.targets.add().target = looked_at
    chosen.walk.marks.add().distance = 1.0
    bpy.ops.neural_motion.find_face_channels()
    bpy.ops.neural_motion.detect_joints()
    hear(rig, 0.6, 0.8, sound="linked.wav")
    collection = bpy.data.collections.new("Character")
    for each in (rig, face, looked_at):
        collection.objects.link(each)
    path = tmp_path / "library.blend"
    bpy.data.libraries.write(str(path), {collection}, fake_user=True)
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.armatures, *bpy.data.meshes])
    bpy.data.orphans_purge(do_recursive=True)
    return path


def link(path: Path, *, override: bool, mesh_data: bool = True) -> bpy.types.Object:
    """Link the character; its armature, chosen and selected, with a curve and something else.

    Its mesh's data, and so the shape keys, are overridden by themselves.
    """
    scene = bpy.context.scene
    with bpy.data.libraries.load(str(path), link=True) as (_, desired):
        desired.collections = ["Character"]
    (linked,) = desired.collections
    scene.collection.children.link(linked)
    if override:
        linked.override_hierarchy_create(scene, bpy.context.view_layer, do_fully_editable=True)
        if linked.name in scene.collection.children:
            scene.collection.children.unlink(linked)
    rig = next(o for o in scene.objects if o.type == "ARMATURE")
    assert rig.is_editable is override
    if override and mesh_data:
        face = next(o for o in scene.objects if o.type == "MESH")
        face.data.override_create(remap_local_usages=True)
    lamp = bpy.data.objects.new("Lamp", None)
    lamp.location = (1, -3, 1.5)
    scene.collection.objects.link(lamp)
    curve = make_curve(((0, 0, 0), (0, -1, 0)))
    scene.neural_motion.character = rig
    bpy.context.view_layer.update()
    for each in scene.objects:
        each.select_set(each in (rig, curve, lamp))
    bpy.context.view_layer.objects.active = rig
    return rig


def press(name: str, /, **options) -> str:
    """What a button says; empty if it did its work."""
    try:
        result = getattr(bpy.ops.neural_motion, name)(**options)
    except RuntimeError as error:
        return str(error)
    return "" if result == {"FINISHED"} else f"{name} gave {result}"


def set_mode(rig: bpy.types.Object, name: str) -> None:
    """Pose Mode for what is about chosen bones, else Object Mode."""
    joints = rig.neural_motion.joints
    if name == "mark_missing_bones":
        bpy.context.view_layer.objects.active = rig
        bpy.ops.object.mode_set(mode="POSE")
        bone = rig.pose.bones["Head"]
        (bone if hasattr(bone, "select") else bone.bone).select = True
    elif name == "use_active_bone":
        bpy.ops.object.mode_set(mode="POSE")
        rig.data.bones.active = rig.data.bones["Head"]
        joints.active = [row.name for row in joints.rows].index("Head")
    elif bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")


def prepare(rig: bpy.types.Object, name: str, folder: Path) -> dict[str, str]:
    """Whatever a button needs; its options."""
    chosen, scene = rig.neural_motion, bpy.context.scene
    set_mode(rig, name)
    if name == "generate_crowd":
        scene.neural_motion.walk.crowd.clear()
        scene.neural_motion.walk.crowd.add().rig = rig
    if name.endswith("_gaze") or name == "generate_gaze_all":
        chosen.gaze.targets[0].target = bpy.data.objects["Lamp"]
        for each in chosen.gaze.targets:
            each.target = each.target or bpy.data.objects["Lamp"]
    if name == "push_layer_down":
        chosen.walk.result.kind = "ACTION"
        assert press("generate_walk") == ""
    prepare_gesture(chosen, name, folder)
    prepare_video(chosen.video, name, folder)
    prepare_editing(rig, name)
    if name in ("generate_speech", "drop_sound"):
        write_wav(folder / "said.wav", np.sin(np.arange(8000) * 0.2), 8000)
    if name == "generate_speech":
        chosen.speech.source, chosen.speech.file = "FILE", str(folder / "said.wav")
    if name == "remove_face_channel":
        press("add_face_channel")
    if name.endswith(("_physics_push", "_physics_pushes")) and not len(chosen.physics.pushes):
        press("add_physics_push")
    if any(part in name for part in ("hear", "mouth_shape", "corrections")):
        scene.frame_set(0)
        chosen.speech.source, chosen.speech.file = "FILE", "said.wav"
        chosen.speech.active_phone = 0
        hear(rig, 0.2, 0.4)
        if name == "reset_heard_phone":
            heard_of(chosen.speech).phones[0].closure = 0.5
    chosen.joints.preset = chosen.speech.preset = chosen.walk.direction.preset = "Linked"
    chosen.editing.preset = "Linked"
    return options(name, folder)


def prepare_gesture(chosen: bpy.types.PropertyGroup, name: str, folder: Path) -> None:
    """What a button of gestures and performances needs."""
    if name in ("generate_gesture", "generate_perform", "perform_both"):
        write_wav(folder / "said.wav", np.sin(np.arange(8000) * 0.2), 8000)
        for each in (chosen.gesture, chosen.perform):
            each.source, each.file = "FILE", str(folder / "said.wav")
    if name == "perform_both" and chosen.perform.partner is None:
        chosen.perform.partner = make_rig()
    if name in ("scale_tempo", "first_beat_here"):
        chosen.gesture.beats.tempo_from = "SET"


def prepare_video(chosen: bpy.types.PropertyGroup, name: str, folder: Path) -> None:
    """What a button about films needs."""
    if name == "drop_film":
        write_film(folder / "dropped.mp4", count=3)
    if name == "generate_video" or "film" in name:
        chosen.film.source = "SEQUENCE"
        chosen.film.sequence = str(write_images(folder / "shots", range(12), (64, 48)))
    if name == "solve_video_again" or "film_pin" in name:
        chosen.pins.add().frame = 3
    if name == "clear_film_person":
        chosen.person.is_chosen = True
    if name == "end_film_preview":
        press("preview_film")


def playing(rig: bpy.types.Object) -> bpy.types.Action:
    """Whatever moves it."""
    data = rig.animation_data
    strips = (strip.action for track in data.nla_tracks for strip in track.strips)
    return data.action or max(strips, key=lambda each: each.frame_range[1])


def prepare_editing(rig: bpy.types.Object, name: str) -> None:
    """What a button of the edits and of the map needs."""
    chosen, scene = rig.neural_motion.editing, bpy.context.scene
    if name in EDITS:
        chosen.result.kind = "ACTION"
        chosen.span = "WHOLE"
        chosen.path = next(o for o in scene.objects if o.type == "CURVE")
        action = playing(rig)
        chosen.reference = chosen.first = chosen.second = action.name
        chosen.fill_span, chosen.first_frame = "FRAMES", int(action.frame_range[0]) + 2
        chosen.last_frame = chosen.first_frame + 8
    if name == "clear_missing_bones":
        chosen.missing = "Head"
    if name in ("use_map_clip", "map_clip_as_reference"):
        scene.neural_motion.editing.clip = playing(rig).name


@pytest.fixture
def without_networks(monkeypatch) -> None:
    """Edits lift the hips, a map lays windows out by their first numbers, films show a stepper."""
    edit, make, see, fall = EditJob.run, MapJob.run, VideoJob.run, PhysicsJob.run
    monkeypatch.setattr(
        PhysicsJob, "run", lambda job, told=None: fall(job, told, pipeline=Shifter())
    )
    monkeypatch.setattr(VideoJob, "run", lambda job, told=None: see(job, told, pipeline=Watcher()))
    monkeypatch.setattr(EditJob, "run", lambda job, told=None: edit(job, told, editor=Mover()))
    monkeypatch.setattr(making, "encoder_key", lambda _models: "stand-in")
    monkeypatch.setattr(
        MapJob, "run",
        lambda job, told=None: make(job, told, encoder=Amounts(), flatten=first_two),
    )  # fmt: skip


def options(name: str, folder: Path) -> dict[str, str]:
    """What a button is told by the panel or by a file dialog."""
    if name.startswith("load_"):
        return {"name": "Linked"}
    if name.endswith("_layer") or name == "push_layer_down":
        return {"action": layer_for(name)}
    if name.startswith(("export_", "import_")):
        return {"filepath": str(folder / f"{name.split('_')[1]}.json")} | (
            {"preset": "Linked"} if name.startswith("export_") else {}
        )
    files = {"drop_motion": "moved.bvh", "drop_sound": "said.wav", "drop_film": "dropped.mp4"}
    if name in files:
        return {"filepath": str(folder / files[name])}
    return {"profile": "0.5:0:-1.3"} if name == "live_drive" else {}


def layer_for(name: str) -> str:
    """A result that can be dealt with in this way."""
    results = chosen_results(bpy.context)
    for each in (each for each in results if each.strips):
        set_solo(each, False, results)
        set_muted(each, False)
    active = name == "push_layer_down"
    found = [each for each in results if bool(each.strips) is not active]
    if name == "remove_layer":
        found = [each for each in found if each.is_untouched]
    return found[-1].name


def hear(rig, *times_s, sound="said.wav"):
    """Let phones at these times be heard of a sound."""
    placed = SceneSound(ArraySound(np.zeros(9)), sound, 1.0, 25.0, 0.0, 24.0)
    phones = tuple(HeardPhone("bilabial", time_s, time_s + 0.1) for time_s in times_s)
    keep_phones(rig.neural_motion.speech, HeardSound(f"FILE {sound}", sound), placed, phones)


def heard(rig):
    """Every phone that is kept of a character, by the sound."""
    lists = rig.neural_motion.speech.heard
    return {
        each.name: sorted((round(row.first, 3), row.used) for row in each.phones) for each in lists
    }


def test_every_button_works_on_an_override(library, model, without_networks, tmp_path, monkeypatch):
    monkeypatch.setattr(
        bpy.utils, "extension_path_user", lambda *_a, **kept: str(tmp_path / kept["path"])
    )
    write_bvh(tmp_path / "moved.bvh", stepping_clip())
    rig = link(library, override=True)
    said = {}
    first = ("use_selected", "add_path_mark", "add_gaze_target", "add_face_channel")
    last = (*(n for n in OPERATORS if n.startswith(("remove_", "delete_"))), "clear_joints")
    between = [name for name in OPERATORS if name not in (*first, *last, *ON_FOUR_LEGS)]
    # What is loaded was saved before; whole performances come after single layers were merged,
    # edits, which make new actions of these, after both, then films, which replace walks, and what
    # gives all that weight at last.
    between.sort(
        key=lambda name: (
            name.startswith("load_"),
            "video" in name,
            name in EDITS,
            "perform" in name,
            "physics" in name,
        )
    )
    for name in (*first, *between, *last):
        said[name] = press(name, **prepare(rig, name, tmp_path))
    assert {name: text for name, text in said.items() if text} == {}


def test_every_button_says_that_a_linked_character_is_linked(library, model, tmp_path):
    rig = link(library, override=False)
    before = counts(rig)
    for name in sorted(OPERATORS, key=lambda name: name in OF_ANYBODY):
        if name == "generate_crowd":
            bpy.context.scene.neural_motion.walk.crowd.add().rig = rig
        told = {"name": "Linked"} if name.startswith("load_") else {}
        if name == "drop_sound":
            told = {"filepath": str(tmp_path / "said.wav")}
        said = press(name, **told)
        if name not in OF_ANYBODY:
            assert "'Rig' is linked from another file" in said, name
            assert "Library Override" in said, name
        assert "Traceback" not in said
    assert counts(rig) == before


def counts(rig):
    chosen = rig.neural_motion
    lists = chosen.walk.marks, chosen.gaze.targets, chosen.speech.channels, chosen.joints.rows
    return [len(each) for each in lists]


def held(rig):
    """What the lists of a character hold."""
    chosen = rig.neural_motion
    return (
        sorted(round(mark.distance, 3) for mark in chosen.walk.marks),
        sorted(each.target.name for each in chosen.gaze.targets if each.target),
        sorted((row.channel, row.target) for row in chosen.speech.channels),
        {row.name: row.bone for row in chosen.joints.rows},
    )


def reloaded(folder: Path) -> bpy.types.Object:
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    return next(o for o in bpy.data.objects if o.type == "ARMATURE" and o.library is None)


def test_every_line_added_to_an_override_is_there_after_loading(library, tmp_path):
    rig = link(library, override=True)
    for n in range(3):
        rig.neural_motion.walk.marks.add().distance = 20.0 + n
        rig.neural_motion.gaze.targets.add().target = bpy.data.objects[("Lamp", "Path")[n % 2]]
        rig.neural_motion.speech.channels.add().target = f"shape {n}"
    rig.neural_motion.walk.marks[0].distance = 3.5
    before = held(rig)
    again = reloaded(tmp_path)
    assert held(again) == before
    again.neural_motion.walk.marks.add().distance = 50.0
    before = held(again)
    assert held(reloaded(tmp_path)) == before


def test_phones_heard_are_kept_with_an_override_and_corrected_in_it(library, tmp_path):
    rig = link(library, override=True)
    (linked,) = rig.neural_motion.speech.heard
    assert len(linked.phones) == 2
    linked.phones[1].used = False
    hear(rig, 0.1, 0.5, 0.9, sound="other.wav")
    rig.neural_motion.speech.heard[1].phones[2].used = False
    before = heard(rig)
    assert [len(phones) for phones in before.values()] == [2, 3]
    again = reloaded(tmp_path)
    assert heard(again) == before
    hear(again, 0.2, 0.3, 0.4, 0.5, sound="linked.wav")
    before = heard(again)
    assert [len(phones) for phones in before.values()] == [4, 3]
    assert heard(reloaded(tmp_path)) == before


def test_lines_of_the_linked_character_can_be_changed_but_not_removed(library, tmp_path):
    rig = link(library, override=True)
    before = counts(rig)
    for name in ("remove_path_mark", "remove_gaze_target", "remove_face_channel"):
        assert "comes with the linked character" in press(name)
    assert counts(rig) == before
    press("add_path_mark")
    rig.neural_motion.walk.active_mark = 1
    assert press("remove_path_mark") == ""
    assert counts(rig) == before


def test_filling_a_table_anew_changes_the_linked_lines(library, tmp_path):
    rig = link(library, override=True)
    rows = rig.neural_motion.speech.channels
    count = len(rows)
    rows[0].target = "gone"
    assert press("find_face_channels") == ""
    assert len(rows) == count and rows[0].target != "gone"
    before = held(rig)
    assert held(reloaded(tmp_path)) == before


def test_a_linked_character_beside_its_override_does_not_stop_all_gazes(library, model):
    rig = link(library, override=True)
    reference = rig.override_library.reference
    bpy.context.scene.collection.objects.link(reference)
    assert len(reference.neural_motion.gaze.targets) == 1
    assert press("generate_gaze_all") == ""


def test_shape_keys_that_are_still_linked_are_told_apart_from_their_object(library, model):
    link(library, override=True, mesh_data=False)
    said = press("generate_gaze")
    assert "the shape keys of 'Face' are linked from another file" in said
    assert "mesh data below 'Face' in the Outliner" in said
