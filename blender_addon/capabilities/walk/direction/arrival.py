"""Arriving on a given frame: the earliest one possible, and the speed it takes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import bpy

from ....blender.timeline import animation_rate_of, scene_frame
from ....core.ground.path import Path
from ....core.inference.choice import ModelChoice
from ....core.walk.request import WalkRequest
from ....core.walk.timetable import Timetable, make_timetable
from ..pace import speed_limit

_SLACK_S: Final = 1e-3


def timetable_of(request: WalkRequest, models: ModelChoice) -> Timetable:
    """When a walk is where; as fast as the chosen model goes, where it has to be in time.

    Raises:
        InputError: it cannot be walked so.
    """
    return make_timetable(request, speed_limit(models))


def earliest_seconds(request: WalkRequest, fastest_m_s: float) -> float:
    """When the end of the way is reached at the earliest, the standing before included.

    Args:
        request: 0 without a path.
        fastest_m_s: of the model; the highest speed that is asked for becomes as high.
    """
    if (path := request.path) is None:
        return 0.0
    factor = fastest_m_s / float(path.speeds_m_s.max())
    fast = Path(path.points, path.speeds_m_s * factor, path.stops)
    return make_timetable(replace(request, path=fast, arrive_s=None)).arrival_s


def arrival_problem(
    scene: bpy.types.Scene,
    request: WalkRequest,
    start_frame: int,
    length: str,
    models: ModelChoice,
) -> str:
    """That nobody can be there yet, with the earliest frame possible; empty if somebody can.

    Args:
        scene: whose frames they are.
        request: with a path.
        start_frame: of animation, on which it begins.
        length: of the path, in the user's words.
        models: which model walks.
    """
    fastest = speed_limit(models)
    if request.arrive_s is None or fastest is None:
        return ""  # Generate Walk says what is wrong with the model
    asked_s = request.stand_before_s + request.arrive_s
    earliest_s = earliest_seconds(request, fastest)
    if asked_s >= earliest_s - _SLACK_S:
        return ""
    rate = animation_rate_of(scene)
    asked, earliest = (
        scene_frame(scene, start_frame + seconds * rate) for seconds in (asked_s, earliest_s)
    )
    return (
        f"nobody can be there on frame {asked:.0f}: the earliest is frame "
        f"{math.ceil(earliest - _SLACK_S)}, for {length} take at least {earliest_s:.1f} s from the "
        "start. Set a later frame, start earlier or shorten the way"
    )
