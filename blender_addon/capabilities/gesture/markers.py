"""Strokes and beats as markers of the timeline, which the animator drags, deletes and adds.

What was made for whom is kept at the scene, by name: a marker that was renamed, and every marker
of the animator's own, is never touched; nor is a copy of one of ours, or one to which a camera was
bound. One of ours that lies elsewhere was moved; one that is gone was taken out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import bpy

from ...blender.keys.fingerprint import MARKS
from ...blender.timeline import animation_frame, scene_frame

STROKES: Final = "strokes"
BEATS: Final = "beats"
_MADE: Final = f"{MARKS}gesture_markers"
"""Custom property of a scene: frame of each marker made, by character, kind and name."""
_LONGEST: Final = 40
_LETTERS: Final = {"LEFT": "L", "RIGHT": "R", "BOTH": "L+R"}


def stroke_label(hand: str) -> str:
    """What a marker's name says of a hand."""
    return _LETTERS[hand]


def put_markers(
    scene: bpy.types.Scene,
    owner: bpy.types.Object,
    kind: str,
    moments: Iterable[tuple[float, str]],
) -> list[str]:
    """Mark moments in the timeline, in place of those of the same kind marked before.

    Args:
        scene: whose timeline.
        owner: the character.
        kind: STROKES or BEATS.
        moments: frame of animation and what the marker says, of each.

    Returns:
        The markers' names, in the same order.
    """
    remove_markers(scene, owner, kind)
    taken = {marker.name for marker in scene.timeline_markers}
    made: dict[str, int] = {}
    for number, (frame, label) in enumerate(moments, 1):
        name = _free_name(f"{owner.name[:_LONGEST]} {label} {number}", taken)
        marker = scene.timeline_markers.new(name, frame=round(scene_frame(scene, frame)))
        taken.add(marker.name)
        made[marker.name] = marker.frame
    _keep(scene, owner, kind, made)
    return list(made)


def remove_markers(scene: bpy.types.Scene, owner: bpy.types.Object, kind: str) -> int:
    """Remove the markers of a kind that were made for a character, wherever they were dragged.

    Returns:
        How many.
    """
    ours = _ours(scene, made_markers(scene, owner, kind)).values()
    found = [marker for marker in ours if marker.camera is None]
    for marker in found:
        scene.timeline_markers.remove(marker)
    _keep(scene, owner, kind, {})
    return len(found)


def made_markers(scene: bpy.types.Scene, owner: bpy.types.Object, kind: str) -> dict[str, int]:
    """Frame of the scene on which each marker of ours was put, by its name."""
    known = _read(scene)
    of_owner = known.get(_name_in(known, scene, owner))
    made = of_owner.get(kind) if isinstance(of_owner, dict) else None
    return dict(made) if isinstance(made, dict) else {}


def dragged(scene: bpy.types.Scene, owner: bpy.types.Object, kind: str) -> dict[str, int | None]:
    """Frame of the scene where a marker of ours lies now, by its name; None where it is gone."""
    made = made_markers(scene, owner, kind)
    now = {name: marker.frame for name, marker in _ours(scene, made).items()}
    return {name: now.get(name) for name in made if now.get(name) != made[name]}


def beat_shift(scene: bpy.types.Scene, owner: bpy.types.Object) -> float:
    """Frames of animation by which the beats were dragged: as the first one that was."""
    made = made_markers(scene, owner, BEATS)
    for name, frame in dragged(scene, owner, BEATS).items():
        if frame is not None:
            return float(animation_frame(scene, frame) - animation_frame(scene, made[name]))
    return 0.0


def show_strokes(scene: bpy.types.Scene, owner: bpy.types.Object) -> None:
    """Put or remove the markers of a character's strokes, as its panel says."""
    chosen = owner.neural_motion.gesture
    strokes = [each for each in chosen.strokes if not each.removed]
    moments = [(each.frame, stroke_label(each.hand)) for each in strokes]
    names = put_markers(scene, owner, STROKES, moments if chosen.show_strokes else ())
    for each, name in zip(strokes, names, strict=False):
        each.name = name


def show_beats(scene: bpy.types.Scene, owner: bpy.types.Object) -> None:
    """Put or remove the markers of a character's beats, as its panel says."""
    chosen = owner.neural_motion.gesture
    frames = read_beats(chosen.last_result_beats) if chosen.show_beats else []
    put_markers(scene, owner, BEATS, ((frame, "Beat") for frame in frames))


