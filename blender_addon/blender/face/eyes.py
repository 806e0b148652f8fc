"""Finds what a character's eyes are: bones, targets that eyes follow, objects, or shape keys.

Which of two is the left one is decided by where they are. Everything can be chosen by hand instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import bpy

from ...core.errors import GazeError
from ...core.face.bone_names import find_part
from ...core.face.maps import FaceMapping
from ...core.notes import Note
from ...core.wording import linked
from ..drivers import acting_drivers, driven_paths, heard_by
from ..rig.steering import hides_keys
from .eyes_bones import add_bones, find_bones
from .eyes_found import (
    LOOKS,
    EyeChoice,
    Eyes,
    Pair,
    agreeing,
    chosen_pair,
    with_warning,
)
from .shape_keys import (
    armature_of,
    driven_shapes,
    face_channels,
    find_face_meshes,
    shape_path,
)


def find_eyes(character: bpy.types.Object, choice: EyeChoice | None = None) -> Eyes:
    """Find eyes, lids, head and neck of a character.

    Args:
        character: an armature, or a mesh or other object that is or carries the face.
        choice: what was chosen by hand.

    Raises:
        GazeError: there are no eyes, only one, or nothing of what was found can be turned.
    """
    chosen = choice or EyeChoice()
    armature = armature_of(character)
    meshes = find_face_meshes(armature or character)
    face = face_channels(meshes)
    eyes = _find_pair(character, armature, face, chosen)
    eyes = replace(eyes, face=face, meshes=tuple(mesh.name for mesh in meshes))
    if eyes.kind == "SHAPES":
        _check_shapes(meshes, face)
    if armature is not None:
        eyes = add_bones(armature, eyes, chosen)
    if not eyes.has_lids:
        eyes = with_warning(
            eyes, Note("nothing to blink with was found (eyeBlink shape keys or lid bones)")
        )
    return eyes


def _find_pair(
    character: bpy.types.Object,
    armature: bpy.types.Object | None,
    face: FaceMapping,
    chosen: EyeChoice,
) -> Eyes:
    problems: list[GazeError] = []
    finders: dict[str, Callable[[], Eyes | None]] = {
        "BONES": lambda: find_bones(armature, chosen) if armature is not None else None,
        "OBJECTS": lambda: _find_objects(character, armature, chosen),
        "SHAPES": lambda: Eyes("SHAPES", ("", "")) if _looks(face) else None,
    }
    for kind, find in finders.items():
        if chosen.kind in ("AUTO", kind):
            try:
                found = find()
            except GazeError as error:
                problems.append(error)
                continue
            if found is not None:
                for problem in problems:
                    found = with_warning(found, str(problem))
                return found
    if problems:
        raise problems[0]
    raise GazeError(_nothing_found(character.name, chosen.kind, armature))


def _nothing_found(name: str, kind: str, armature: bpy.types.Object | None) -> str:
    desired = {
        "BONES": "bones such as 'LeftEye' and 'RightEye'",
        "OBJECTS": "objects such as 'Eye.L' and 'Eye.R' that belong to it",
        "SHAPES": "shape keys such as 'eyeLookUpLeft'",
    }
    missing = desired.get(kind) or ", ".join(desired.values())
    bones = f" among its {len(armature.data.bones)} bones" if armature is not None else ""
    return (
        f"no eyes were found on '{name}'{bones}: looked for {missing}. "
        "Choose them under Gaze ▸ Eyes"
    )


def _find_objects(
    character: bpy.types.Object, armature: bpy.types.Object | None, chosen: EyeChoice
) -> Eyes | None:
    if chosen.kind == "OBJECTS" and (chosen.left or chosen.right):
        pair: Pair | None = chosen_pair(chosen, bpy.data.objects, "object")
    else:
        known = {o.name: o for o in _belonging(armature or character)}
        if armature is not None and character != armature:
            known |= {o.name: o for o in _belonging(character)}
        names = [name for name, o in known.items() if o.type in ("MESH", "EMPTY")]
        names = [name.removeprefix(f"{character.name} ") for name in names]
        pair = agreeing(find_part(names, "eye"))
        if pair is not None:
            pair = tuple(n if n in known else f"{character.name} {n}" for n in pair)
    if pair is None:
        return None
    for name in pair:
        _check_object(bpy.data.objects[name])
    return Eyes("OBJECTS", pair)


def _belonging(owner: bpy.types.Object) -> list[bpy.types.Object]:
    return [owner, *owner.children_recursive]


def _check_object(eye: bpy.types.Object) -> None:
    name = eye.name
    if not eye.is_editable:
        raise GazeError(linked(name, "the eye "))
    active = [
        c for c in eye.constraints if hides_keys(c) and c.type not in ("CHILD_OF", "ARMATURE")
    ]
    if active:
        target = getattr(getattr(active[0], "target", None), "name", "")
        also = f"choose '{target}' as a target of the gaze, and " if target else ""
        raise GazeError(
            f"the eye '{name}' is moved by its constraint '{active[0].name}'; {also}mute "
            "the constraint"
        )
    if any(path.startswith("rotation") for path in driven_paths(eye)):
        raise GazeError(
            f"the eye '{name}' is turned by a driver. Mute or remove the driver, or choose what it "
            "listens to under Gaze ▸ Eyes"
        )
    if any(eye.lock_rotation):
        raise GazeError(
            f"the eye '{name}' has its rotation locked. Unlock it in the Transform panel, or "
            "choose other eyes under Gaze ▸ Eyes"
        )
    if any(m.type == "ARMATURE" and m.show_viewport for m in eye.modifiers) and not eye.parent_bone:
        raise GazeError(
            f"the eye '{name}' is deformed by an armature, so turning the object is not enough. "
            "Choose the bones that move it under Gaze ▸ Eyes"
        )


def _looks(face: FaceMapping) -> bool:
    return all(name in face.targets for name in LOOKS)


def _check_shapes(meshes: Sequence[bpy.types.Object], face: FaceMapping) -> None:
    desired = [shape for name in LOOKS for shape, _ in face.targets[name]]
    for mesh in meshes:
        driven = driven_shapes(mesh, desired)
        if driven:
            path = shape_path(driven[0])
            keys = mesh.data.shape_keys
            sources = heard_by(d for d in acting_drivers(keys) if d.data_path == path)
            heard = f" that listens to '{sources[0]}'" if sources else ""
            raise GazeError(
                f"the shape key '{driven[0]}' of '{mesh.name}' is moved by a driver{heard}. "
                "Mute or remove the driver, or choose the bones that control the eyes under "
                "Gaze ▸ Eyes"
            )
