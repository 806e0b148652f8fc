"""What drawing the list would otherwise work out at every redraw; forgotten when anything changes.

Whatever acts on a result reads it anew.
"""

from __future__ import annotations

from typing import Any

import bpy

from ...blender.layers.found import LayerResult, Placed, datablocks_of, objects_of, results_on
from ..character.chosen import chosen_character

_objects: dict[str, tuple[int, tuple[str, ...]]] = {}
_untouched: dict[tuple[Any, ...], bool] = {}


def chosen_results(context: bpy.types.Context) -> list[LayerResult]:
    """What lies on the chosen character."""
    return results_on(chosen_datablocks(context))


def chosen_datablocks(context: bpy.types.Context) -> list[bpy.types.ID]:
    """What of the chosen character is animated."""
    character = chosen_character(context)
    if character is None:
        return []
    count = len(bpy.data.objects)
    known = _objects.get(character.name_full)
    if known is None or known[0] != count:
        gaze = character.neural_motion.gaze
        found = objects_of(character, (gaze.left_object, gaze.right_object))
        known = count, tuple(each.name for each in found if each.library is None)
        _objects[character.name_full] = known
    objects = (bpy.data.objects.get((name, None)) for name in known[1])
    return datablocks_of(each for each in objects if each is not None)


def seems_untouched(result: LayerResult) -> bool:
    """Whether nobody laid a hand on a result, as far as Blender told of a change."""
    stamp = tuple(_stamp(each) for each in result.placed)
    if stamp not in _untouched:
        _untouched[stamp] = result.is_untouched
    return _untouched[stamp]


def _stamp(placed: Placed) -> tuple[Any, ...]:
    """What is read fast, and changes without a word about the action."""
    action, track, strip = placed.action, placed.track, placed.strip
    told: tuple[Any, ...] = (
        action.session_uid, action.name, action.users, action.use_fake_user,
        action.asset_data is not None, placed.height,
    )  # fmt: skip
    if strip is None or track is None:
        return told
    return (
        *told, track.mute, track.is_solo, track.lock, track.name, len(track.strips), strip.name,
        strip.mute, strip.frame_start, strip.frame_end, strip.blend_in, strip.blend_out,
        strip.blend_type, strip.extrapolation, strip.scale, strip.repeat, strip.use_reverse,
        strip.use_animated_influence, strip.influence,
    )  # fmt: skip


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _after_update(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    if depsgraph.id_type_updated("OBJECT"):
        _objects.clear()
    if depsgraph.id_type_updated("ACTION"):
        _untouched.clear()


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _after_all(*_given: object) -> None:
    _objects.clear()
    _untouched.clear()


def _handlers() -> tuple[tuple[Any, Any], ...]:
    on = bpy.app.handlers
    return (
        (on.depsgraph_update_post, _after_update),
        (on.undo_post, _after_all),
        (on.redo_post, _after_all),
        (on.load_post, _after_all),
    )


def register() -> None:
    """Begin to listen."""
    for handlers, each in _handlers():
        handlers.append(each)


def unregister() -> None:
    """Listen no more, and forget all."""
    for handlers, each in _handlers():
        if each in handlers:  # another script may have cleared them
            handlers.remove(each)
    _after_all()
