"""A sound as an animator chooses it: none, a file, or a strip of the sequencer."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy

from ...core.batch.jobs_file import STRIP
from ...core.errors import SoundError
from ..declared import IS_PATH, overridable, set_undone
from ..ui.common import draw_wrapped
from .demo_voice import draw_demo_voice
from .scene_sound import SceneSound, file_sound, named_strip_sound, sound_strips

_NARROW_LABEL: Final = 0.28  # of the width


@dataclass(frozen=True)
class SoundChoice:
    """Where a voice is heard.

    Args:
        source: NONE, FILE or STRIP.
        path: of the file; ``//`` stands for the folder of the .blend file.
        strip: name of a sound strip in the sequencer.
    """

    source: str = "NONE"
    path: str = ""
    strip: str = ""


def read_sound(
    scene: bpy.types.Scene, choice: SoundChoice, first_frame: float
) -> SceneSound | None:
    """Open a sound that was chosen; None if none was.

    Args:
        scene: whose time and sequencer.
        choice: a strip is heard where it lies;
        first_frame: a file begins here.

    Raises:
        SoundError: it is missing or cannot be read.
    """
    if choice.source == "NONE":
        return None
    if not (choice.path if choice.source == "FILE" else choice.strip):
        what = "file" if choice.source == "FILE" else "strip"
        raise SoundError(f"no sound {what} is chosen. Choose one, or another kind of sound")
    if choice.source == "FILE":
        return file_sound(Path(bpy.path.abspath(choice.path)), scene, first_frame)
    return named_strip_sound(scene, choice.strip)


def sound_named(scene: bpy.types.Scene, text: str | None) -> SoundChoice:
    """What a command line names: a strip of that name, else a file; nothing, no sound.

    ``strip:NAME`` is never a file.
    """
    if text is None:
        return SoundChoice()
    if text in {strip.name for strip in sound_strips(scene)}:
        return SoundChoice("STRIP", strip=text)
    if text.startswith(STRIP):
        return SoundChoice("STRIP", strip=text.removeprefix(STRIP))
    return SoundChoice("FILE", path=text)


class SoundProperties:
    """Mix-in of a property group that says which file or strip; ``source`` is the group's own."""

    file: bpy.props.StringProperty(
        name="File",
        description="Sound file, or a video with sound, with this one voice",
        subtype="FILE_PATH",
        options=IS_PATH,
    )
    strip: bpy.props.StringProperty(
        name="Strip",
        description="Sound strip of the sequencer with this one voice; trimmed and moved as it "
        "lies there",
    )
    add_to_sequencer: bpy.props.BoolProperty(
        name="Add to Sequencer",
        description="Put the file into the sequencer where it is spoken, so that it is heard, "
        "unless it lies there already",
        default=True,
    )


@overridable
class NEURALMOTION_PG_sound(SoundProperties, bpy.types.PropertyGroup):
    """Where a voice is heard, if at all."""

    source: bpy.props.EnumProperty(
        name="Sound",
        description="Where the voice is heard, if at all",
        items=(
            ("NONE", "None", "No sound"),
            ("FILE", "File", "A sound file, which begins on the first frame"),
            ("STRIP", "Strip", "A sound strip of the sequencer, where it lies"),
        ),
        default="NONE",
    )


def sound_choice(chosen: bpy.types.PropertyGroup) -> SoundChoice:
    """What a property group with ``source``, ``file`` and ``strip`` says."""
    return SoundChoice(chosen.source, chosen.file, chosen.strip)


def adopt_sound(undo: ExitStack, chosen: bpy.types.PropertyGroup, given: SoundChoice) -> None:
    """Let a group with ``source``, ``file`` and ``strip`` say what was chosen elsewhere.

    Args:
        undo: where taking it back is registered.
        chosen: the group; what is not heard of it stays as it is.
        given: what it is to say.
    """
    set_undone(undo, chosen, "source", given.source)
    if given.source == "FILE":
        set_undone(undo, chosen, "file", given.path)
    if given.source == "STRIP":
        set_undone(undo, chosen, "strip", given.strip)


def what_sound_lacks(chosen: bpy.types.PropertyGroup, whose: str = "a") -> str | None:
    """What is still to be chosen, in the user's words; None if nothing is."""
    if chosen.source == "FILE" and not chosen.file:
        return f"Choose {whose} sound file"
    if chosen.source == "STRIP" and not chosen.strip:
        return f"Choose {whose} sound strip of the sequencer"
    return None


def draw_sound(
    layout: bpy.types.UILayout, scene: bpy.types.Scene, chosen: bpy.types.PropertyGroup
) -> None:
    """Draw the picker: what kind of sound, then which."""
    _draw_kind(layout, chosen)
    if chosen.source == "FILE":
        layout.prop(chosen, "file")
        if not chosen.file:
            draw_demo_voice(layout, chosen)
        else:
            layout.prop(chosen, "add_to_sequencer")
    elif chosen.source == "STRIP":
        editor = scene.sequence_editor
        if editor is None:
            draw_wrapped(layout, "Add a sound in the Video Sequencer first", "INFO")
            return
        strips = "strips_all" if hasattr(editor, "strips_all") else "sequences_all"
        layout.prop_search(chosen, "strip", editor, strips, icon="SOUND")


def _draw_kind(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """What kind of sound, beside a label so narrow that three words fit in a usual sidebar."""
    parts = layout.split(factor=_NARROW_LABEL)
    parts.use_property_split = False
    label = parts.row()
    label.alignment = "RIGHT"
    label.label(text=chosen.bl_rna.properties["source"].name)
    parts.row(align=True).prop(chosen, "source", expand=True)


CLASSES = (NEURALMOTION_PG_sound,)
