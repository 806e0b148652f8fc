"""The Motion panel: what it offers in each state, why a button is grey, what a button does."""

from __future__ import annotations

import json

import bpy
import pytest

from blender_addon.blender.jobs.stale import OUT_OF_DATE
from blender_addon.blender.keys.options import ResultKind
from blender_addon.capabilities.editing import PACKAGE
from blender_addon.capabilities.editing.choice import Edit
from blender_addon.capabilities.editing.choosing import edit_choice, reason_not_to_edit
from blender_addon.capabilities.editing.job import EditJob
from blender_addon.capabilities.editing.kinds import KINDS
from blender_addon.capabilities.editing.panel import last_results
from blender_addon.capabilities.editing.presets import preset_from_json
from blender_addon.core.errors import SettingsError
from blender_addon.core.settings import declared
from tests.editing.ui.motions import Mover, moving_rig
from tests.shared.blender.builders import make_curve
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender
RUN = EditJob.run


@pytest.fixture
def lifted(monkeypatch):
    """Every edit lifts the hips instead of asking a network."""
    monkeypatch.setattr(EditJob, "run", lambda job, told=None: RUN(job, told, editor=Mover()))


@pytest.fixture
def rig(addon):
    """A character that steps on the spot from frame 1 to 60."""
    made = moving_rig()
    addon.neural_motion.character = made
    return made


def editing(rig):
    return rig.neural_motion.editing


def reason(edit):
    return reason_not_to_edit(bpy.context, edit)


def select_keys(rig, *frames):
    from blender_addon.blender.compat import fcurves_of

    for curve in fcurves_of(rig):
        for key in curve.keyframe_points:
            key.select_control_point = round(key.co[0]) in frames


class Layout:
    """Stands where Blender would draw; checks that all that is named exists; keeps the texts."""

    def __init__(self, texts):
        self.texts = texts

    def row(self, **_options):
        return Layout(self.texts)

    column = split = grid_flow = row

    def label(self, text="", **_options):
        self.texts.append(text)

    def prop(self, data, name, text="", **_options):
        self.texts.append(text or data.bl_rna.properties[name].name)

    def prop_enum(self, data, name, value, **_options):
        self.texts.append(data.bl_rna.properties[name].enum_items[value].name)

    def operator(self, name, text=None, **_options):
        group, _, operator = name.partition(".")
        label = getattr(getattr(bpy.ops, group), operator).get_rna_type().name
        self.texts.append(label if text is None else text)
        return type("Options", (), {})()

    def menu(self, name, **_options):
        assert hasattr(bpy.types, name)

    def separator(self, **_options):
        pass


def drawn():
    """What the panels show now, text by text."""
    texts = []
    for each in PACKAGE.classes:
        if issubclass(each, bpy.types.Panel) and getattr(each, "poll", lambda _c: True)(
            bpy.context
        ):
            each.draw(type("Panel", (), {"layout": Layout(texts)})(), bpy.context)
    return texts


def test_without_a_character_the_button_says_what_is_missing(addon):
    assert reason(Edit.FILL) == "Choose a character, or add the demo character"
    assert "Fill" in drawn()


@pytest.mark.parametrize("edit", Edit)
def test_each_edit_shows_its_own_fields_and_its_own_button(rig, edit):
    kind = KINDS[edit]
    editing(rig).edit = edit.value
    texts = drawn()
    every = {each.setting.title for each in declared(kind.settings)}
    assert every <= set(texts)
    assert texts.count(kind.title) == 2  # the choice, and the button
    assert ("Layer" in texts or "Write To" in texts) is edit.keeps_time
    assert "Seed" in texts[: texts.index("More Settings")] if "More Settings" in texts else True
    assert ("Selected Bones Only" in texts) is kind.has_bones
    assert set(kind.shown) <= {each.name for each in declared(kind.settings)}


