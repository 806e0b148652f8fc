"""One button: everything that belongs to a sound, in one step, taken back as a whole."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon import cli  # noqa: E402
from blender_addon.blender.keys.fingerprint import fingerprint  # noqa: E402
from blender_addon.blender.keys.undo import Undo  # noqa: E402
from blender_addon.capabilities import parts  # noqa: E402
from blender_addon.capabilities.package import Role  # noqa: E402
from blender_addon.capabilities.perform import cues, performance  # noqa: E402
from blender_addon.capabilities.perform.cli import add_parser  # noqa: E402
from blender_addon.capabilities.perform.cues import (  # noqa: E402
    Taking,
    mirrored,
    read_cue,
    taking_part,
)
from blender_addon.capabilities.perform.operators import (  # noqa: E402
    reason_not_to_perform,
    reason_not_to_perform_both,
)
from blender_addon.core.errors import Cancelled, InputError  # noqa: E402
from tests.perform import stage  # noqa: E402

pytestmark = [pytest.mark.blender]


@pytest.fixture
def pair(addon, model, tmp_path):
    return stage.cast(tmp_path)


def quick(one, *names):
    """Only these parts are ticked."""
    chosen = one.neural_motion.perform
    for name in parts("perform"):
        setattr(chosen, f"use_{name}", name in names)
    chosen.stand_in = "walk" in names


def test_parts_come_in_the_order_in_which_they_build_on_each_other(addon):
    assert [part.name for part in parts("perform").values()] == ["walk", "face", "gesture", "gaze"]
    assert "speech" not in parts("speech")


def test_one_button_makes_all_of_it_and_a_second_press_takes_its_place(pair):
    one, other = pair
    assert bpy.ops.neural_motion.generate_perform() == {"FINISHED"}
    chosen = one.neural_motion.perform
    assert chosen.last_result.startswith("Walk, Face, Gesture, Gaze, frames 1 to 97")
    assert {"One Speech", "One Gesture", "One Gaze"} <= set(stage.layers(one))
    assert one.animation_data.action.name == "One Walk"
    assert not stage.layers(other)
    assert one.neural_motion.gaze.targets[0].target == other
    assert one.neural_motion.speech.file == chosen.file
    assert bpy.context.scene.frame_end == 250
    tracks = len(one.animation_data.nla_tracks)
    before = {n: fingerprint(bpy.data.actions[n]) for n in ("One Gaze", "One Walk", "One Speech")}
    assert bpy.ops.neural_motion.generate_perform(only="gesture") == {"FINISHED"}
    assert {n: fingerprint(bpy.data.actions[n]) for n in before} == before
    assert len([n for n in stage.layers(one) if n.startswith("One Gesture")]) == 1
    assert tracks <= len(one.animation_data.nla_tracks) <= tracks + 1


def test_gestures_alone_go_by_the_sound_of_the_performance(pair):
    one, _ = pair
    chosen, offered = one.neural_motion.gesture, parts("perform")
    cue = replace(read_cue(bpy.context, one), taking_part=frozenset({"speech", "gesture"}))
    other_cue = replace(cue, sound=replace(cue.sound, path=f"{cue.sound.path}.other.wav"))
    with Undo() as undo:
        offered["speech"].adopt(bpy.context, one, cue, undo)
        offered["gesture"].adopt(bpy.context, one, cue, undo)
        assert chosen.source == "SPEECH"
        offered["gesture"].adopt(bpy.context, one, other_cue, undo)
        assert (chosen.source, chosen.file) == ("FILE", other_cue.sound.path)
    assert chosen.source == "SPEECH"


def test_what_fails_late_takes_everything_back(pair, monkeypatch):
    one, _ = pair
    quick(one, "speech", "gaze", "walk")

    def fail(*_given):
        raise InputError("the last one cannot")

    whole = {**cues.PARTS, "late": stage.part(write=fail)}
    monkeypatch.setattr(cues, "PARTS", whole)
    monkeypatch.setattr(
        cues, "box_of", lambda name: "stand_in" if name == "late" else f"use_{name}"
    )
    bpy.context.scene.frame_set(7)
    bpy.context.scene.frame_end = 20
    before = stage.state()
    with pytest.raises(RuntimeError, match="Late of 'One': the last one cannot"):
        bpy.ops.neural_motion.generate_perform()
    assert stage.state() == before


def test_what_is_cancelled_between_two_parts_was_never_there(pair):
    one, _ = pair
    quick(one, "speech", "gaze")
    cue = read_cue(bpy.context, one)
    taking = taking_part(bpy.context, one, cue)
    before = stage.state()
    under_way = performance.Performance(bpy.context, [(one, cue, taking)])
    first = under_way.begin()
    assert under_way.go_on(first.run) is not None
    assert stage.state() != before

    def stopped():
        raise Cancelled("cancelled; nothing was changed")

    with pytest.raises(Cancelled):
        under_way.go_on(stopped)
    assert stage.state() == before


def test_a_result_that_was_there_before_comes_back_too(pair):
    one, _ = pair
    quick(one, "speech")
    bpy.ops.neural_motion.generate_perform()
    before = stage.state()
    cue = read_cue(bpy.context, one)
    taking = taking_part(bpy.context, one, cue)
    under_way = performance.Performance(bpy.context, [(one, cue, taking)])
    assert under_way.go_on(under_way.begin().run) is None
    under_way.take_back()
    assert stage.state() == before


def test_both_perform_each_with_its_own_voice(pair):
    one, other = pair
    for each in pair:
        quick(each, "gaze")
    assert reason_not_to_perform_both(bpy.context) is None
    assert bpy.ops.neural_motion.perform_both() == {"FINISHED"}
    assert stage.layers(one)[-1] == "One Gaze" and stage.layers(other)[-1] == "Other Gaze"
    assert other.neural_motion.gaze.sound.file.endswith("other.wav")
    assert other.neural_motion.gaze.targets[0].target == one
    assert other.neural_motion.perform.last_result.startswith("Gaze, frames")
    assert len(stage.strips()) == (2 if bpy.app.build_options.audaspace else 0)


def test_roles_follow_from_the_voices(pair):
    one, other = pair
    chosen, context = one.neural_motion.perform, bpy.context
    cue = read_cue(context, one)
    assert cue.role is Role.DIALOGUE and (cue.first_frame, cue.last_frame) == (1, 97)
    turned = mirrored(cue, one)
    assert (turned.sound, turned.partner_sound) == (cue.partner_sound, cue.sound)
    assert turned.partner == one and turned.role is Role.DIALOGUE
    chosen.role = "SPEAKER"
    assert read_cue(context, one).partner_sound.source == "NONE"
    assert mirrored(read_cue(context, one), one).role is Role.LISTENER
    chosen.role = "LISTENER"
    assert read_cue(context, one).sound.source == "NONE"
    chosen.role, chosen.partner_sound.source = "AUTO", "NONE"
    theirs = other.neural_motion.perform
    theirs.source, theirs.file = "FILE", chosen.file
    assert read_cue(context, one).partner_sound.path == chosen.file


def test_who_only_listens_nods_where_the_other_has_ended(pair):
    one, _ = pair
    quick(one, "speech", "gesture")
    chosen = one.neural_motion.perform
    chosen.role = "LISTENER"
    at = [seed for seed in range(6) if _nods(one, seed)]
    assert at, "no seed nods"
    names = [name.partition(".")[0] for name in stage.layers(one)]
    assert "One Nods" in names and not {"One Speech", "One Gesture"} & set(names)
    assert "who only listens keeps the hands still" in chosen.last_notes
    assert not chosen.last_warnings
    scene, turned = bpy.context.scene, []
    for frame in range(1, 98):
        scene.frame_set(frame)
        turned.append(tuple(one.pose.bones["Head"].matrix_basis.to_quaternion()))
    moved = np.abs(np.diff(turned, axis=0)).max(axis=1) > 1e-6
    assert not moved[: int(2.4 * 24)].any() and moved[int(2.4 * 24) :].any()


def _nods(one, seed):
    one.neural_motion.perform.seed = seed
    bpy.ops.neural_motion.generate_perform()
    return "0 nods" not in one.neural_motion.perform.last_result


def test_who_sits_or_moves_already_is_not_made_to_stand(pair):
    one, _ = pair
    cue = read_cue(bpy.context, one)
    assert "walk" in taking_part(bpy.context, one, cue).parts
    thigh = one.pose.bones["LeftUpLeg"]
    thigh.rotation_mode, thigh.rotation_euler = "XYZ", (1.4, 0, 0)
    assert "walk" not in taking_part(bpy.context, one, cue).parts
    thigh.rotation_euler = (0, 0, 0)
    one.pose.bones["Hips"].keyframe_insert("location", frame=1)
    assert "walk" not in taking_part(bpy.context, one, cue).parts


def test_what_cannot_take_part_is_left_out_and_said(addon, model, tmp_path):
    one, _ = stage.cast(tmp_path)
    one.neural_motion.perform.use_gesture = one.neural_motion.perform.stand_in = False
    bpy.data.objects.remove(bpy.data.objects["One Face"])
    assert bpy.ops.neural_motion.generate_perform() == {"FINISHED"}
    chosen = one.neural_motion.perform
    assert chosen.last_result.startswith("Gaze, frames")
    assert "Face is left out: 'One' has no shape keys" in chosen.last_warnings


def test_where_nothing_is_possible_nothing_is_done(pair):
    one, _ = pair
    quick(one)
    with pytest.raises(RuntimeError, match="no part is ticked"):
        bpy.ops.neural_motion.generate_perform()
    cue = read_cue(bpy.context, one)
    with pytest.raises(InputError, match=r"nothing can be performed\. Face: no mouth"):
        performance.Performance(bpy.context, [(one, cue, Taking({}, {"Face": "no mouth"}))])


def test_why_the_button_is_greyed_out(pair):
    one, _ = pair
    chosen = one.neural_motion.perform
    assert reason_not_to_perform(bpy.context) is None
    chosen.file = ""
    assert reason_not_to_perform(bpy.context) == "Choose a sound file, or set Sound to None"
    chosen.source, chosen.partner_sound.source = "NONE", "NONE"
    assert reason_not_to_perform(bpy.context) == cues.NO_SOUND
    chosen.source, chosen.file, chosen.partner = "FILE", "x.wav", bpy.data.objects["One Face"]
    assert "the character itself" in reason_not_to_perform(bpy.context)
    assert "Choose somebody else" in reason_not_to_perform_both(bpy.context)


def test_a_sound_that_is_missing_changes_nothing(pair):
    one, _ = pair
    one.neural_motion.perform.file = "/nowhere/voice.wav"
    before = stage.state()
    with pytest.raises(RuntimeError, match=r"voice\.wav"):
        bpy.ops.neural_motion.generate_perform()
    assert stage.state() == before


def test_the_command_performs_and_saves(pair, tmp_path, capsys):
    blend, out = tmp_path / "scene.blend", tmp_path / "out.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    parser = add_parser(argparse.ArgumentParser().add_subparsers())
    code = cli.run([
        "perform", "--rig", "One", "--sound", str(tmp_path / "one.wav"), "--partner", "Other",
        "--no-gesture", "--partner-sound", str(tmp_path / "other.wav"), "--no-stand", "--no-face",
        "--seed", "3", "--blend", str(blend), "--out", str(out),
    ])  # fmt: skip
    assert code in (cli.DONE, cli.WARNED) and out.is_file()
    assert "'One': Gaze, frames 1 to 97" in capsys.readouterr().out
    assert parser.parse_args(["--rig", "A", "--walk"]).part_walk


def test_who_turns_to_another_partner_looks_at_that_one_alone(pair):
    one, other = pair
    third = stage.character("Third", (1.2, 0, 0))
    targets = one.neural_motion.gaze.targets
    targets.clear()
    for each in (other, third):
        new = targets.add()
        new.target, new.kind = each, "PARTNER"
    one.neural_motion.perform.partner = third
    job = parts("perform")["gaze"].read(bpy.context, one, read_cue(bpy.context, one))
    assert [each.name for each in job.characters[0].targets] == ["Third"]
    assert len(targets) == 2
