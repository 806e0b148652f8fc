"""What the user sets about the film, its person and the places pinned in it."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.declared import IS_PATH, overridable
from ...blender.film.choice import FilmSource
from ...blender.film.strip import film_strips
from ...blender.keys.keyframes import MAX_FRAME
from ...core.video.points import JOINTS

JOINT_TITLES: Final = (
    "Left Ankle", "Right Ankle", "Left Knee", "Right Knee", "Left Hip", "Right Hip",
    "Left Shoulder", "Right Shoulder", "Left Elbow", "Right Elbow", "Left Wrist", "Right Wrist",
    "Neck", "Top of Head",
)  # fmt: skip
"""What ``core.video.points.JOINTS`` are called in the interface, in the same order."""


def _search_strips(_group: Any, context: bpy.types.Context, text: str) -> list[str]:
    names = (each.name for each in film_strips(context.scene))
    return [name for name in names if text.lower() in name.lower()]


@overridable
class NEURALMOTION_PG_video_film(bpy.types.PropertyGroup):
    """Which film, where it lies in time, and which part of it."""

    source: bpy.props.EnumProperty(
        name="Film",
        description="Where the film is",
        items=(
            (FilmSource.FILE.value, "File", "A movie file"),
            (
                FilmSource.CLIP.value,
                "Clip",
                "A movie clip of this file, as the Movie Clip Editor shows it",
            ),
            (FilmSource.SEQUENCE.value, "Images", "A folder of numbered pictures"),
            (
                FilmSource.STRIP.value,
                "Strip",
                "A movie or image strip of the sequencer, where it lies",
            ),
        ),
        default=FilmSource.FILE.value,
    )
    file: bpy.props.StringProperty(
        name="File",
        description="Movie file that shows the person",
        subtype="FILE_PATH",
        options=IS_PATH,
    )
    clip: bpy.props.PointerProperty(
        name="Clip", description="Movie clip that shows the person", type=bpy.types.MovieClip
    )
    sequence: bpy.props.StringProperty(
        name="First Image",
        description="One of the numbered pictures; all others beside it belong to the film",
        subtype="FILE_PATH",
        options=IS_PATH,
    )
    sequence_rate: bpy.props.FloatProperty(
        name="Frame Rate",
        description="Pictures a second of the numbered pictures; 0 for the scene's own rate",
        default=0.0,
        min=0.0,
        max=1000.0,
        soft_max=120.0,
    )
    strip: bpy.props.StringProperty(
        name="Strip",
        description="Strip of the sequencer that shows the person; trimmed and moved as it lies "
        "there",
        search=_search_strips,
        search_options={"SORT"},
    )
    start_frame: bpy.props.IntProperty(
        name="Start",
        description="Frame of the scene on which the film begins",
        default=1,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )
    use_range: bpy.props.BoolProperty(
        name="Part of the Film", description="Only from one frame of the scene to another"
    )
    first_frame: bpy.props.IntProperty(
        name="First",
        description="First frame of the scene that gets motion",
        default=1,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )
    last_frame: bpy.props.IntProperty(
        name="Last",
        description="Last frame of the scene that gets motion",
        default=250,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )


@overridable
class NEURALMOTION_PG_video_person(bpy.types.PropertyGroup):
    """Which of several people: the one under a point of one picture."""

    is_chosen: bpy.props.BoolProperty(
        name="Chosen",
        description="Follow the person that was picked. Off: the one who is largest where "
        "somebody is first seen",
    )
    frame: bpy.props.IntProperty(
        name="Picture", description="Picture of the film, counted from 0", min=0, max=MAX_FRAME
    )
    x: bpy.props.FloatProperty(
        name="X", description="From the left edge of the picture, in its widths", min=0.0, max=1.0
    )
    y: bpy.props.FloatProperty(
        name="Y", description="From the upper edge of the picture, in its heights", min=0.0, max=1.0
    )


@overridable
class NEURALMOTION_PG_video_pin(bpy.types.PropertyGroup):
    """One joint's place in one picture, set by hand."""

    frame: bpy.props.IntProperty(
        name="Picture", description="Picture of the film, counted from 0", min=0, max=MAX_FRAME
    )
    joint: bpy.props.EnumProperty(
        name="Joint",
        description="Which joint lies there",
        items=tuple((name, title, title) for name, title in zip(JOINTS, JOINT_TITLES, strict=True)),
        default=JOINTS[0],
    )
    x: bpy.props.FloatProperty(
        name="X",
        description="From the left edge of the picture, in its widths; beyond the picture, too",
        min=-1.0,
        max=2.0,
        precision=3,
    )
    y: bpy.props.FloatProperty(
        name="Y",
        description="From the upper edge of the picture, in its heights; beyond the picture, too",
        min=-1.0,
        max=2.0,
        precision=3,
    )


def what_film_lacks(film: Any) -> str | None:
    """What of the film is still to be chosen, in the user's words; None if nothing is."""
    given, words = {
        FilmSource.FILE.value: (film.file, "Choose a movie file"),
        FilmSource.CLIP.value: (film.clip, "Choose a movie clip"),
        FilmSource.SEQUENCE.value: (film.sequence, "Choose one of the numbered pictures"),
        FilmSource.STRIP.value: (film.strip, "Choose a movie strip of the sequencer"),
    }[film.source]
    return None if given else words