def read_beats(text: str) -> list[float]:
    """Frames of beats, as they are kept with a result."""
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return []
    return [float(each) for each in found if isinstance(each, (int, float))]


def show_strokes_changed(chosen: Any, context: bpy.types.Context) -> None:
    """Called where Stroke Markers was switched: what was dragged until then is kept."""
    take_in_strokes(context.scene, chosen.id_data)
    show_strokes(context.scene, chosen.id_data)


def show_beats_changed(chosen: Any, context: bpy.types.Context) -> None:
    """Called where Beat Markers was switched."""
    take_in_beats(context.scene, chosen.id_data)
    show_beats(context.scene, chosen.id_data)


def take_in_strokes(scene: bpy.types.Scene, owner: bpy.types.Object) -> None:
    """Keep with the strokes where their markers were dragged to, and which were deleted."""
    _follow_name(scene, owner)
    moved = dragged(scene, owner, STROKES)
    for each in owner.neural_motion.gesture.strokes:
        if each.name in moved and not each.removed:
            frame = moved[each.name]
            if frame is None:
                each.removed = True
            else:
                if not each.moved:
                    each.origin, each.has_origin = each.frame, True
                each.frame, each.moved = animation_frame(scene, frame), True


def take_in_beats(scene: bpy.types.Scene, owner: bpy.types.Object) -> None:
    """Keep with the beats by how much their markers were dragged, and where they are then."""
    _follow_name(scene, owner)
    chosen = owner.neural_motion.gesture
    shift, beats = beat_shift(scene, owner), chosen.beats
    if not shift:
        return
    if beats.tempo_from == "SET":
        beats.first_beat += shift
    else:
        beats.shift += shift
    moved = [round(each + shift, 2) for each in read_beats(chosen.last_result_beats)]
    chosen.last_result_beats = json.dumps(moved)


def markers_key(scene: bpy.types.Scene, owner: bpy.types.Object) -> tuple[Any, ...]:
    """Changes where a marker of a character's strokes or beats is dragged, deleted or renamed."""
    return tuple(
        tuple(sorted(dragged(scene, owner, kind).items(), key=lambda each: each[0]))
        for kind in (STROKES, BEATS)
    )


def _ours(scene: bpy.types.Scene, made: Mapping[str, int]) -> dict[str, bpy.types.TimelineMarker]:
    """The marker that was made under each name; of copies, the one that lies where it was put."""
    found: dict[str, bpy.types.TimelineMarker] = {}
    for marker in scene.timeline_markers:
        name = marker.name
        if name in made and (name not in found or marker.frame == made[name]):
            found[name] = marker
    return found


def _free_name(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _keep(
    scene: bpy.types.Scene, owner: bpy.types.Object, kind: str, made: Mapping[str, int]
) -> None:
    known = _read(scene)
    of_owner = {key: value for key, value in known.get(owner.name, {}).items() if key != kind}
    if made:
        of_owner[kind] = dict(made)
    known = {name: value for name, value in known.items() if name != owner.name}
    if of_owner:
        known[owner.name] = of_owner
    if known:
        scene[_MADE] = json.dumps(known)
    elif _MADE in scene:
        del scene[_MADE]


def _follow_name(scene: bpy.types.Scene, owner: bpy.types.Object) -> None:
    """Keep a character's markers under the name that it has now."""
    known = _read(scene)
    before = _name_in(known, scene, owner)
    if before != owner.name:
        known[owner.name] = known.pop(before)
        scene[_MADE] = json.dumps(known)


def _name_in(known: Mapping[str, Any], scene: bpy.types.Scene, owner: bpy.types.Object) -> str:
    """Under which name a character's markers are kept; an earlier one where it was renamed."""
    if owner.name in known:
        return owner.name
    gone = (name for name in known if bpy.data.objects.get((name, None)) is None)
    return next((name for name in gone if _is_of(known[name], scene, owner)), owner.name)


def _is_of(kept: Any, scene: bpy.types.Scene, owner: bpy.types.Object) -> bool:
    """Whether markers are those of a character's strokes or beats."""
    made = kept if isinstance(kept, dict) else {}
    chosen = owner.neural_motion.gesture
    if any(each.name in made.get(STROKES, ()) for each in chosen.strokes):
        return True
    beats = [round(scene_frame(scene, each)) for each in read_beats(chosen.last_result_beats)]
    return bool(beats) and [*made.get(BEATS, {}).values()] == beats


def _read(scene: bpy.types.Scene) -> dict[str, Any]:
    text = scene.get(_MADE)
    try:
        made = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return made if isinstance(made, dict) else {}
