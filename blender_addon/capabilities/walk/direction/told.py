"""What the panel and the viewport tell of directions, and what tells whether it changed."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy

from ....blender.rig.joint_map import judge_joints
from ....blender.timeline import animation_rate_of, scene_frame
from ....blender.units import SceneUnits
from ....core.errors import SettingsError
from ....core.inference.choice import ModelChoice
from ....core.settings import Declared, Unit, declared
from ....core.walk.direction import Directions
from ....core.walk.plan import plan_request
from ....core.walk.request import WalkRequest
from ....core.walk.settings import Direction
from .going import GoKind
from .model_styles import named_styles
from .ways import Way

if TYPE_CHECKING:
    from ..scene import WalkSettings

_LEAST_TURN_DEG = 1.0


def going_key(settings: WalkSettings) -> Hashable:
    """Changes with where a walk goes; quick, and holds on to no object."""
    going = settings.going
    named = replace(going, target=None, end_toward=None)
    if going.kind is GoKind.PATH or going.target is not None:
        named = replace(named, place=(0.0, 0.0, 0.0))  # the 3D cursor does not count
    others = tuple(_object_key(each) for each in (going.target, going.end_toward))
    stands: Hashable = None
    if going.kind is not GoKind.PATH and settings.armature is not None:
        stands = _object_key(settings.armature)
    return named, others, stands


def _object_key(obj: bpy.types.Object | None) -> Hashable:
    if obj is None:
        return None
    matrices = [obj.matrix_world]
    if obj.type == "ARMATURE":
        bones = judge_joints(obj)[0].bones
        names = (bones.get(joint, "") for joint in ("Hips", "LeftUpLeg", "LeftFoot", "RightFoot"))
        matrices += [obj.pose.bones[name].matrix for name in names if name in obj.pose.bones]
    return obj.name_full, *(round(value, 5) for each in matrices for row in each for value in row)


def mark_problem(directions: Directions, length_m: float, units: SceneUnits) -> str:
    """A change that lies beyond the path's end; empty if none does."""
    places = [(_titles()[change.field].setting.title, change.at_m) for change in directions.changes]
    places += [("Style", change.at_m) for change in directions.style_changes]
    for title, at_m in places:
        if not 0 <= at_m <= length_m:
            return (
                f"the change of {title} at {units.length(at_m)} does not lie on the path, which is "
                f"{units.length(length_m)} long. Move it or remove it"
            )
    return ""


def mark_texts(directions: Directions, models: ModelChoice) -> list[tuple[float, str]]:
    """Place along the path and a short text of each change."""
    told = [(c.at_m, _short(_titles()[c.field], c.value)) for c in directions.changes]
    titles = {each.name: each.title for each in named_styles(models)}
    for change in directions.style_changes:
        style = change.style
        text = f"style {titles.get(style.name, style.name) or 'by seed'}"
        if style.other and style.blend > 0.0:
            text = f"{text} + {style.blend:.0%} {titles.get(style.other, style.other)}"
        told.append((change.at_m, text))
    return told


def standing_summary(
    context: bpy.types.Context, settings: WalkSettings, way: Way, start: int
) -> str:
    """What will happen where somebody stands, in the user's words."""
    scene, seconds = context.scene, settings.going.stand_s
    last = start + seconds * animation_rate_of(scene)
    first, end = (round(scene_frame(scene, frame)) for frame in (start, last))
    told = f"stands {seconds:g}\u00a0s, frames\u00a0{first} to\u00a0{end}"
    if way.end_heading_rad is None or way.stands is None:
        return told
    turn = math.degrees(_wrapped(way.end_heading_rad - way.stands.heading_rad))
    if abs(turn) < _LEAST_TURN_DEG:
        return told
    side = "left" if turn > 0 else "right"
    return f"{told}, and turns {abs(turn):.0f}° to the {side}"


def standing_problem(settings: WalkSettings, way: Way) -> str:
    """What of standing and turning will be refused; empty if nothing."""
    if way.stands is None:
        return ""
    try:
        plan_request(
            WalkRequest(
                stand_s=settings.going.stand_s,
                stand_before_s=settings.stand_before_s,
                start_heading_rad=way.stands.heading_rad,
                end_heading_rad=way.end_heading_rad,
            )
        )
    except SettingsError as error:
        return str(error)
    return ""


def _wrapped(angle_rad: float) -> float:
    return (angle_rad + math.pi) % math.tau - math.pi


def _titles() -> dict[str, Declared]:
    return {each.field: each for each in declared(Direction)}


def _short(each: Declared, value: float) -> str:
    unit: Any = each.setting.unit
    symbol = {Unit.DEGREES: "°", Unit.METRES: " m"}.get(unit, "")
    return f"{each.setting.title.lower()} {value:g}{symbol}"
