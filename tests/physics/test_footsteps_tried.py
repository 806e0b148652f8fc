"""Landing places that are tried out in the engine."""

from __future__ import annotations

import pytest

from backend.physics.footsteps.scenes import rubble
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.footsteps.candidates import AS_MEANT, ground_costs
from blender_addon.core.physics.footsteps.landing import (
    candidate_places,
    changes_of,
    choose_landings,
    root_among,
)
from blender_addon.core.physics.footsteps.moving import moved_clip
from blender_addon.core.physics.footsteps.prepare import track_of
from blender_addon.core.physics.footsteps.stances import contacts_of, stances_of
from blender_addon.core.physics.footsteps.surroundings import surroundings_of
from blender_addon.core.physics.footsteps.trying import Trials

from .walking import marching

pytestmark = pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")


def test_only_what_lands_ill_is_tried_and_the_same_is_found_twice() -> None:
    clip, world = marching(3.0), rubble(0, 2.0).world
    track = track_of(clip)
    around = surroundings_of(world, track)
    contacts = contacts_of(clip, around.ground)
    stances = stances_of(clip, contacts)
    led_to: list[list[int]] = []

    def led(candidates: list[int]) -> MotionClip:
        led_to.append(candidates)
        steps = changes_of(stances, candidates)
        root = root_among(stances, steps, clip.root_positions[:, [0, 2]], clip.frame_rate_hz)
        return moved_clip(clip, contacts, around.ground, root, stances, steps)

    chosen = choose_landings(around, stances)
    found = [Trials(world, threads).better(around, stances, chosen, led) for threads in (1, 2)]
    assert found[0] == found[1] and len(led_to) % 3 == 0
    costs, _ = ground_costs(around, candidate_places(stances.places))
    for n in range(stances.count):
        if stances.starts[n] == 0 or (costs[n, AS_MEANT] < 1e-9 and chosen[n] == AS_MEANT):
            assert found[0][n] == chosen[n]
        assert costs[n, found[0][n]] < 90.0
