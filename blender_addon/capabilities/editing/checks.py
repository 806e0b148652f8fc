"""What has to hold before a motion is edited; each refusal says what to do."""

from __future__ import annotations

from typing import Final

import bpy

from ...blender.keys.keyframes import MAX_FRAME, check_can_be_animated
from ...blender.keys.layers import check_nla_plays
from ...blender.keys.options import ResultKind, ResultOptions
from ...blender.keys.result import check_result
from ...core.errors import SettingsError
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
