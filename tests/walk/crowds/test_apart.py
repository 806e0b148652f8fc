"""Characters make way for each other: in time first, then aside; whoever cannot is named."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.walk.crowd.apart import APART_M, keep_apart
from blender_addon.core.walk.crowd.settings import CrowdSettings
from blender_addon.core.walk.crowd.tracks import (
    CrowdWalk,
    GivingWay,
    changed_request,
    smallest_distances,
)
from blender_addon.core.walk.crowd.vary import vary_requests
from blender_addon.core.walk.direction import DirectionChange, Directions
from blender_addon.core.walk.request import WalkRequest


def line(start, end, speed=1.3, **more):
    points = [(start[0], 0.0, start[1]), (end[0], 0.0, end[1])]
    return Path.from_points(points, speed, **more)


def star(count):
    turns = 2 * np.pi * np.arange(count) / count
    ends = 5.0 * np.stack((np.cos(turns), np.sin(turns)), axis=1)
    return [line(end, -end) for end in ends]


MADE_UP = {
    "at right angles": [line((-5, 0), (5, 0)), line((0, -5), (0, 5))],
    "head on": [line((-5, 0), (5, 0)), line((5, 0), (-5, 0))],
    "eight through one point": star(8),
    "three on one curve": [line((0, 0), (10, 0))] * 3,
    "eight on one curve": [line((0, 0), (10, 0))] * 8,
    "overtaking": [line((0, 0), (12, 0), 1.0), line((-3, 0), (12, 0.3), 1.8)],
    "side by side": [line((0, 0), (10, 0)), line((0, 0.3), (10, 0.3))],
}


def walks_of(paths, **more):
    return [CrowdWalk(WalkRequest(path=path, seed=n), **more) for n, path in enumerate(paths)]


def after(walks, kept):
    changed = [
        CrowdWalk(request, walk.scale, walk.start_s, walk.space)
        for walk, request in zip(walks, kept.requests, strict=True)
    ]
    return float(smallest_distances(changed).min())


@pytest.mark.parametrize("varied", [False, True], ids=["as set", "varied"])
@pytest.mark.parametrize("name", MADE_UP)
def test_ways_that_meet_are_kept_apart(name, varied):
    requests = [walk.request for walk in walks_of(MADE_UP[name])]
    if varied:
        requests = vary_requests(requests, CrowdSettings())
    walks = [CrowdWalk(request) for request in requests]
    before = float(smallest_distances(walks).min())
    kept = keep_apart(walks)
    assert not kept.too_close
    assert after(walks, kept) > APART_M - 0.02
    assert bool(kept.changes) == (before < APART_M)
    again = keep_apart(walks)
    assert [each.way for each in again.changes] == [each.way for each in kept.changes]


def test_whoever_walks_slower_is_kept_apart_to_the_last():
    """Slower by a third the long walk ends half a minute later, past somebody who stands there."""
    lingers = Path.from_points([(90, 0, -8), (90, 0, 0), (93, 0, 0)], 1.3, stops=(Stop(8.0, 21.0),))
    long = CrowdWalk(WalkRequest(path=line((0, 0), (100, 0))))
    walks = [CrowdWalk(WalkRequest(path=lingers), start_s=60.0), long]
    kept = keep_apart(walks)
    assert not kept.too_close
    assert after(walks, kept) > APART_M - 0.02


def test_time_is_shifted_before_anybody_goes_aside():
    crossing = keep_apart(walks_of(MADE_UP["at right angles"])).changes
    assert [(each.number, each.others) for each in crossing] == [(1, (0,))]
    assert crossing[0].way.later_s > 0
    assert not crossing[0].way.changes_way
    head_on = keep_apart(walks_of(MADE_UP["head on"])).changes
    assert [each.way.aside_m < 0 for each in head_on] == [True]  # to its right


def test_a_bent_way_begins_and_ends_where_the_path_does():
    walks = walks_of(MADE_UP["head on"])
    path, own = keep_apart(walks).requests[1].path, walks[1].request.path
    assert np.allclose(path.points[[0, -1]], own.points[[0, -1]], atol=1e-6)
    assert np.abs(path.points[:, 2]).max() == pytest.approx(0.9, abs=0.01)
    turns = np.diff(np.unwrap(np.arctan2(*np.diff(path.points[:, [0, 2]], axis=0).T)))
    assert np.abs(turns).max() < 0.1


def test_those_who_are_large_keep_further_apart():
    kept = keep_apart(walks_of([line((-5, 0), (5, 0)), line((5, 0), (-5, 0))], scale=3.0))
    assert not kept.too_close
    changed = [CrowdWalk(request, 3.0) for request in kept.requests]
    assert float(smallest_distances(changed).min()) > 3.0 * (APART_M - 0.02)


def test_others_at_another_time_or_in_another_space_do_not_matter():
    first, second = MADE_UP["head on"]
    much_later = [CrowdWalk(WalkRequest(path=first)), CrowdWalk(WalkRequest(path=second), 1.0, 60)]
    # Who has arrived stands where the other begins: only that is made way for.
    assert all(each.way.later_s == 0 for each in keep_apart(much_later).changes)
    apart = [CrowdWalk(WalkRequest(path=path), space=n) for n, path in enumerate((first, second))]
    assert not keep_apart(apart).changes
    assert smallest_distances(apart).min() == np.inf


def test_whoever_stands_is_walked_around():
    stands = WalkRequest(place=(0.0, 0.1, 0.0), stand_s=20.0)
    walks = [CrowdWalk(WalkRequest(path=MADE_UP["head on"][0])), CrowdWalk(stands)]
    kept = keep_apart(walks)
    assert [(each.number, each.others) for each in kept.changes] == [(0, (1,))]
    assert not kept.too_close
    assert kept.requests[1] is stands


def test_who_cannot_be_kept_apart_is_named():
    walls = [line((0, 0), (0.3, 0))] * 2
    kept = keep_apart(walks_of(walls), lambda _number, _path: None)  # no ground beside the path
    assert not kept.changes
    assert [(each.first, each.second) for each in kept.too_close] == [(0, 1)]
    assert kept.too_close[0].distance_m < 0.1
    assert [each.path for each in kept.requests] == walls


def test_a_bent_way_is_walked_on_the_ground_beneath_it():
    ground = FlatTerrain(0.25)
    kept = keep_apart(walks_of(MADE_UP["head on"]), lambda _number, _path: ground)
    assert kept.requests[1].terrain is ground
    assert kept.requests[0].terrain is not ground


def test_stops_and_changes_keep_their_places_on_a_bent_way():
    path = line((0, 0), (10, 0), stops=(Stop(5.0, 1.0),))
    directions = Directions(changes=(DirectionChange(5.0, "slump", 1.0),))
    request = WalkRequest(path=path, directions=directions)
    bent = changed_request(request, GivingWay(aside_m=1.0, zone_m=(4.0, 6.0)))
    stop, change = bent.path.stops[0], bent.directions.changes[0]
    assert bent.path.length_m > path.length_m + 0.1
    assert bent.path.positions(stop.at_m)[0] == pytest.approx(5.0, abs=0.02)
    assert change.at_m == pytest.approx(stop.at_m)
    slower = changed_request(request, GivingWay(slower=0.7, until_m=3.0))
    assert slower.path.speeds(np.array([2.0, 4.0])) == pytest.approx([0.7 * 1.3, 1.3])
    assert slower.path.stops[0].at_m == pytest.approx(5.0)