def test_the_range_comes_from_keys_preview_frames_or_gaps(rig, addon):
    chosen = editing(rig)
    select_keys(rig)
    assert reason(Edit.FILL).startswith("Select keys on two frames at least")
    select_keys(rig, 10, 34)
    from blender_addon.capabilities.editing import ranges

    ranges._seen.clear()
    assert reason(Edit.FILL) is None
    assert edit_choice(bpy.context, rig, Edit.FILL).frame_range == (10, 34)
    chosen.fill_span = "PREVIEW"
    assert reason(Edit.FILL).startswith("Set a preview range first")
    addon.use_preview_range, addon.frame_preview_start, addon.frame_preview_end = True, 20, 30
    assert reason(Edit.FILL) is None
    assert edit_choice(bpy.context, rig, Edit.FILL).frame_range == (20, 30)
    chosen.fill_span, chosen.first_frame, chosen.last_frame = "FRAMES", 7, 3
    assert reason(Edit.FILL) == "The last frame, 3, lies before the first one, 7"
    chosen.last_frame = 8
    assert reason(Edit.FILL) == "There is no frame between 7 and 8"
    chosen.fill_span, chosen.gap = "GAPS", 12
    choice = edit_choice(bpy.context, rig, Edit.FILL)
    assert (choice.frame_range, choice.gaps_over) == (None, 12)
    assert edit_choice(bpy.context, rig, Edit.CLEAN).frame_range is None
    chosen.span = "FRAMES"
    assert edit_choice(bpy.context, rig, Edit.CLEAN).frame_range == (7, 8)


def test_what_an_edit_is_of_is_asked_for_first(rig):
    chosen = editing(rig)
    assert reason(Edit.RESTYLE) == "Choose a motion as Reference"
    chosen.reference = "Gone"
    assert "There is no action and no strip 'Gone'" in reason(Edit.RESTYLE)
    chosen.reference = chosen.first = rig.animation_data.action.name
    assert reason(Edit.RESTYLE) is None
    assert reason(Edit.CONNECT) == "Choose a motion as To"
    assert reason(Edit.FOLLOW) == "Choose the curve to go along as Path"
    chosen.path = make_curve()
    assert reason(Edit.FOLLOW) is None
    chosen.bones_only = True
    assert reason(Edit.LOOP) is None  # whole bodies alone
    assert reason(Edit.VARY).startswith("Select bones in Pose Mode")
    rig.animation_data_clear()
    assert reason(Edit.CLEAN).startswith("Nothing animates 'Rig' yet")


