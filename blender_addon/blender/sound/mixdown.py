"""A strip of the sequencer mixed by Blender itself: the only way to hear what it makes of it.

Keys of time and of volume, equalisers, meta strips and scenes all act on what is played, and
Blender tells nobody else how. The mixdown is made in a copy of the scene, in which everything else
is silent, so nothing of the user's is touched.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.errors import SoundError
from ...core.sound.waveform import WavSound
from ..compat import action_fcurves, fcurves_of, strip_slot_handle
from .files import find_aud

_MIX_RATE_HZ: Final = 48_000


def mix_down(strip: Any, scene: bpy.types.Scene, start: float, end: float) -> tuple[WavSound, int]:
    """What is played of one strip between two frames.

    Args:
        strip: of the scene's sequencer; one that is a meta strip is mixed with all it holds.
        scene: whose sequencer.
        start, end: frames; Blender plays nothing before frame 0.

    Returns:
        The sound, and the frame at which it begins.

    Raises:
        SoundError: this Blender cannot mix.
    """
    first, last = max(floor(start), 0), max(ceil(end), 1)
    if find_aud() is None:
        raise SoundError(
            f"the strip '{strip.name}' is retimed, faded or put together, which only Blender's "
            "sound library can mix, and this Blender was built without it. Choose the sound file"
        )
    with copy_with_only(strip, scene) as copy:
        copy.frame_start, copy.frame_end = first, last
        _key_volumes(copy)
        target = _write(copy, strip.name)
    sound = WavSound(target, by_content=True)
    weakref.finalize(sound, target.unlink, missing_ok=True)
    return sound, first


def _write(scene: bpy.types.Scene, name: str) -> Path:
    handle, file = tempfile.mkstemp(".wav", "neural_motion_mixdown_", bpy.app.tempdir)
    os.close(handle)
    options: dict[str, Any] = {
        "filepath": file, "container": "WAV", "codec": "PCM", "format": "F32",
        "mixrate": _MIX_RATE_HZ, "check_existing": False, "relative_path": False,
    }  # fmt: skip
    if "channels" in bpy.ops.sound.mixdown.get_rna_type().properties:  # type: ignore[call-arg]
        options["channels"] = "STEREO"
    with bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
        try:
            bpy.ops.sound.mixdown(**options)
        except RuntimeError as error:
            Path(file).unlink(missing_ok=True)
            raise SoundError(
                f"the strip '{name}' cannot be mixed down ({error}). "
                "Use Sound ▸ Mixdown yourself and choose that file"
            ) from error
    return Path(file)


def _key_volumes(copy: bpy.types.Scene) -> None:
    """Turn what drivers and the NLA do to volumes into keys, all that a mixdown knows of."""
    faded = [s for s in every_strip(copy) if not s.mute and volume_curves(s, copy)]
    if not faded:
        return
    view_layer, volumes = copy.view_layers[0], []
    frames = range(copy.frame_start, copy.frame_end + 1)
    for frame in frames:
        copy.frame_set(frame)
        seen = {s.name: s for s in every_strip(copy.evaluated_get(view_layer.depsgraph))}
        volumes.append([seen[strip.name].volume for strip in faded])
    copy.animation_data_clear()
    for frame, row in zip(frames, volumes, strict=True):
        for strip, volume in zip(faded, row, strict=True):
            strip.volume = volume
            strip.keyframe_insert("volume", frame=frame)


def volume_curves(strip: Any, scene: bpy.types.Scene) -> list[Any]:
    """What changes a strip's volume along time: F-curves, those of NLA strips, and drivers."""
    data = scene.animation_data
    if data is None or not hasattr(strip, "volume"):
        return []
    path = strip.path_from_id("volume")
    curves = [*fcurves_of(scene), *data.drivers]
    for track in data.nla_tracks:
        for each in track.strips:
            if each.action is not None:
                curves += action_fcurves(each.action, strip_slot_handle(each))
    return [curve for curve in curves if curve.data_path == path]


@contextmanager
def copy_with_only(strip: Any, scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """A copy of the scene, without its objects, in which this strip alone is played."""
    copy = scene.copy()
    try:
        for child in list(copy.collection.children):
            copy.collection.children.unlink(child)
        for each in list(copy.collection.objects):
            copy.collection.objects.unlink(each)
        copy.audio_volume = 1.0
        heard = {strip.name, *(each.name for each in (*parents_of(strip), *all_inside(strip)))}
        for each in every_strip(copy):
            if each.name not in heard:
                each.mute = True
        yield copy
    finally:
        made = copy.animation_data and copy.animation_data.action
        bpy.data.scenes.remove(copy)
        if made and not made.users:
            bpy.data.actions.remove(made)


def every_strip(scene: bpy.types.Scene) -> list[Any]:
    """All strips of the sequencer, those inside meta strips included."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all)


def strips_inside(meta: Any) -> list[Any]:
    """What lies directly in a meta strip; nothing in other strips."""
    if meta.type != "META":
        return []
    return list(meta.strips if hasattr(meta, "strips") else meta.sequences)


def all_inside(strip: Any) -> list[Any]:
    """What lies in a meta strip, and in those inside it."""
    inside = strips_inside(strip)
    return [*inside, *(each for part in inside for each in all_inside(part))]


def parents_of(strip: Any) -> list[Any]:
    """The meta strips a strip lies in, the innermost first."""
    parents = []
    parent = strip.parent_meta()
    while parent is not None:
        parents.append(parent)
        parent = parent.parent_meta()
    return parents
