"""One row of the table: who keeps the figure on its feet, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.physics.figure import GRAVITY_M_S2, MASS_KG

from ..grounds import POST_RADIUS_M, Rough, level, rough_way, rough_ways, slaloms
from ..suite import CASES, LIFE_S, Start, starts
from . import looks
from .falls import judge_fall
from .feet import depths, fell_at, foot_slip_speeds, slip_speeds, swing_clearance
from .following import follow
from .recording import RATE_HZ, Recording
from .rollouts import Rollouts
from .shapes import Placed, shape_distances
from .trials import (
    AFTER_PUSH_S,
    BEFORE_PUSH_S,
    DIRECTIONS,
    FALLS,
    FALLS_A_TRIAL,
    LADDER_N_S,
    LIMP_AT_S,
    PHASES,
    REST_S,
    Trial,
)

KEYS: Final = (
    "life_share", "life_s", "imitation", "joint_error_deg", "push_75_n_s", "help_mean_n",
    "slip_cm_s", "penetration_cm", "jerk_ratio", "effort", "rubble_share", "path_after_push_m",
    "slalom_share", "falls_ok", "reproducible",
)  # fmt: skip

_STEP_S: Final = 1.1
_SURVIVES: Final = 0.75
_PUSHED_WALK: Final = "straight_0"
_PUSHED_FROM_S: Final = 5.0
_REPEAT_S: Final = 2.0
_WAY_LEFT_M: Final = 1.0
_HELPED: Final = 0.01 * MASS_KG * GRAVITY_M_S2


@dataclass(frozen=True)
class Scope:
    """How much is tried.

    Args:
        starts: of walks of 20 s; all else follows from it.
        life_s: seconds of each.
        quick: no rough ground, one rung of pushes.
    """

    starts: int = 8
    life_s: float = LIFE_S
    quick: bool = False

    @property
    def pushes(self) -> int:
        """At each rung: twice all directions at 8, all phases, chest and pelvis from 32 on."""
        return int(np.clip(2 * self.starts, 4, DIRECTIONS * PHASES * 2))

    @property
    def rough(self) -> int:
        """Ways over rough ground: one of each kind at least."""
        return 0 if self.quick else max(3, self.starts // 2)

    @property
    def slaloms(self) -> int:
        """Ways between posts."""
        return 0 if self.quick else max(1, self.starts // 4)

    @property
    def ladder(self) -> tuple[float, ...]:
        """Pushes that are tried, N s."""
        return LADDER_N_S[:1] if self.quick else LADDER_N_S


def life_trials(row: str, scope: Scope) -> list[Trial]:
    """Walks of 20 s."""
    return [
        Trial("life", row, each.walk, each.start_s, scope.life_s, each.seed)
        for each in starts(scope.starts)
    ]


def push_trials(row: str, scope: Scope, impulse_n_s: float) -> list[Trial]:
    """One rung of the ladder: directions first, then phases of a step; chest and pelvis in turn."""
    apart = max(1, DIRECTIONS // scope.pushes)
    trials = []
    for n in range(scope.pushes):
        direction, turn = n * apart % DIRECTIONS, n * apart // DIRECTIONS
        phase = (direction + turn) % PHASES
        body = ("chest", "pelvis")[(direction // PHASES + direction + turn + turn // PHASES) % 2]
        start_s = _PUSHED_FROM_S + _STEP_S * phase / PHASES
        trials.append(
            Trial(
                "push",
                row,
                _PUSHED_WALK,
                round(start_s, 3),
                BEFORE_PUSH_S + AFTER_PUSH_S + 0.1,
                n,
                impulse_n_s,
                360.0 * direction / DIRECTIONS,
                body,
            )
        )
    return trials


def rough_trials(row: str, scope: Scope, walks_s: dict[str, float]) -> list[Trial]:
    """Ways of 10 m over ground that is not level."""
    return [
        Trial("rough", row, each.name, 1.5, round(walks_s[each.name] - 2.5, 2), n)
        for n, each in enumerate(rough_ways(scope.rough))
    ]


def repeat_trials(row: str) -> list[Trial]:
    """The same thrice: again, and with two threads."""
    start: Start = starts(1)[0]
    once = Trial("repeat", row, start.walk, start.start_s, _REPEAT_S, 7)
    return [
        once,
        Trial("repeat", row, start.walk, start.start_s, _REPEAT_S, 7, run=1),
        Trial("repeat", row, start.walk, start.start_s, _REPEAT_S, 7, threads=2),
    ]


def fall_trials(count: int = FALLS) -> list[Trial]:
    """Falls out of several walks."""
    seconds = LIMP_AT_S + REST_S + 0.5
    return [
        Trial("fall", "fall", f"{CASES[n]}_0", 0.0, seconds, n + 1)
        for n in range(max(1, count // FALLS_A_TRIAL))
    ]


def judge_lives(recordings: Sequence[Recording], life_s: float) -> dict[str, Any]:
    """All that walks on level ground tell."""
    whole = round(life_s * RATE_HZ)
    alive = [_alive(each, whole) for each in recordings]
    lived = np.array([each.frames for each in alive])
    placed = [Placed.of(each.poses) for each in alive]
    followed = [follow(each) for each in alive]
    reward = np.concatenate([each.reward for each in followed])
    help_n = np.concatenate([each.help_n for each in alive])
    deep = 100.0 * np.concatenate([depths(each, level) for each in placed])
    return {
        "life_share": float((lived >= whole).mean()),
        "life_s": float(lived.mean() / RATE_HZ),
        "imitation": float(reward.sum() / (whole * len(alive))),
        "imitation_alive": float(reward.mean()),
        "imitation_sums": float(np.concatenate([each.reward_sums for each in followed]).mean()),
        "joint_error_deg": float(np.concatenate([each.angles_deg for each in followed]).mean()),
        "root_error_m": _root_error(alive),
        "help_mean_n": float(help_n.mean()),
        "help_max_n": float(help_n.max()),
        "help_mean_nm": float(np.concatenate([each.help_nm for each in alive]).mean()),
        "help_frames_share": float((help_n > _HELPED).mean()),
        "slip_cm_s": _mean(100.0 * np.concatenate([slip_speeds(p, level) for p in placed])),
        "slip_each_foot_cm_s": _mean(
            100.0 * np.concatenate([foot_slip_speeds(p, level).ravel() for p in placed])
        ),
        "penetration_cm": float(np.percentile(deep, 99)),
        "penetration_mean_cm": float(deep.mean()),
        "penetration_max_cm": float(deep.max()),
        "effort": _effort(alive),
        **_looks(alive, placed),
    }


def judge_pushes(recordings: Sequence[Recording]) -> tuple[float, float | None]:
    """Share that stands 3 s later, and how far those are from their way, metres."""
    frames = round((BEFORE_PUSH_S + AFTER_PUSH_S) * RATE_HZ)
    stands = [each for each in recordings if _alive(each, frames).frames >= frames]
    if not stands:
        return 0.0, None
    away = [
        looks.path_distances(
            each.poses[frames - 1 : frames, [0, 2]], each.followed[:, [0, 2]].astype(np.float64)
        )[0]
        for each in stands
    ]
    return len(stands) / len(recordings), float(np.mean(away))


def judge_rough(trials: Sequence[Trial], recordings: Sequence[Recording]) -> dict[str, Any]:
    """Who comes over rough ground without falling, kind by kind."""
    found: dict[str, list[bool]] = {}
    for trial, each in zip(trials, recordings, strict=True):
        kind = trial.walk.rpartition("_")[0]
        found.setdefault(kind, []).append(_is_walked(trial, each, rough_way(trial.walk)))
    everyone = [each for kind in found.values() for each in kind]
    if not everyone:
        return {"rubble_share": None}
    return {
        "rubble_share": float(np.mean(everyone)),
        **{f"{kind}_share": float(np.mean(each)) for kind, each in found.items()},
    }


def judge_slaloms(trials: Sequence[Trial], recordings: Sequence[Recording]) -> dict[str, Any]:
    """Who passes all posts on their side without touching any."""
    if not trials:
        return {"slalom_share": None}
    ways = [rough_way(trial.walk) for trial in trials]
    passed = [posts_passed(each, way) for each, way in zip(recordings, ways, strict=True)]
    whole = [
        _is_walked(trial, each, way)
        for trial, each, way in zip(trials, recordings, ways, strict=True)
    ]
    share = np.mean(
        [a and b == len(way.posts) for a, b, way in zip(whole, passed, ways, strict=True)]
    )
    return {"slalom_share": float(share), "posts_passed": float(np.mean(passed))}


def posts_passed(recording: Recording, way: Rough) -> int:
    """Posts that the pelvis passed on their side, nothing of the body within them."""
    track = recording.poses[:, [0, 2]]
    near = shape_distances(Placed.of(recording.poses), way.posts).min(axis=0) < POST_RADIUS_M
    count = 0
    for post, touched in zip(way.posts, near, strict=True):
        beyond = np.flatnonzero(track[:, 1] > post[1])
        side = len(beyond) > 0 and (track[beyond[0], 0] - post[0]) * post[0] < 0.0
        count += bool(side and not touched)
    return count


def judge_falls(falls: Sequence[tuple[Floats, Floats]]) -> dict[str, Any]:
    """Share of falls that are as they should be, and the worst of each kind."""
    judged = [judge_fall(each, asked) for poses, asked in falls for each in poses]
    return {
        "falls_ok": float(np.mean([each.is_ok for each in judged])),
        "falls_speed_m_s": max(each.speed_m_s for each in judged),
        "falls_beyond_deg": max(each.beyond_deg for each in judged),
        "falls_deepest_cm": 100.0 * max(each.deepest_m for each in judged),
        "falls_standing": sum(each.lowest_m > 0.6 for each in judged),
    }


def are_same(recordings: Sequence[Recording]) -> bool:
    """Whether all have the same poses to the bit."""
    first = recordings[0].poses
    return all(np.array_equal(first, each.poses) for each in recordings[1:])


def measure_row(
    row: str, scope: Scope, rollouts: Rollouts, walks_s: dict[str, float]
) -> dict[str, Any]:
    """Every figure of a row whose first roll-outs are made; pushes go on up the ladder."""
    lives = rollouts.kept(life_trials(row, scope))
    found: dict[str, Any] = {"walks": len(lives)}
    if lives:
        found |= judge_lives(rollouts.recordings(lives), scope.life_s)
    found |= _ladder(row, scope, rollouts)
    rough = rollouts.kept(rough_trials(row, scope, walks_s))
    found |= judge_rough(rough, rollouts.recordings(rough))
    slalom = rollouts.kept(slalom_trials(row, scope, walks_s))
    found |= judge_slaloms(slalom, rollouts.recordings(slalom))
    repeated = rollouts.kept(repeat_trials(row))
    if len(repeated) > 1:
        found["reproducible"] = are_same(rollouts.recordings(repeated))
    return found


def slalom_trials(row: str, scope: Scope, walks_s: dict[str, float]) -> list[Trial]:
    """Ways between posts."""
    return [
        Trial("slalom", row, each.name, 1.5, round(walks_s[each.name] - 2.5, 2), n)
        for n, each in enumerate(slaloms(scope.slaloms))
    ]


def first_trials(row: str, scope: Scope, walks_s: dict[str, float]) -> list[Trial]:
    """What a row needs whatever comes of it."""
    return [
        *life_trials(row, scope),
        *rough_trials(row, scope, walks_s),
        *slalom_trials(row, scope, walks_s),
        *repeat_trials(row),
        *push_trials(row, scope, LADDER_N_S[0]),
    ]


def _ladder(row: str, scope: Scope, rollouts: Rollouts) -> dict[str, Any]:
    shares: dict[str, float] = {}
    best, path = None, None
    for impulse in scope.ladder:
        trials = push_trials(row, scope, impulse)
        rollouts.make(trials)
        if len(rollouts.kept(trials)) < len(trials):
            break  # there was no time for it
        share, away = judge_pushes(rollouts.recordings(trials))
        shares[f"{impulse:g}"] = share
        path = away if impulse == LADDER_N_S[0] else path
        best = impulse if share >= _SURVIVES else best or 0.0
        if share < _SURVIVES:
            break
    return {"push_75_n_s": best, "push_shares": shares, "path_after_push_m": path}


def _is_walked(trial: Trial, recording: Recording, way: Rough) -> bool:
    """Whether a way was walked to its end without a fall."""
    fell = fell_at(Placed.of(recording.poses), way.heights)
    left = np.linalg.norm(recording.poses[-1, [0, 2]] - recording.followed[-1, [0, 2]])
    whole = fell is None and recording.frames >= round(trial.seconds * RATE_HZ)
    return bool(whole and left < _WAY_LEFT_M)


def _alive(recording: Recording, frames: int) -> Recording:
    """Until it falls, at most so many frames."""
    fell = fell_at(Placed.of(recording.poses), level)
    stop = min(frames, recording.frames if fell is None else max(fell, 1))
    return recording.cut(0, stop)


def _root_error(alive: Sequence[Recording]) -> float:
    away = [np.linalg.norm(each.poses[:, :3] - each.followed[:, :3], axis=1) for each in alive]
    return float(np.concatenate(away).mean())


def _effort(alive: Sequence[Recording]) -> float | None:
    way = sum(
        float(np.linalg.norm(np.diff(each.poses[:, [0, 2]], axis=0), axis=1).sum())
        for each in alive
    )
    work = sum(float(each.power_w.sum()) / RATE_HZ for each in alive)
    return work / (MASS_KG * GRAVITY_M_S2 * way) if way > 1.0 and work > 0.0 else None


def _looks(alive: Sequence[Recording], placed: Sequence[Placed]) -> dict[str, float | None]:
    weights = [float(each.frames) for each in alive]
    asked = [swing_clearance(Placed.of(each.followed), level) for each in alive]
    done = [swing_clearance(each, level) for each in placed]
    return {
        "jerk_ratio": _weighted([looks.jerk_ratio(each) for each in alive], weights),
        "tremble_ratio": _weighted([looks.tremble_ratio(each) for each in alive], weights),
        "arm_swing_ratio": _weighted([looks.arm_swing_ratio(each) for each in alive], weights),
        "clearance_cm": _centimetres(_weighted(done, weights)),
        "clearance_asked_cm": _centimetres(_weighted(asked, weights)),
        "lean_deg": _weighted([looks.lean_deg(each) for each in alive], weights),
        "sunk_cm": _weighted([looks.sunk_cm(each) for each in alive], weights),
        "late_s": _weighted([looks.late_s(each) for each in alive], weights),
    }


def _weighted(values: Sequence[float | None], weights: Sequence[float]) -> float | None:
    pairs = [(v, w) for v, w in zip(values, weights, strict=True) if v is not None]
    if not pairs:
        return None
    known, weight = np.array(pairs).T
    return float(np.average(known, weights=weight))


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _centimetres(metres: float | None) -> float | None:
    return None if metres is None else 100.0 * metres
