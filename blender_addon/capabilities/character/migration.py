"""Files saved by version 0.1 open with their settings.

There each panel had a character of its own: a walk's settings were the scene's, ``neural_motion``;
gaze, speech and joints were the object's, ``neural_motion_gaze`` and so on. All of it moves to
``Object.neural_motion``, with keyframes and drivers, once for each object and scene: the version
stored with them tells. Linked data is left alone; what was overridden here is moved here.

A walk without a character stays in the scene until one is chosen there, and so does that of a
second scene whose character got the first one's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import bpy

from ...blender.face.shape_keys import armature_of
from .animated import rename_paths
from .chosen import owner_of
from .stored import fill, is_set, peek, remove

VERSION: Final = 1
"""Of the layout of the settings; version 0.1 of the extension stored none."""

_OF_OBJECTS: Final = ("gaze", "speech", "joints")
_WALK: Final = "neural_motion"
_OLD_WALK: Final = (
    "rig path ground ground_collection speed marks active_mark stand_before stand_after "
    "root_motion legs arms seed show_on_path drive crowd active_member result last_result "
    "last_provider".split()
)
"""Members of the scene's group in version 0.1; its name is in use again, theirs must not be."""
_RENAMED: Final = {f"neural_motion_{name}.": f"neural_motion.{name}." for name in _OF_OBJECTS}

_TROUBLE: Final = (AttributeError, KeyError, RuntimeError, TypeError, ValueError)
"""What settings of an unexpected kind raise; a file comes from anywhere."""

_Datablock = TypeVar("_Datablock", bound=bpy.types.ID)
_logger = logging.getLogger(__name__)
_under_way: list[bool] = []


def is_under_way() -> bool:
    """Whether settings are being moved, so that choosing a character is no act of the user's."""
    return bool(_under_way)


@contextmanager
def _moving() -> Iterator[None]:
    _under_way.append(True)
    try:
        yield
    finally:
        _under_way.pop()


def migrate_file() -> bool:
    """Move all that version 0.1 left in the open file; whether there was anything."""
    scenes = sorted(bpy.data.scenes, key=lambda scene: scene != bpy.context.scene)
    old = [each for each in scenes if _attempt(_is_old, each)]
    with _moving():
        objects = [each for each in bpy.data.objects if _attempt(_migrate_object, each)]
        count = rename_paths(_RENAMED) if old or objects else 0
        moved = [*objects, *(each for each in old if _attempt(_migrate_scene, each))]
    for each in objects:
        each.update_tag()
    if moved:
        names = ", ".join(f"'{each.name}'" for each in moved)
        _logger.info("settings of version 0.1 moved: %s; %d keyed or driven", names, count)
    return bool(moved)


def migrate_chosen(scene: bpy.types.Scene, character: bpy.types.Object) -> None:
    """Move what version 0.1 left on a character appended later, and a walk that waited for one."""
    with _moving():
        armature = armature_of(character)
        family = {character, armature} - {None}
        moved = [each for each in family if _attempt(_migrate_object, each)]
        if moved:
            rename_paths(_RENAMED)
        if scene.is_editable:
            _hand_over_walk(scene)
            scene.neural_motion.version = VERSION


def _attempt(step: Callable[[_Datablock], bool], datablock: _Datablock) -> bool:
    """Do it; one datablock's trouble is logged, and the others are moved all the same."""
    try:
        return step(datablock)
    except _TROUBLE:
        _logger.exception(
            "the settings of version 0.1 of '%s' are not all moved, and stay where they were",
            datablock.name,
        )
        return False


def _is_old(datablock: bpy.types.ID) -> bool:
    return datablock.is_editable and peek(datablock, _WALK).get("version", 0) < VERSION


def _migrate_object(obj: bpy.types.Object) -> bool:
    """Whether there was anything to move; the old settings go last, once all else is well."""
    if not _is_old(obj):
        return False
    old = {name: peek(obj, f"neural_motion_{name}") for name in _OF_OBJECTS}
    old = {name: values for name, values in old.items() if is_set(values)}
    if old:
        _fill_object(obj, old)
    if obj.override_library is None:  # else the linked object brings it again
        for name in _OF_OBJECTS:
            remove(obj, f"neural_motion_{name}")
    return bool(old)


