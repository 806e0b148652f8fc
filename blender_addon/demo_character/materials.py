"""Materials of people in Blender: the same colour in Workbench, EEVEE and Cycles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import bpy

from .palette import TINT, Finish, finish_of
from .person import Person

_SKIN_DEPTH_M: Final = 0.004  # how far light wanders under skin; red farthest
_DEPTHS: Final = (1.0, 0.35, 0.2)


class PersonMaterials:
    """Materials of people; what looks the same is one material, whoever wears it."""

    def __init__(self) -> None:
        self._made: dict[Finish, bpy.types.Material] = {}

    def of(self, person: Person) -> Callable[[str], bpy.types.Material]:
        """A function from the name of a material, as in ``palette``, to this person's.

        It raises SettingsError where there is no such material.
        """

        def make(name: str) -> bpy.types.Material:
            finish = finish_of(name, person)
            if finish not in self._made:
                self._made[finish] = _material(finish)
            return self._made[finish]

        return make


def _material(finish: Finish) -> bpy.types.Material:
    material = bpy.data.materials.new(finish.name)
    material.diffuse_color = (*finish.colour, 1.0)
    material.roughness = finish.roughness
    material.specular_intensity = finish.specular
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True  # later ones have nodes from the start
    shader = _shader(material)
    for socket, value in _inputs(finish).items():
        shader.inputs[socket].default_value = value
    if finish.tint:
        _add_tint(material, shader, finish)
    if finish.opacity < 1.0:
        material.surface_render_method = "BLENDED"
    return material


def _shader(material: bpy.types.Material) -> Any:
    """The principled shader: known by its type, since its name is translated."""
    nodes = material.node_tree.nodes
    return next(node for node in nodes if node.type == "BSDF_PRINCIPLED")


def _inputs(finish: Finish) -> dict[str, Any]:
    return {
        "Base Color": (*finish.colour, 1.0),
        "Roughness": finish.roughness,
        "Specular IOR Level": finish.specular,
        "Subsurface Weight": finish.subsurface,
        "Subsurface Radius": _DEPTHS,
        "Subsurface Scale": _SKIN_DEPTH_M,
        "Coat Weight": finish.coat,
        "Coat Roughness": 0.06,
        "Sheen Weight": finish.sheen,
        "Alpha": finish.opacity,
    }


def _add_tint(material: bpy.types.Material, shader: Any, finish: Finish) -> None:
    """Multiply the colour by the mesh's colour attribute."""
    tree = material.node_tree
    tint: Any = tree.nodes.new("ShaderNodeAttribute")
    tint.attribute_name = TINT
    tint.location = (-520.0, 300.0)
    mix: Any = tree.nodes.new("ShaderNodeMix")
    mix.data_type, mix.blend_type, mix.clamp_factor = "RGBA", "MULTIPLY", True
    mix.location = (-260.0, 300.0)
    factor, first, second = (_socket(mix.inputs, key) for key in _MIX_INPUTS)
    factor.default_value = finish.tint
    first.default_value = (*finish.colour, 1.0)
    tree.links.new(tint.outputs["Color"], second)
    tree.links.new(_socket(mix.outputs, "Result_Color"), shader.inputs["Base Color"])


_MIX_INPUTS: Final = ("Factor_Float", "A_Color", "B_Color")


def _socket(sockets: Any, identifier: str) -> Any:
    """A socket of the mix node: several share a name, so they are told apart by identifier."""
    return next(each for each in sockets if each.identifier == identifier)
