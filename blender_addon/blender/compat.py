"""What differs between Blender 4.2 and 5.2, hidden behind one set of functions.

Up to 4.3 an action owns its F-curves. From 4.4 they lie in the channelbag of a slot, in a strip,
in a layer; from 5.0 there is no other way. An action without its slot assigned moves nothing and
raises no complaint, so action and slot are always assigned together here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

HAS_SLOTS = bpy.app.version >= (4, 4, 0)
NAMES_GROUP_IN_NEW = bpy.app.version >= (5, 0, 0)


@dataclass(frozen=True)
class Assignment:
    """What animates a datablock: restore it with ``restore_assignment``.

    Args:
        had_animation_data: whether the datablock had any animation data at all.
        action: the assigned action.
        slot_handle: the assigned slot, by its handle (4.4 and later).
    """

    had_animation_data: bool
    action: bpy.types.Action | None = None
    slot_handle: int | None = None


def remember_assignment(datablock: bpy.types.ID) -> Assignment:
    """What animates the datablock now."""
    data = datablock.animation_data
    if data is None:
        return Assignment(False)
    slot = data.action_slot if HAS_SLOTS and data.action else None
    return Assignment(True, data.action, slot.handle if slot else None)


def restore_assignment(datablock: bpy.types.ID, before: Assignment) -> None:
    """Undo an assignment made since ``remember_assignment``."""
    if datablock.animation_data is None:
        return
    if not before.had_animation_data:
        datablock.animation_data_clear()
        return
    data = datablock.animation_data
    data.action = before.action
    if HAS_SLOTS and before.action is not None:
        matching = [s for s in before.action.slots if s.handle == before.slot_handle]
        data.action_slot = matching[0] if matching else None


def assign_action(datablock: bpy.types.ID, action: bpy.types.Action) -> None:
    """Let an action made by ``new_fcurves`` animate the datablock."""
    data = datablock.animation_data or datablock.animation_data_create()
    data.action = action
    if HAS_SLOTS:
        data.action_slot = action.slots[0]


def new_fcurves(action: bpy.types.Action, datablock: bpy.types.ID) -> Any:
    """Where an empty action keeps the F-curves for a datablock; makes slot, layer and strip."""
    if not HAS_SLOTS:
        return action
    slot = action.slots.new(datablock.id_type, datablock.name)
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def new_fcurve(owner: Any, data_path: str, index: int, group: str) -> bpy.types.FCurve:
    """A new F-curve in what ``new_fcurves`` gave; an empty group name means none."""
    if not group:
        return owner.fcurves.new(data_path, index=index)
    if NAMES_GROUP_IN_NEW:
        return owner.fcurves.new(data_path, index=index, group_name=group)
    if not HAS_SLOTS:
        return owner.fcurves.new(data_path, index=index, action_group=group)
    curve = owner.fcurves.new(data_path, index=index)
    curve.group = owner.groups.get(group) or owner.groups.new(group)
    return curve


def fcurves_of(datablock: bpy.types.ID) -> list[bpy.types.FCurve]:
    """F-curves that animate the datablock now, in every version."""
    data = datablock.animation_data
    if data is None or data.action is None:
        return []
    if not HAS_SLOTS:
        return list(data.action.fcurves)
    return action_fcurves(data.action, data.action_slot_handle)


def action_fcurves(action: bpy.types.Action, slot_handle: int | None = None) -> list[Any]:
    """Every F-curve of an action, or those of one slot of it."""
    if not HAS_SLOTS:
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [
        curve
        for bag in bags
        if slot_handle is None or bag.slot_handle == slot_handle
        for curve in bag.fcurves
    ]


def action_groups(action: bpy.types.Action) -> list[Any]:
    """Groups of an action's F-curves."""
    if not HAS_SLOTS:
        return list(action.groups)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [group for bag in bags for group in bag.groups]


def names_within(action: bpy.types.Action) -> list[str]:
    """Names of slots and layers; none of an action from before there were any, nor once converted.

    The slot that Blender gives such an action is called Legacy Slot, its layer Legacy Layer.
    """
    if not HAS_SLOTS:
        return []
    names = [slot.identifier for slot in action.slots] + [layer.name for layer in action.layers]
    legacy = len(action.slots) == 1 and action.slots[0].name_display == "Legacy Slot"
    return [] if legacy and len(action.layers) == 1 else names


def assign_strip_slot(strip: bpy.types.NlaStrip, slot_handle: int | None = None) -> None:
    """Let an NLA strip play one slot of its action; without a handle the first."""
    if HAS_SLOTS and len(strip.action.slots):
        slots = [slot for slot in strip.action.slots if slot.handle == slot_handle]
        strip.action_slot = slots[0] if slots else strip.action.slots[0]


def strip_slot_handle(strip: bpy.types.NlaStrip) -> int | None:
    """Handle of the slot that an NLA strip plays (4.4 and later)."""
    return strip.action_slot_handle if HAS_SLOTS else None


def slot_number(player: Any) -> int:
    """Which of its action's slots a strip, or a datablock's animation data, plays; 0 the first."""
    if not HAS_SLOTS or player.action is None:
        return 0
    handles = [slot.handle for slot in player.action.slots]
    return handles.index(player.action_slot_handle) if player.action_slot_handle in handles else -1


def sequence_strips(editor: bpy.types.SequenceEditor) -> Any:
    """The strips on a sequencer's top level, which were called sequences up to 4.3."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def strip_start(strip: Any) -> float:
    """The first frame on which a strip of the sequencer plays; 5.2 renamed it."""
    return float(either(strip, "left_handle", "frame_final_start"))


def strip_end(strip: Any) -> float:
    """The first frame on which a strip of the sequencer plays no more; 5.2 renamed it."""
    return float(either(strip, "right_handle", "frame_final_end"))


def set_strip_end(strip: Any, frame: int) -> None:
    """Let a strip of the sequencer play until this frame, which shows it no more."""
    setattr(strip, "right_handle" if hasattr(strip, "right_handle") else "frame_final_end", frame)


def move_strip(strip: Any, frames: float) -> None:
    """Move a strip of the sequencer along time."""
    name = "content_start" if hasattr(strip, "content_start") else "frame_start"
    setattr(strip, name, getattr(strip, name) + frames)


def either(owner: Any, new: str, old: str) -> Any:
    """A property that a later version renamed."""
    return getattr(owner, new) if hasattr(owner, new) else getattr(owner, old)


def sequencer_scene(context: bpy.types.Context) -> bpy.types.Scene | None:
    """The scene that video editors of the workspace show (5.0 and later), else the window's own."""
    workspace = context.workspace
    if workspace is None or "sequencer_scene" not in workspace.bl_rna.properties:
        return context.scene
    return workspace.sequencer_scene


def node_inputs(modifier: bpy.types.NodesModifier) -> dict[str, Any]:
    """What is set for the inputs of a Geometry Nodes modifier, by their identifiers."""
    interface = getattr(modifier, "properties", None)  # 5.2 and later
    if interface is None:
        return dict(modifier.items())
    inputs = interface.inputs
    names = [each.identifier for each in inputs.bl_rna.properties if each.type == "POINTER"]
    sockets = {name: getattr(inputs, name) for name in names if name != "rna_type"}
    return {name: getattr(socket, "value", None) for name, socket in sockets.items()}
