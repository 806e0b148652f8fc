"""What an animator does with what was generated: delete it, cancel, undo and redo, let it follow.

Each compares what is the animator's own with what it was before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from unittest import mock

import bpy

from blender_addon.blender.keys.options import ResultKind
from blender_addon.blender.layers.found import LayerResult, results_on
from blender_addon.blender.layers.removal import remove_result
from blender_addon.capabilities.gaze.job import GazeJob
from blender_addon.capabilities.speech.job import SpeechJob
from blender_addon.capabilities.walk.auto_update.machine import UP_TO_DATE
from blender_addon.capabilities.walk.auto_update.service import Watch
from blender_addon.capabilities.walk.auto_update.states import state_of
from blender_addon.capabilities.walk.auto_update.take import followed
from blender_addon.capabilities.walk.job import WalkJob
from blender_addon.core.errors import InputError
from tests.shared.blender.animator_work import ARM, HEAD, HIPS, JAW, Work, datablock
from tests.shared.blender.snapshot import snapshot

if TYPE_CHECKING:
    from tests.shared.blender.edit_sequences import Animator

JOBS = {"walk": WalkJob, "gaze": GazeJob, "speech": SpeechJob}
TICK_S, TICKS = 0.05, 12


def in_window() -> Any:
    window = bpy.context.window_manager.windows[0]
    return bpy.context.temp_override(window=window, screen=window.screen)


def undo(animator: Animator) -> None:
    steps = _undo(animator)
    animator.log.append(f"{steps} steps undone")


def undo_and_redo(animator: Animator) -> None:
    """There and back: nothing at all is changed."""
    before, steps = (Work.of(animator.actions), list(animator.history)), _undo(animator)
    for _ in range(steps):
        with in_window():
            assert bpy.ops.ed.redo() == {"FINISHED"}
    animator.history = before[1]
    animator.actions = set(animator.history[-1])
    animator.log.append(f"{steps} steps undone and done again")
    animator.did["redo"] += steps > 0
    animator.watch.undone()
    before[0].check_against(Work.of(animator.actions), "", set())


def _undo(animator: Animator) -> int:
    steps = min(animator.rng.randint(1, 3), len(animator.history) - 1)
    for _ in range(steps):
        with in_window():
            assert bpy.ops.ed.undo() == {"FINISHED"}
        animator.history.pop()
        animator.actions = set(animator.history[-1])
    animator.watch.undone()
    animator.did["undo"] += steps > 0
    return steps


def delete(animator: Animator) -> None:
    """Remove Layer on any result: what a hand touched is kept, and all else of the animator's."""
    blocks = [datablock(name) for name in ("Rig", "Face")]
    results = results_on(block for block in blocks if block.animation_data is not None)
    if not results:
        return
    result = animator.rng.choice(sorted(results, key=lambda each: each.name))
    name, capability = result.name, result.capability
    own = {each.action.name for each in result.placed} & animator.actions
    animator.log.append(f"'{name}' removed")
    before = Work.of(animator.actions)
    try:
        _remove(animator, result)
    except (InputError, RuntimeError) as error:
        animator.log[-1] += f": refused, {error}"
        before.check_against(Work.of(animator.actions), capability, set())
        return
    assert not own, f"'{name}' was touched by hand and is removed"
    animator.did["delete"] += 1
    before.check_against(Work.of(animator.actions), capability, {ARM, HIPS, HEAD, JAW})


def _remove(animator: Animator, result: LayerResult) -> None:
    if animator.operators:
        bpy.ops.neural_motion.remove_layer(action=result.lead.name)
    else:
        remove_result(result)


def cancel(animator: Animator) -> None:
    """Press a button, and Esc at any moment: the whole file is as it was."""
    capability = animator.rng.choice(sorted(JOBS))
    limit = animator.rng.uniform(0.0, 0.6)
    animator.log.append(f"{capability}, cancelled at {limit:.0%}")
    before = snapshot()
    with _cancelled(JOBS[capability], limit):
        try:
            ended = getattr(bpy.ops.neural_motion, f"generate_{capability}")()
        except RuntimeError as error:
            animator.refused += 1
            animator.log[-1] += f": refused, {error}"
        else:
            assert ended == {"CANCELLED"}
            animator.did["cancel"] += 1
    now = snapshot()
    assert before.keys() == now.keys(), "a cancelled job left something, or took it"
    changed = [name for name, told in before.items() if told != now[name]]
    assert not changed, f"a cancelled job changed {changed}"


@contextlib.contextmanager
def _cancelled(job: type[Any], limit: float) -> Iterator[None]:
    run = job.run
    with mock.patch.object(job, "run", lambda self: run(self, lambda share: share < limit)):
        yield


def auto_update(animator: Animator) -> None:
    """Move a point of the path, and let the walk follow as it does by itself."""
    rig, rng = datablock("Rig"), animator.rng
    walk = rig.neural_motion.walk
    result, walk.auto_update = walk.result, True
    result.replace_last = True
    before, steps = Work.of(animator.actions), animator.watch.steps
    animator.log.append("the path is moved under a walk that follows")
    if followed(rig)[0] is None:
        result.kind = rng.choice((ResultKind.ACTION, ResultKind.STRIP)).value
        bpy.ops.neural_motion.generate_walk()
        animator.log[-1] += ", which is generated first"
    walk.path.data.splines[0].points[1].co.x += rng.uniform(0.05, 0.3)
    for _ in range(TICKS):
        animator.now_s += TICK_S
        animator.watch.tick(bpy.context, animator.now_s)
    written = animator.watch.steps - steps
    state, _ = state_of(rig)
    walk.auto_update = False
    animator.history += [set(animator.actions)] * written
    animator.log[-1] += f": {written} written, {state}"
    animator.did["auto-update"] += written
    assert not written or state == UP_TO_DATE
    before.check_against(Work.of(animator.actions), "walk", {ARM, HIPS, HEAD})


def new_watch() -> Watch:
    """What follows the walks of one sequence, with a clock of the test's own."""
    return Watch(threaded=False)
