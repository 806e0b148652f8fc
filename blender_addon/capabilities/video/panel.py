"""Panel of the video: which film, whose motion, seen by which camera, go."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.film.choice import FilmSource
from ...blender.film.strip import film_strips
from ...blender.jobs.last_result import draw_last_result
from ...blender.jobs.stale import draw_if_stale
from ...blender.keys.result_properties import draw_result_options
from ...blender.models.chosen import draw_models
from ...blender.ui.common import InTab, draw_generate, draw_hint, draw_wrapped
from ...core.retarget.control_map import find_control_family
from ...core.video.settings import CameraKind
from .film_properties import JOINT_TITLES
from .preview.camera import preview_camera
from .preview.film import film_problem, shown_film
from .properties import chosen_video, reason_not_to_generate

_JOINTS: Final = 0.55
_NARROW_LABEL: Final = 0.2
"""Parts of a line."""


class NEURALMOTION_PT_video(InTab, bpy.types.Panel):
    bl_label = "Video"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_video(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if chosen is not None:
            column = layout.column(align=True)
            _draw_film(column, context, chosen.film)
            _draw_facts(column, context.scene, chosen)
            _draw_person(column, context.scene, chosen.person)
            layout.prop(chosen, "at")
        reason = reason_not_to_generate(context)
        draw_generate(layout, context, "neural_motion.generate_video", reason)
        if chosen is not None:
            column = layout.column(align=True)
            draw_if_stale(column, chosen, "video", lambda: _made_from(context, chosen))
            draw_last_result(column, chosen, "video")


def _made_from(context: bpy.types.Context, chosen: Any) -> Any:
    # Not above: drawing a panel does not wait for what writes motions.
    from .depends import made_from

    return made_from(context.scene, chosen)


def _draw_film(layout: bpy.types.UILayout, context: bpy.types.Context, film: Any) -> None:
    parts = layout.split(factor=_NARROW_LABEL)
    parts.use_property_split = False
    label = parts.row()
    label.alignment = "RIGHT"
    label.label(text=film.bl_rna.properties["source"].name)
    parts.row(align=True).prop(film, "source", expand=True)
    source = FilmSource(film.source)
    if source is FilmSource.FILE:
        layout.prop(film, "file")
    elif source is FilmSource.CLIP:
        layout.template_ID(film, "clip", open="clip.open")
    elif source is FilmSource.SEQUENCE:
        layout.prop(film, "sequence")
        layout.prop(film, "sequence_rate")
    elif film_strips(context.scene):
        editor = context.scene.sequence_editor
        name = "strips_all" if hasattr(editor, "strips_all") else "sequences_all"
        layout.prop_search(film, "strip", editor, name, icon="SEQUENCE")
    else:
        draw_wrapped(layout, "Add a movie in the Video Sequencer first", "INFO")


def _draw_facts(layout: bpy.types.UILayout, scene: bpy.types.Scene, chosen: Any) -> None:
    """What film it is, or why it cannot be read."""
    film = shown_film(scene, chosen.id_data)
    if film is not None:
        width, height = film.size_px
        draw_wrapped(
            layout,
            f"{width} × {height}, {film.frame_rate_hz:.4g} pictures/s, {film.seconds:.1f} s",
            "INFO",
        )
    elif problem := film_problem(scene, chosen.id_data):
        draw_wrapped(layout, problem[0].upper() + problem[1:], "ERROR")


def _draw_person(layout: bpy.types.UILayout, scene: bpy.types.Scene, person: Any) -> None:
    """What is looked at and whom: a row of two buttons."""
    row = layout.row(align=True)
    if preview_camera(scene) is None:
        row.operator("neural_motion.preview_film", text="Preview", icon="HIDE_OFF")
    else:
        row.operator("neural_motion.end_film_preview", icon="HIDE_ON")
    picked = "Person Picked" if person.is_chosen else "Pick Person"
    row.operator("neural_motion.pick_film_person", text=picked, icon="EYEDROPPER")
    if person.is_chosen:
        row.operator("neural_motion.clear_film_person", text="", icon="X")


class _OfVideo(InTab):
    """Mix-in of the panels that show one character's settings."""

    bl_parent_id = "NEURALMOTION_PT_video"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return chosen_video(context) is not None


