"""What else moves a bone, so that keys on it would not show."""

from __future__ import annotations

from typing import Any

import bpy

from ..drivers import acting_drivers, heard_by
from ..paths import bone_path
from .acting import acts


def hides_keys(constraint: Any) -> bool:
    """Whether a constraint hides what is keyed.

    One that does not act, or adds to it, does not; nor does one that keeps a bone near a place or
    on a sphere around it, as Rigify keeps the controls of lids on the eyeball: it follows its keys
    there, and turns freely.
    """
    if not acts(constraint) or constraint.type == "LIMIT_DISTANCE":
        return False
    added = constraint.type in ("COPY_LOCATION", "COPY_ROTATION") and constraint.owner_space in (
        "LOCAL", "LOCAL_WITH_PARENT"
    )  # fmt: skip
    if not added:
        return True
    if constraint.type == "COPY_LOCATION":
        return not constraint.use_offset
    return constraint.mix_mode == "REPLACE"


def steering(armature: bpy.types.Object, name: str, what: str = "rotation") -> str:
    """What else moves a bone, and what to do about it; empty if nothing does."""
    bone = armature.pose.bones[name]
    active = [c for c in bone.constraints if hides_keys(c)]
    if active:
        towards = getattr(active[0], "subtarget", "") or getattr(
            getattr(active[0], "target", None), "name", ""
        )
        way_round = (
            f"choose '{towards}' or another bone that is free, or mute the constraint"
            if towards
            else "choose the bone that controls it, or mute the constraint"
        )
        follows = f" to '{towards}'" if towards else ""
        return f"is moved by its constraint '{active[0].name}'{follows}; {way_round}"
    prefix = bone_path(name, what)
    for driver in acting_drivers(armature):
        if driver.data_path.startswith(prefix):
            heard = ", ".join(f"'{source}'" for source in heard_by([driver]))
            listens = f" that listens to {heard}" if heard else ""
            control = f"choose {heard}" if heard else "choose the bone that controls it"
            return f"is moved by a driver{listens}; {control}, or mute or remove the driver"
    return ""
