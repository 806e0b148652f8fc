"""What has to hold before a motion is edited; each refusal says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import bpy
import numpy as np

from ...blender.keys.keyframes import MAX_FRAME, check_can_be_animated
from ...blender.keys.layer_values import capability_of
from ...blender.keys.layers import check_nla_plays
from ...blender.keys.options import ResultKind, ResultOptions
from ...blender.keys.result import check_result
from ...blender.keys.sampled import seen_curves
from ...blender.keys.strips import played_range
from ...blender.paths import bone_of_path
from ...core.errors import ClipError, SettingsError
from .choice import Edit, EditChoice

_LONGEST_S: Final = 30 * 60.0
_LONGEST_CLEANED_S: Final = 4 * 60 * 60.0


def check_writable(armature: bpy.types.Object, options: ResultOptions) -> None:
    """Refuse a character on which the result could not be written, or would not show.

    Raises:
        InputError: says what to do.
    """
    if options.kind is ResultKind.LAYER:
        check_can_be_animated(armature)
        check_nla_plays(armature, "layer")
    else:
        check_result(armature, options)


def check_choice(choice: EditChoice) -> None:
    """Refuse what does not go together.

    Raises:
        SettingsError: says what to change.
    """
    title = choice.edit.value.title()
    if choice.bones and not choice.edit.keeps_time:
        raise SettingsError(
            f"{title} moves the whole character to another time, so it cannot be done to some "
            "bones alone. Choose all bones"
        )
    if choice.edit is Edit.FILL and choice.frame_range is None and choice.gaps_over is None:
        raise SettingsError(
            "nothing says what is to be filled. Choose the frames of two poses, or all gaps "
            "longer than a number of frames"
        )
    if choice.gaps_over is not None and choice.gaps_over < 0:
        raise SettingsError(f"gaps longer than {choice.gaps_over} frames; give a number from 0")
    if choice.path is not None and choice.gaps_over is not None:
        raise SettingsError(
            "a path can lead through one gap only. Choose the frames of two poses instead of all "
            "gaps between keys, or no path"
        )
    if choice.variants < 1:
        raise SettingsError(f"at least one variant is needed; found {choice.variants}")


def check_keys(armature: bpy.types.Object) -> None:
    """Refuse keys that are no numbers, naming the first.

    Raises:
        ClipError: says which channel, and on which frame.
    """
    for path, curve, frame in _bad_keys(armature):
        bone = bone_of_path(path)
        named = f"of the bone '{bone}'" if bone else f"of '{armature.name}'"
        raise ClipError(
            f"a key of '{armature.name}' is no number: {path.rpartition('.')[2]}"
            f"[{curve.array_index}] {named} on frame {frame:g}. Delete the key or set it again"
        )


def _bad_keys(armature: bpy.types.Object) -> Iterator[tuple[str, bpy.types.FCurve, float]]:
    for path, curves in seen_curves(armature).items():
        for curve in curves:
            keys = np.empty(2 * len(curve.keyframe_points), np.float32)
            curve.keyframe_points.foreach_get("co", keys)
            bad = ~np.isfinite(keys[1::2])
            if bad.any():
                yield path, curve, float(keys[::2][int(np.argmax(bad))])


def played_span(armature: bpy.types.Object) -> tuple[int, int]:
    """First and last whole frame of animation on which something plays.

    Raises:
        SettingsError: nothing does, or it holds one pose.
    """
    data = armature.animation_data
    spans = []
    if data is not None and data.action is not None and seen_curves(armature):
        first, last = data.action.curve_frame_range
        spans.append(played_range(armature) if last > first else (first, last))
    for track in data.nla_tracks if data is not None and data.use_nla else ():
        if capability_of(track):  # layers of ours add to what plays
            continue
        spans += [(s.frame_start, s.frame_end) for s in track.strips if not (track.mute or s.mute)]
    if not spans:
        raise SettingsError(
            f"nothing animates '{armature.name}', so there is no motion to edit. Assign an action, "
            "or unmute a strip in the NLA editor"
        )
    first, last = min(a for a, _ in spans), max(b for _, b in spans)
    return int(np.ceil(first - 1e-3)), int(np.floor(last + 1e-3))


def check_length(edit: Edit, frames: int, rate: float) -> None:
    """Refuse what is too short or too long to be edited at once.

    Args:
        edit: what is done.
        frames: how many.
        rate: frames a second.

    Raises:
        SettingsError: says how long it is.
    """
    if frames < 3:
        told = "one key alone" if frames <= 1 else "two frames"
        raise SettingsError(
            f"the motion has {told}; at least three frames are needed to edit it. Choose a longer "
            "range, or key another pose"
        )
    most = _LONGEST_CLEANED_S if edit is Edit.CLEAN else _LONGEST_S
    if frames / rate > most:
        raise SettingsError(
            f"the motion lasts {frames / rate / 60.0:.0f} minutes; at most {most / 60.0:.0f} are "
            "edited at a time. Choose a range of frames"
        )
    if frames > MAX_FRAME:
        raise SettingsError(f"the motion has {frames} frames; Blender has at most {MAX_FRAME}")