class NEURALMOTION_PT_video_camera(_OfVideo, bpy.types.Panel):
    bl_label = "Film Camera"
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_video(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.row().prop(chosen, "camera_kind", expand=True)
        column = layout.column(align=True)
        if chosen.camera_kind == CameraKind.TYPED.value:
            column.prop(chosen, "lens", text="Lens (mm)")
            column.prop(chosen, "height", text="Height (m)")
            column.prop(chosen, "tilt")
        elif chosen.camera_kind == CameraKind.SCENE.value:
            column.prop(chosen, "scene_camera", text="Object")


class NEURALMOTION_PT_video_pins(_OfVideo, bpy.types.Panel):
    bl_label = "Pins"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_video(context), self.layout
        row = layout.row(align=True)
        row.operator("neural_motion.pin_film_joints", icon="PINNED")
        row.operator("neural_motion.solve_video_again", icon="FILE_REFRESH")
        row = layout.row()
        row.template_list(
            "NEURALMOTION_UL_video_pins", "", chosen, "pins", chosen, "active_pin", rows=3
        )
        buttons = row.column(align=True)
        buttons.operator("neural_motion.go_to_film_pin", text="", icon="TIME")
        buttons.operator("neural_motion.remove_film_pin", text="", icon="REMOVE")
        buttons.operator("neural_motion.clear_film_pins", text="", icon="X")
        draw_hint(layout, chosen.pins, "No pins yet: they tell where a joint is in a picture")


class NEURALMOTION_UL_video_pins(bpy.types.UIList):
    """One line for each joint that was pinned: its picture, which one it is."""

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: object,
        item: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: object,
        _active_property: str,
    ) -> None:
        row = layout.split(factor=_JOINTS)
        row.label(text=joint_title(item.joint), icon="PINNED")
        row.label(text=f"{item.frame + 1}", translate=False)


def joint_title(joint: str) -> str:
    """What a joint is called in the interface."""
    from ...core.video.points import JOINTS

    return JOINT_TITLES[JOINTS.index(joint)]


class NEURALMOTION_PT_video_options(_OfVideo, bpy.types.Panel):
    bl_label = "Options"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_video(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_models(layout, context, "video")
        layout.row().prop(chosen, "quality", expand=True)
        for name in ("smoothing", "ground", "on_ground", "lock_feet", "pin_reach", "fingers"):
            layout.prop(chosen, name)
        film = chosen.film
        if FilmSource(film.source) in (FilmSource.FILE, FilmSource.SEQUENCE):
            layout.prop(film, "start_frame")
        layout.prop(film, "use_range")
        if film.use_range:
            column = layout.column(align=True)
            column.prop(film, "first_frame")
            column.prop(film, "last_frame")


class NEURALMOTION_PT_video_keys(_OfVideo, bpy.types.Panel):
    bl_label = "Keys"
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        chosen, layout = chosen_video(context), self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "root_motion")
        if find_control_family(chosen.id_data.data.bones.keys()) is not None:
            layout.prop(chosen, "legs")
            layout.prop(chosen, "arms")
        draw_result_options(
            layout,
            chosen.result,
            ("kind", "replace_last", "blend_in", "blend_out", "contacts", "empties", "density"),
            ("turn_bound", "shift_bound_mm"),
        )


CLASSES = (
    NEURALMOTION_UL_video_pins,
    NEURALMOTION_PT_video,
    NEURALMOTION_PT_video_camera,
    NEURALMOTION_PT_video_pins,
    NEURALMOTION_PT_video_options,
    NEURALMOTION_PT_video_keys,
)