def test_bones_are_marked_as_missing(rig):
    chosen = editing(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.pose.select_all(action="DESELECT")
    with pytest.raises(RuntimeError, match="Select the bones in Pose Mode first"):
        bpy.ops.neural_motion.mark_missing_bones()
    for name in ("LeftHand", "LeftForeArm"):
        bone = rig.pose.bones[name]
        (bone if hasattr(bone, "select") else bone.bone).select = True
    assert bpy.ops.neural_motion.mark_missing_bones() == {"FINISHED"}
    chosen.bones_only = True
    choice = edit_choice(bpy.context, rig, Edit.CLEAN)
    assert set(choice.missing) == {"LeftForeArm", "LeftHand"} == set(choice.bones)
    assert edit_choice(bpy.context, rig, Edit.FILL).missing == ()
    chosen.edit = "CLEAN"
    assert any(text.startswith("Missing: LeftForeArm, LeftHand") for text in drawn())
    assert bpy.ops.neural_motion.clear_missing_bones() == {"FINISHED"}
    assert chosen.missing == ""


def test_a_press_writes_a_layer_with_a_strength_in_one_step(rig, lifted):
    chosen = editing(rig)
    bpy.context.scene.frame_set(30)
    before, height = snapshot(), (rig.matrix_world @ rig.pose.bones["Hips"].matrix).translation.z
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.neural_motion.clean_motion("EXEC_DEFAULT", True) == {"FINISHED"}
    rig = bpy.context.scene.neural_motion.character
    chosen = editing(rig)

    def hips():
        bpy.context.view_layer.update()
        return (rig.matrix_world @ rig.pose.bones["Hips"].matrix).translation.z

    assert hips() == pytest.approx(height + 0.05, abs=2e-3)
    assert chosen.edit == "CLEAN" and chosen.last_result.startswith("Clean: frames 1 to 60")
    (result,) = last_results(chosen)
    assert "Strength" in drawn() and OUT_OF_DATE not in drawn()
    result.lead.neural_motion_row.influence = 0.0
    assert hips() == pytest.approx(height, abs=1e-4)
    chosen.clean.strength = 0.5
    from blender_addon.blender.jobs import stale

    stale._seen.clear()
    assert OUT_OF_DATE in drawn()
    bpy.ops.ed.undo()
    assert snapshot() == before


def test_layers_of_several_edits_add_up(rig, lifted):
    chosen = editing(rig)
    assert bpy.ops.neural_motion.clean_motion() == {"FINISHED"}
    assert bpy.ops.neural_motion.vary_motion() == {"FINISHED"}
    assert len([t for t in rig.animation_data.nla_tracks if not t.mute]) == 2
    chosen.result.kind = ResultKind.ACTION.value
    mine = rig.animation_data.action
    assert bpy.ops.neural_motion.vary_motion() == {"FINISHED"}
    assert rig.animation_data.action != mine and mine.use_fake_user


def test_selected_characters_each_get_a_take_of_their_own(rig, lifted):
    other = moving_rig("Other")
    chosen = editing(rig)
    chosen.of_selected, chosen.seed, chosen.variants = True, 5, 2
    for each in (rig, other):
        each.select_set(True)
    from blender_addon.capabilities.editing.choosing import edit_choices

    choices = edit_choices(bpy.context, Edit.VARY)
    assert [(each.armature.name, each.seed) for each in choices] == [("Other", 5), ("Rig", 7)] or [
        (each.armature.name, each.seed) for each in choices
    ] == [("Rig", 5), ("Other", 7)]
    chosen.variants = 1
    assert bpy.ops.neural_motion.vary_motion() == {"FINISHED"}
    assert all(last_results(editing(each)) for each in (rig, other))


def test_a_result_in_another_time_is_a_new_action(rig):
    chosen = editing(rig)
    for edit, kind in ((Edit.LOOP, "ACTION"), (Edit.CLEAN, "LAYER"), (Edit.RESTYLE, "LAYER")):
        assert edit_choice(bpy.context, rig, edit).result.kind.value == kind
    chosen.restyle.timing = 0.5
    assert edit_choice(bpy.context, rig, Edit.RESTYLE).result.kind is ResultKind.ACTION


def test_settings_are_kept_as_presets(rig, tmp_path, monkeypatch):
    monkeypatch.setattr(
        bpy.utils, "extension_path_user", lambda *_a, **kept: str(tmp_path / kept["path"])
    )
    chosen = editing(rig)
    chosen.edit, chosen.preset, chosen.vary.amount = "VARY", "Mine", 0.25
    assert bpy.ops.neural_motion.save_editing_preset() == {"FINISHED"}
    chosen.edit, chosen.vary.amount = "FILL", 1.0
    assert bpy.ops.neural_motion.load_editing_preset(name="Mine") == {"FINISHED"}
    assert (chosen.edit, chosen.vary.amount) == ("VARY", 0.25)
    assert bpy.ops.neural_motion.delete_editing_preset() == {"FINISHED"}
    with pytest.raises(RuntimeError, match="Choose or type the name of a preset"):
        bpy.ops.neural_motion.delete_editing_preset()


@pytest.mark.parametrize(
    "held",
    [
        "no JSON", "[]", '{"edit": "FLY", "settings": {}}', '{"edit": "VARY", "settings": 3}',
        json.dumps({"edit": "VARY", "settings": {"amount": "much"}}),
        json.dumps({"edit": "VARY", "settings": {"amount": True}}),
        json.dumps({"edit": "VARY", "settings": {"speed": 1.0}}),
        json.dumps({"edit": "VARY", "settings": {"amount": 1e9}}),
    ],
)  # fmt: skip
def test_what_is_no_preset_is_refused(held):
    with pytest.raises(SettingsError):
        preset_from_json(held, "Odd")
