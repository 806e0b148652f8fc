"""What the user sets in the Motion panel, kept at each character's armature."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.declared import overridable, values_of, with_settings
from ...blender.jobs.last_result import LastResult
from ...blender.keys.density import KeyDensity
from ...blender.keys.keyframes import MAX_FRAME
from ...blender.keys.options import DEFAULT_LAYER, ResultKind, ResultOptions
from ...blender.keys.result_properties import EVERY_FRAME_ITEM, REDUCED_ITEM
from ...blender.units import metres_per_unit
from ...core.settings import Seeded
from ..character.chosen import chosen_armature
from .choice import Edit
from .clips import search_clips
from .kinds import KINDS

PATH: Final = "neural_motion.editing"
MOST_VARIANTS: Final = 64
KEYS, PREVIEW, FRAMES, GAPS, WHOLE = "KEYS", "PREVIEW", "FRAMES", "GAPS", "WHOLE"
_KEYS_ITEM: Final = (KEYS, "Selected Keys", "From the first key that is selected to the last one")
_PREVIEW_ITEM: Final = (PREVIEW, "Preview Range", "The preview range of the timeline")
_FRAMES_ITEM: Final = (FRAMES, "Frames", "From one frame to another")


def _settings_of_edits() -> dict[str, type]:
    """A group for the settings of each edit, by its name."""
    made = {}
    for kind in KINDS.values():
        members = {"__module__": __name__, "__annotations__": {}}
        group = type(f"NEURALMOTION_PG_{kind.name}_edit", (bpy.types.PropertyGroup,), members)
        made[kind.name] = overridable(with_settings(kind.settings)(group))
    return made


SETTINGS: Final = _settings_of_edits()


@overridable
class NEURALMOTION_PG_edit_result(bpy.types.PropertyGroup):
    """How an edit is written."""

    kind: bpy.props.EnumProperty(
        name="Write To",
        description="What the edited motion is written to. Your own keys stay either way",
        items=(
            (
                ResultKind.LAYER.value,
                "Layer",
                "A layer in the NLA that adds the difference alone, with a strength of its own",
            ),
            (
                ResultKind.ACTION.value,
                "New Action",
                "A new action animates the character; the one before is kept",
            ),
        ),
        default=ResultKind.LAYER.value,
    )
    replace_last: bpy.props.BoolProperty(
        name="Replace Last",
        description="Remove the last result of the same edit, if nobody changed, renamed, moved, "
        "locked, muted or shared it since. Where this is off, it is kept, and the next edit builds "
        "on it",
        default=True,
    )
    markers: bpy.props.BoolProperty(
        name="Markers",
        description="What was touched is marked on the new action, as its own pose markers",
        default=True,
    )
    density: bpy.props.EnumProperty(
        name="Keys",
        description="How many keys are written",
        items=(EVERY_FRAME_ITEM, REDUCED_ITEM),
        default=KeyDensity.EVERY_FRAME.value,
    )
    turn_bound: bpy.props.FloatProperty(
        name="Rotation",
        description="Most that a bone may turn away from what was generated",
        default=DEFAULT_LAYER.turn_bound_rad,
        min=0.0001,
        soft_max=0.1,
        max=1.0,
        precision=2,
        subtype="ANGLE",
    )
    shift_bound_mm: bpy.props.FloatProperty(
        name="Position (mm)",
        description="Most that a bone that slides may be away from what was generated, in "
        "millimetres",
        default=1000.0 * DEFAULT_LAYER.shift_bound_m,
        min=0.01,
        soft_max=20.0,
        max=1000.0,
    )


def _is_curve(_group: Any, item: bpy.types.Object) -> bool:
    return item.type == "CURVE"


def _is_armature(_group: Any, item: bpy.types.Object) -> bool:
    return item.type == "ARMATURE"


def _clip(name: str, description: str) -> Any:
    return bpy.props.StringProperty(
        name=name, description=description, search=search_clips, search_options={"SORT"}
    )


def _with_edits(group: type) -> type:
    """Decorator of the group that holds those of all edits."""
    for name, each in SETTINGS.items():
        group.__annotations__[name] = bpy.props.PointerProperty(type=each)
    return group


@overridable
@with_settings(Seeded)
@_with_edits
class NEURALMOTION_PG_editing(LastResult, bpy.types.PropertyGroup):
    """Everything of the edits of one character's motion."""

    edit: bpy.props.EnumProperty(
        name="Edit",
        description="What is done to the motion",
        items=tuple((e.edit.value, e.title, e.description) for e in KINDS.values()),
        default=Edit.FILL.value,
    )
    fill_span: bpy.props.EnumProperty(
        name="Between",
        description="The poses that stay; what lies between them is filled",
        items=(
            _KEYS_ITEM,
            _PREVIEW_ITEM,
            _FRAMES_ITEM,
            (GAPS, "All Gaps", "All longer gaps between keys of the active action"),
        ),
        default=KEYS,
    )
    span: bpy.props.EnumProperty(
        name="Range",
        description="The frames that may change",
        items=((WHOLE, "All", "All that plays"), _PREVIEW_ITEM, _KEYS_ITEM, _FRAMES_ITEM),
        default=WHOLE,
    )
    first_frame: bpy.props.IntProperty(
        name="First", description="First frame", default=1, min=-MAX_FRAME, max=MAX_FRAME
    )
    last_frame: bpy.props.IntProperty(
        name="Last", description="Last frame", default=250, min=-MAX_FRAME, max=MAX_FRAME
    )
    gap: bpy.props.IntProperty(
        name="Longer Than",
        description="Gaps with more frames than this between two keys are filled",
        default=5,
        min=0,
        max=MAX_FRAME,
    )
    bones_only: bpy.props.BoolProperty(
        name="Selected Bones Only", description="Only bones that are selected in Pose Mode change"
    )
    missing: bpy.props.StringProperty(
        name="Missing",
        description="Bones whose keys are not to be believed: they are filled",
        options={"HIDDEN"},
    )
    path: bpy.props.PointerProperty(
        name="Path",
        description="A curve that the hips go along",
        type=bpy.types.Object,
        poll=_is_curve,
    )
    reference: _clip("Reference", "An action, or an NLA strip, in the manner that is wanted")
    reference_rig: bpy.props.PointerProperty(
        name="Of",
        description="Whose motion the reference is; empty for the character's own",
        type=bpy.types.Object,
        poll=_is_armature,
    )
    first: _clip("From", "The strip or the action that comes first")
    second: _clip("To", "The strip or the action that comes after it")
    variants: bpy.props.IntProperty(
        name="Variants",
        description="How many are made, each with another seed",
        default=1,
        min=1,
        soft_max=8,
        max=MOST_VARIANTS,
    )
    of_selected: bpy.props.BoolProperty(
        name="Selected Characters",
        description="Every armature that is selected gets variants of its own motion",
    )
    result: bpy.props.PointerProperty(type=NEURALMOTION_PG_edit_result)
    preset: bpy.props.StringProperty(
        name="Preset", description="Name under which the settings of this edit are kept"
    )
    last_result_edit: bpy.props.StringProperty(options={"HIDDEN"})
    last_result_names: bpy.props.StringProperty(options={"HIDDEN"})


