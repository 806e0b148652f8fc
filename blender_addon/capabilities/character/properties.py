"""Where all settings hang: ``Object.neural_motion`` of a character, ``Scene.neural_motion``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import bpy

from ...blender.declared import OVERRIDABLE, overridable
from ...blender.models.chosen import NEURALMOTION_PG_models
from ...core.capabilities import CAPABILITIES
from ..package import Package
from . import migration, overrides
from .chosen import owner_of

_groups: list[type] = []


def _may_be_chosen(_owner: object, item: bpy.types.Object) -> bool:
    return item.type in ("ARMATURE", "MESH", "EMPTY")


@cache
def _object_group(packages: tuple[Package, ...]) -> type:
    """The group at every object: a member for each package, and the version."""
    members: dict[str, Any] = {
        "version": bpy.props.IntProperty(
            name="Version", description="Of the settings' layout; 0 where nothing is set"
        ),
        "own": bpy.props.EnumProperty(
            name="Own Settings",
            description="What this mesh keeps by itself instead of at its armature",
            items=[(each.name, each.title, "") for each in CAPABILITIES],
            options={"ENUM_FLAG"},
        ),
    }
    for each in packages:
        members[each.name] = bpy.props.PointerProperty(name=each.name.title(), type=each.settings)
    return overridable(
        type(
            "NEURALMOTION_PG_character",
            (bpy.types.PropertyGroup,),
            {"__doc__": "Everything set for one character.", "__annotations__": members},
        )
    )


@cache
def _scene_group(packages: tuple[Package, ...]) -> type:
    """The group at every scene: who is chosen, and what belongs to no character."""

    def chosen(group: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
        if group.character is not None and not migration.is_under_way():
            migration.migrate_chosen(group.id_data, group.character)
            _welcome(context, group.character, packages)

    members: dict[str, Any] = {
        "version": bpy.props.IntProperty(
            name="Version", description="Of the settings' layout; 0 where nothing is set"
        ),
        "character": bpy.props.PointerProperty(
            name="Character",
            description="Whom all panels are about: the armature, the mesh of a face, or the "
            "object that is a head. Settings are kept at the armature, where there is one",
            type=bpy.types.Object,
            poll=_may_be_chosen,
            update=chosen,
        ),
    }
    members["models"] = bpy.props.PointerProperty(name="Models", type=NEURALMOTION_PG_models)
    for each in packages:
        if each.scene_settings is not None:
            members[each.name] = bpy.props.PointerProperty(
                name=each.name.title(), type=each.scene_settings
            )
    return type(
        "NEURALMOTION_PG_scene",
        (bpy.types.PropertyGroup,),
        {"__doc__": "Who is chosen.", "__annotations__": members},
    )


def _welcome(
    context: bpy.types.Context, character: bpy.types.Object, packages: Iterable[Package]
) -> None:
    """Get a character ready that was just chosen."""
    for each in packages:
        owner = owner_of(character, each.name)
        if owner.is_editable:
            owner.neural_motion.version = migration.VERSION
            if each.on_chosen is not None:
                each.on_chosen(context, character)


def register(packages: tuple[Package, ...]) -> None:
    """Hang the settings at every object and scene, and bring those of older files there."""
    for package in packages:
        _groups.extend(package.groups)
    at_objects, at_scenes = _object_group(packages), _scene_group(packages)
    _groups.extend((at_objects, at_scenes))
    for group in _groups:
        bpy.utils.register_class(group)
    bpy.types.Object.neural_motion = bpy.props.PointerProperty(
        type=at_objects, override=OVERRIDABLE
    )
    bpy.types.Scene.neural_motion = bpy.props.PointerProperty(type=at_scenes)
    # Blender applies an override of version 0.1 only to what is registered under its old name.
    bpy.types.Object.neural_motion_joints = bpy.props.PointerProperty(
        type=next(each.settings for each in packages if each.name == "joints"),
        options={"HIDDEN"},
        override=OVERRIDABLE,
    )
    migration.register()
    overrides.register()


def unregister() -> None:
    """Take them out again."""
    overrides.unregister()
    migration.unregister()
    del bpy.types.Scene.neural_motion
    del bpy.types.Object.neural_motion_joints
    del bpy.types.Object.neural_motion
    while _groups:
        bpy.utils.unregister_class(_groups.pop())
