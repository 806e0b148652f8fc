"""Add Character: somebody to try everything on, another one each time."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.adding import reason_not_to_add
from ...blender.declared import property_of
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from ...core.settings import declared
from ...demo_character.bones import NAMINGS
from ...demo_character.traits import ANCESTRIES, COLOURS, STYLES, Numbered, Traits, gather_ancestry

_TRAITS: Final = tuple(declared(Traits))
_SKIP: Final = {"SKIP_SAVE"}


def naming_property() -> Any:
    """How bones are to be named."""
    items = [(key, each.title, f"Bones named as in {each.title}") for key, each in NAMINGS.items()]
    return bpy.props.EnumProperty(
        name="Bone Names", items=items, description="Which program's names the bones go by"
    )


def _style(name: str) -> Any:
    items = [(style, style.title(), "") for style in STYLES[name]]
    return bpy.props.EnumProperty(
        name=name.title(), items=items, options=_SKIP, description=f"Style of the {name}"
    )


def _colour(name: str) -> Any:
    return bpy.props.FloatVectorProperty(
        name=name.replace("_", " ").title(), subtype="COLOR", min=0.0, max=1.0, options=_SKIP,
        description=f"Colour of the {name.removesuffix('_colour')}",
    )  # fmt: skip


def _with_traits(operator: type) -> type:
    """Decorator of the operator: a property for each trait, forgotten from call to call."""
    made = {each.name: property_of(each) for each in _TRAITS}
    made["seed"] = property_of(declared(Numbered)[0])
    for each in made.values():
        each.keywords["options"] = _SKIP
    made |= {name: _style(name) for name in STYLES} | {name: _colour(name) for name in COLOURS}
    operator.__annotations__ |= made
    operator.redo_shows = ("seed", "naming", "choose", *(name for name in made if name != "seed"))  # type: ignore[attr-defined]
    return operator


@_with_traits
class NEURALMOTION_OT_add_character(bpy.types.Operator):
    """Add a skinned person with a face that speaks, and choose them if nobody is chosen yet"""

    bl_idname = "neural_motion.add_character"
    bl_label = "Add Character"
    bl_options = {"REGISTER", "UNDO"}

    naming: naming_property()  # type: ignore[valid-type]
    choose: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Choose Traits", options=_SKIP,
        description="Change what this person is like, instead of taking all of it from the seed",
    )  # fmt: skip
    drawn: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})  # type: ignore[valid-type]
    usual_height: bpy.props.FloatProperty(  # type: ignore[valid-type]
        options={"HIDDEN", "SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_add(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        # Not above: switching the extension on does not wait for it.
        from ...demo_character.builder import add_person
        from ...demo_character.person import draw_person
        from ...demo_character.place import free_place, free_seed, put

        again = self.options.is_repeat_last  # another one, not the same twice
        if again or not self.properties.is_property_set("seed"):
            self.seed = free_seed(context.scene)
        try:
            place = free_place(context)
            usual = draw_person(self.seed)
            chosen = gather_ancestry(self._chosen(), usual.ancestry)
            person = draw_person(self.seed, chosen)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        character = add_person(context, "", person, self.naming)
        put(context, character, place)
        context.view_layer.update()
        self._show(person)
        if "height_m" not in chosen:
            self.usual_height = self.height
        if context.scene.neural_motion.character is None:
            context.scene.neural_motion.character = character
        return {"FINISHED"}

    def _chosen(self) -> dict[str, Any]:
        """What was chosen of the person, by field; what only shows the last one was not."""
        if self.drawn and not self.choose:
            return {}
        fields = {each.name: each.field for each in _TRAITS}
        fields |= {name: name for name in (*STYLES, *COLOURS)}
        is_set = self.properties.is_property_set
        found = {field: getattr(self, name) for name, field in fields.items() if is_set(name)}
        if self.drawn and self.height == self.usual_height:
            found.pop("height_m", None)  # a child that was a man is not as tall any more
        return {n: tuple(value) if n in COLOURS else value for n, value in found.items()}

    def _show(self, person: Any) -> None:
        """Put the person's traits into the properties, where choosing begins."""
        ancestry = dict(zip(ANCESTRIES, person.ancestry, strict=True))
        for each in _TRAITS:
            source = person.look if hasattr(person.look, each.field) else person
            value = ancestry.get(each.field, getattr(source, each.field, None))
            setattr(self, each.name, value)
        for name in (*STYLES, *COLOURS):
            setattr(self, name, getattr(person.look, name))
        self.drawn = True

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.prop(self, "seed")
        layout.prop(self, "naming")
        layout.prop(self, "choose")
        chosen = layout.column()
        chosen.enabled = self.choose
        for names in ([each.name for each in _TRAITS], STYLES, COLOURS):
            group = chosen.column(align=True)
            for name in names:
                group.prop(self, name)


CLASSES = (NEURALMOTION_OT_add_character,)