def _fill_object(obj: bpy.types.Object, old: Mapping[str, dict[str, Any]]) -> None:
    kept, armature = obj.neural_motion, armature_of(obj)
    for name, values in old.items():
        fill(getattr(kept, name), values)
    if armature not in (None, obj):
        kept.own = {name for name, values in old.items() if _holds_for_mesh(name, values)}
    kept.version = VERSION


def _holds_for_mesh(name: str, values: Mapping[str, Any]) -> bool:
    """Whether a mesh was set up apart from its armature; without targets nobody gazes."""
    return name == "speech" or (name == "gaze" and bool(values.get("targets")))


def _migrate_scene(scene: bpy.types.Scene) -> bool:
    """Whether there was anything to move."""
    walk = _old_walk(scene)
    gaze, speech = (peek(scene, name) for name in ("neural_motion_gaze", "neural_motion_speech"))
    kept = scene.neural_motion
    if walk or gaze or speech:
        fill(kept.walk, {key: walk[key] for key in ("crowd", "active_member") if key in walk})
        fill(kept.gaze, {key: gaze[key] for key in ("range",) if key in gaze})
        kept.character = _whom(walk.get("rig"), gaze.get("rig"), speech.get("character"))
        remove(scene, _WALK, "crowd", "active_member")
        remove(scene, "neural_motion_gaze")
        remove(scene, "neural_motion_speech")
        _hand_over_walk(scene)
    kept.version = VERSION
    return bool(walk or gaze or speech)


def _whom(
    walks: bpy.types.Object | None, looks: bpy.types.Object | None, speaks: bpy.types.Object | None
) -> bpy.types.Object | None:
    """Who is chosen: who walked, else who looked, else who spoke.

    A mesh of that character that looked or spoke by itself is chosen in its place: its settings
    are shown then, and the walk is its armature's all the same.
    """
    first = walks or looks or speaks
    for mesh in (speaks, looks):
        if mesh is not None and mesh.neural_motion.own and armature_of(mesh) == first:
            return mesh
    return first


def _old_walk(scene: bpy.types.Scene) -> dict[str, Any]:
    """What lies in the scene of a walk of version 0.1, under the name that is in use again."""
    return {name: v for name, v in peek(scene, _WALK).items() if name in _OLD_WALK}


def _hand_over_walk(scene: bpy.types.Scene) -> None:
    """Give the scene's walk of version 0.1 to its character, unless that has one already."""
    walk = _old_walk(scene)
    character = scene.neural_motion.character
    if not walk or character is None:
        return
    owner = owner_of(character, "walk")
    if not owner.is_editable or is_set(peek(owner, _WALK).get("walk", {})):
        _logger.warning(
            "'%s' has a walk already; that of the scene '%s' waits for another character",
            owner.name, scene.name,
        )  # fmt: skip
        return
    fill(owner.neural_motion.walk, walk)
    owner.neural_motion.version = VERSION
    remove(scene, _WALK, *walk)


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _after_load(_path: str, *_more: object) -> None:
    migrate_file()


def _soon() -> None:
    """The timer's function: as ``migrate_file``, with a step that undo can come back to."""
    if migrate_file() and bpy.ops.ed.undo_push.poll():  # type: ignore[call-arg]
        bpy.ops.ed.undo_push(message="Neural Motion")


def register() -> None:
    """Move the open file's settings, and those of each file that is loaded."""
    bpy.app.handlers.load_post.append(_after_load)
    if hasattr(bpy.data, "objects"):
        migrate_file()
    else:  # while extensions are switched on Blender hides its data
        bpy.app.timers.register(_soon, first_interval=0.0)


def unregister() -> None:
    """Move nothing any more."""
    bpy.app.handlers.load_post.remove(_after_load)
    if bpy.app.timers.is_registered(_soon):
        bpy.app.timers.unregister(_soon)