def chosen_editing(context: bpy.types.Context) -> NEURALMOTION_PG_editing | None:
    """The chosen character's edits; None if nobody is chosen who has an armature."""
    armature = chosen_armature(context)
    return None if armature is None else armature.neural_motion.editing


def settings_for(scene: bpy.types.Scene, chosen: NEURALMOTION_PG_editing, edit: Edit) -> Any:
    """The settings of an edit as its pipeline takes them."""
    kind = KINDS[edit]
    values = values_of(getattr(chosen, kind.name), kind.settings, metres_per_unit(scene))
    return kind.settings(**values)


def may_be_layer(chosen: NEURALMOTION_PG_editing, edit: Edit) -> bool:
    """Whether every frame stays where it was, so that a layer can hold the difference."""
    return edit.keeps_time and not (edit is Edit.RESTYLE and chosen.restyle.timing > 0.0)


def result_options(chosen: NEURALMOTION_PG_editing, edit: Edit) -> ResultOptions:
    """How an edit is written; one that moves frames in time is always a new action."""
    result = chosen.result
    return ResultOptions(
        kind=ResultKind(result.kind) if may_be_layer(chosen, edit) else ResultKind.ACTION,
        replace_last=result.replace_last,
        density=KeyDensity(result.density),
        turn_bound_rad=result.turn_bound,
        shift_bound_m=result.shift_bound_mm / 1000.0,
        markers=result.markers,
    )


GROUPS: Final = (*SETTINGS.values(), NEURALMOTION_PG_edit_result)
