"""Gives people of the demos the shapes that other programs' faces have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from backend.rigs.face_shapes import SHAPE_SETS, Mixture

Array = NDArray[np.float32]

_LIDS: Final[Mapping[str, Mixture]] = {
    name: {name: 1.0} for name in ("eyeBlinkLeft", "eyeBlinkRight")
}
_PRESSED: Final[Mapping[str, Mixture]] = {
    "viseme_PP": {
        "mouthPressLeft": 0.3, "mouthPressRight": 0.3, "mouthRollLower": 0.3, "mouthRollUpper": 0.2,
    }
}  # fmt: skip
"""Lips shut lightly; pressed hard they pull the corners up, which is a smile at every stop."""
FACE_SETS: Final[Mapping[str, Mapping[str, Mixture]]] = {
    "VRM": SHAPE_SETS["VRM 0"],
    "visemes": {**SHAPE_SETS["Oculus"], **_PRESSED, **_LIDS},
}
"""By what a face is called: five vowels, and fifteen positions of the mouth with nothing between
them. Lids go with the visemes so that the eyes live."""


def use_shapes(armature: bpy.types.Object, shapes: Mapping[str, Mixture]) -> None:
    """Put mixtures of a person's ARKit shapes in the place of these.

    Args:
        armature: of a person, fresh.
        shapes: by the new name, weights by ARKit shape; one of ``FACE_SETS``.
    """
    for thing in armature.children:
        if thing.type == "MESH" and thing.data.shape_keys is not None:
            _mix(thing, shapes)


def _mix(thing: bpy.types.Object, shapes: Mapping[str, Mixture]) -> None:
    """A mesh gets those that move it."""
    rest, moved = _read(thing.data)
    thing.shape_key_clear()
    thing.shape_key_add(name="Basis", from_mix=False)
    for name, mixture in shapes.items():
        used = [weight * moved[each] for each, weight in mixture.items() if each in moved]
        if used or not mixture:
            key = thing.shape_key_add(name=name, from_mix=False)
            key.data.foreach_set("co", np.sum([rest, *used], axis=0, dtype=np.float32))
            key.value = 0.0  # newer Blenders begin at 1


def _read(mesh: bpy.types.Mesh) -> tuple[Array, dict[str, Array]]:
    """Coordinates at rest, one after another, and what each shape adds to them."""
    keys = mesh.shape_keys.key_blocks
    places = {}
    for key in keys:
        places[key.name] = np.empty(3 * len(mesh.vertices), np.float32)
        key.data.foreach_get("co", places[key.name])
    rest = places.pop(keys[0].name)
    return rest, {name: at - rest for name, at in places.items()}
