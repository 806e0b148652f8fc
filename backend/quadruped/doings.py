"""Standing, eating, looking round, sitting and lying, cut in where a plan has them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.maths.smoothing import smoothstep
from blender_addon.core.quadruped.body import Family, QuadrupedBody
from blender_addon.core.quadruped.gaits import ACTIONS, Action
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS, NECK, PAWS

from .loops import trunk_positions
from .sequence import Footfalls
from .standing import Still, Stills
from .trunk import Trunk, noise

_SHARES: Final = np.array([0.4, 0.35, 0.25])
_GO_S: Final = {Action.SIT: 0.8, Action.LIE: 1.2, Action.EAT: 1.1, Action.LOOK: 0.5}
"""How long it takes to get into it; out of it the same."""
_SIT_HIPS_H: Final = {Family.HOOFED: 0.5, Family.CANINE: 0.42}
_SIT_BACK_H: Final = 0.2
_LIE_DROP_H: Final = {Family.HOOFED: 0.6, Family.CANINE: 0.55}
_NECK: Final = slice(NECK[0], NECK[3])
_IDLE: Final = {Family.HOOFED: 0.0, Family.CANINE: 1.0}
"""How much of the idles' sinking is taken on: a hoofed animal stands on straight front legs."""
_MOST_BENT_RAD: Final = (1.75, 0.9, 0.9)
"""How far down from rest neck and head may bend; most of it at the neck's base."""
_MOST_DOWN_H: Final = {Family.HOOFED: 0.19, Family.CANINE: 0.36}
"""How far down the chest may go for it."""
_HIPS_SHARE: Final = {Family.HOOFED: 0.0, Family.CANINE: 0.25}
"""Part of that by which the hips go down as well."""
_MUZZLE_RAD: Final = 1.25
"""How far below the horizon the muzzle points at the ground."""
_MOST_CHEW_RAD: Final = 0.05
_UPPER_H: Final = {Family.HOOFED: 0.2, Family.CANINE: 0.27}
"""How high the top of the free front leg stays while lying."""
_NOSE_H: Final = 0.045
_LEAST_NOSE_H: Final = 0.025
_LOOK_RAD: Final = 0.85
_LOOK_S: Final = 2.9
"""How long it takes to look to both sides."""


@dataclass(frozen=True, eq=False)
class _Time:
    """One thing done: frames begin … end, and how far into it the animal is, (T,)."""

    action: Action
    begin: int
    end: int
    go: int

    def share(self, frames: int, early: float = 0.0, late: float = 1.0) -> Floats:
        """(frames,) 0 before and after, 1 in it; the way in from ``early`` to ``late`` of it."""
        at = np.arange(frames, dtype=np.float64)
        into = (at - self.begin) / self.go
        out = (self.end - at) / self.go
        rising = smoothstep((into - early) / (late - early))
        falling = smoothstep((out - early) / (late - early))
        return np.minimum(rising, falling)


def do_standing(
    plan: QuadrupedPlan,
    body: QuadrupedBody,
    trunk: Trunk,
    footfalls: Footfalls,
    stills: Stills,
    rng: np.random.Generator,
) -> tuple[Trunk, Footfalls]:
    """Let an animal do what its plan says while it does not go.

    Args:
        plan: T frames.
        body: at the model's size.
        trunk: over the footfalls, standing still where nothing is gone.
        footfalls: planned.
        stills: of the data, see ``read_stills``.
        rng: which of them, and where the animal looks.
    """
    trunk = _idle(plan, body, trunk, stills, rng)
    for time in _times(plan):
        if time.action is Action.EAT:
            trunk, footfalls = _eat(body, trunk, footfalls, time, stills, rng)
        elif time.action is Action.LOOK:
            trunk = _look(trunk, time)
        elif time.action is Action.SIT:
            trunk, footfalls = _sit(body, trunk, footfalls, time, stills)
        elif time.action is Action.LIE:
            trunk, footfalls = _lie(body, trunk, footfalls, time)
    return trunk, footfalls


def _times(plan: QuadrupedPlan) -> list[_Time]:
    found = []
    for action, seconds in _GO_S.items():
        weight = plan.actions[:, ACTIONS.index(action.value)]
        for begin, end in spans(weight > 0.05):
            if weight[begin:end].max() < 0.5:
                continue
            go = min(seconds * MODEL_FRAME_RATE_HZ, 0.45 * (end - begin))
            found.append(_Time(action, begin, end, max(int(go), 2)))
    return found


def _idle(
    plan: QuadrupedPlan,
    body: QuadrupedBody,
    trunk: Trunk,
    stills: Stills,
    rng: np.random.Generator,
) -> Trunk:
    """Breathe, shift the weight, look a little about."""
    going = [ACTIONS.index(a) for a in ACTIONS if a not in ("stand", "eat", "look", "sit", "lie")]
    still = 1.0 - plan.actions[:, going].sum(axis=1)
    still = gaussian_filter1d(np.clip(still, 0, 1), 6.0, mode="nearest")
    if still.max() < 0.05:
        return trunk
    frames = plan.frame_count
    idle = _pick(stills[body.family, "idle"], rng).played(frames, float(rng.random()))
    h = body.hip_height_m
    local = trunk.locals_rad + still[:, None, None] * idle.trunk_rad
    shift = still * noise(frames, 50.0, rng) * 0.012 * h
    across = np.stack((np.cos(trunk.yaw_rad), -np.sin(trunk.yaw_rad)), axis=-1)
    return replace(
        trunk,
        mid_xz=trunk.mid_xz + across * shift[:, None],
        mid_y=trunk.mid_y + _IDLE[body.family] * still * np.clip(idle.rise_h, -0.03, 0.01) * h,
        pitch_rad=trunk.pitch_rad + 0.7 * _IDLE[body.family] * still * idle.pitch_rad,
        roll_rad=trunk.roll_rad - 1.2 * shift,
        locals_rad=local,
    )


def _pick(choices: tuple[Still, ...], rng: np.random.Generator) -> Still:
    return choices[int(rng.integers(len(choices)))]


def _eat(
    body: QuadrupedBody,
    trunk: Trunk,
    footfalls: Footfalls,
    time: _Time,
    stills: Stills,
    rng: np.random.Generator,
) -> tuple[Trunk, Footfalls]:
    """Lower neck and chest until the mouth is at the ground, and chew there."""
    frames, h = len(trunk.mid_y), body.hip_height_m
    share = time.share(frames)
    eating = _pick(stills[body.family, "eat"], rng).played(frames, float(rng.random()))
    chewing = eating.trunk_rad[:, _NECK] - eating.trunk_rad[:, _NECK].mean(axis=0)
    frame = (time.begin + time.end) // 2
    ground = float((footfalls.paws_m[frame, :, 1] - body.paw_heights_m).mean())
    angles, drop = _grazing(body, trunk, frame, ground)
    local = trunk.locals_rad.copy()
    bent = np.clip(chewing, -_MOST_CHEW_RAD, _MOST_CHEW_RAD)
    bent[..., 0] += angles
    local[:, _NECK] += share[:, None, None] * (bent - local[:, _NECK])
    length = float(body.rest_m[CHEST, 2] - body.rest_m[HIPS, 2])
    high = replace(trunk, locals_rad=local)
    hind = _HIPS_SHARE[body.family]
    lower = high.sunk(hind * drop * share, drop * share, length)
    hips, world = lower.pose(body)
    nose = trunk_positions(body, hips, world)[time.begin : time.end, NECK[3], 1].min() - ground
    drop = max(drop - max(_LEAST_NOSE_H * h - float(nose), 0.0), 0.0)
    lower = high.sunk(hind * drop * share, drop * share, length)
    if body.family is not Family.HOOFED:
        return lower, footfalls
    moves = {1: np.array([0.0, 0.24 * h]), 3: np.array([0.0, -0.22 * h])}
    return lower, _moved(footfalls, trunk, time, moves, {1: (0.0, 0.6), 3: (0.35, 1.0)}, 0.05 * h)


def _grazing(body: QuadrupedBody, trunk: Trunk, frame: int, ground: float) -> tuple[Floats, float]:
    """Angles down (3,) of neck and head, and metres the chest goes down, for the mouth to be low.

    The best of a grid, which is then drawn together around it.
    """
    family, h = body.family, body.hip_height_m
    low = np.array([0.0, -0.2, -1.0, 0.0])
    high = np.array([*_MOST_BENT_RAD, _MOST_DOWN_H[family] * h])
    first, last, best = low, high, low
    for _ in range(3):
        axes = [np.linspace(a, b, 8) for a, b in zip(first, last, strict=True)]
        tried = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 4)
        best = tried[int(np.argmin(_strain(body, trunk, frame, tried, ground)))]
        reach = (last - first) / 6
        first, last = np.maximum(low, best - reach), np.minimum(high, best + reach)
    return best[:3], float(best[3])


def _strain(body: QuadrupedBody, trunk: Trunk, frame: int, tried: Floats, ground: float) -> Floats:
    """(N,) how bad (N, 4) angles of neck and head and metres down are."""
    h, family = body.hip_height_m, body.family
    length = float(body.rest_m[CHEST, 2] - body.rest_m[HIPS, 2])
    one = np.full(len(tried), frame)
    local = trunk.locals_rad[one].copy()
    local[:, _NECK] = 0.0
    local[:, _NECK, 0] = tried[:, :3]
    pose = Trunk(
        trunk.mid_xz[one], trunk.mid_y[one], trunk.yaw_rad[one], trunk.pitch_rad[one],
        trunk.roll_rad[one], local,
    )  # fmt: skip
    pose = pose.sunk(_HIPS_SHARE[family] * tried[:, 3], tried[:, 3], length)
    places = trunk_positions(body, *pose.pose(body))
    muzzle = places[:, NECK[3]] - places[:, NECK[2]]
    down = np.arctan2(-muzzle[:, 1], np.hypot(muzzle[:, 0], muzzle[:, 2]))
    ahead = muzzle[:, 0] * np.sin(trunk.yaw_rad[frame]) + muzzle[:, 2] * np.cos(
        trunk.yaw_rad[frame]
    )
    down = np.where(ahead < 0, np.pi - down, down)
    off = (places[:, NECK[3], 1] - ground) / h - _NOSE_H
    cost = (off / 0.02) ** 2 + ((down - _MUZZLE_RAD) / 0.2) ** 2
    cost += (tried[:, 0] / 1.5) ** 2 + (tried[:, 1] / 0.7) ** 2 + (tried[:, 2] / 0.7) ** 2
    return np.asarray(cost + 2.0 * (tried[:, 3] / (_MOST_DOWN_H[family] * h)) ** 2)


def _look(trunk: Trunk, time: _Time) -> Trunk:
    """Turn the head to one side and the other, and rest there.

    It begins to the side that the head is turned to anyway, and never quite stops, so that a pose
    tells what comes next.
    """
    frames = len(trunk.mid_y)
    count = max(int(np.rint((time.end - time.begin) / (_LOOK_S * MODEL_FRAME_RATE_HZ))), 1)
    now = np.clip((np.arange(frames) - time.begin) / (time.end - time.begin), 0.0, 1.0)
    turned = float(trunk.locals_rad[time.begin, _NECK, 1].sum())
    wave = np.tanh(2.0 * np.sin(2 * np.pi * count * now)) / np.tanh(2.0)
    yaw = (_LOOK_RAD if turned >= 0 else -_LOOK_RAD) * wave
    yaw = gaussian_filter1d(yaw, 3.0, mode="nearest")
    share = gaussian_filter1d(time.share(frames), 5.0, mode="nearest")
    local = trunk.locals_rad.copy()
    local[:, _NECK, 1] *= 1.0 - share[:, None]
    local[:, _NECK, 1] += yaw[:, None] * _SHARES
    local[:, NECK[0], 0] -= 0.1 * share
    local[:, 3, 1] += 0.12 * yaw
    return replace(trunk, locals_rad=local)


def _sit(
    body: QuadrupedBody, trunk: Trunk, footfalls: Footfalls, time: _Time, stills: Stills
) -> tuple[Trunk, Footfalls]:
    """The hind feet step forward one after the other, and the haunches go down behind them."""
    frames, h = len(trunk.mid_y), body.hip_height_m
    share = time.share(frames, 0.1, 1.0)
    rest = body.rest_m
    length = float(np.linalg.norm(rest[CHEST] - rest[HIPS]))
    stood = float(np.arctan2(rest[CHEST, 1] - rest[HIPS, 1], rest[CHEST, 2] - rest[HIPS, 2]))
    drop = float(rest[HIPS, 1]) - _SIT_HIPS_H[body.family] * h
    up = float(np.arcsin(np.clip((rest[CHEST, 1] - rest[HIPS, 1] + drop) / length, -0.95, 0.95)))
    angle = stood + (up - stood) * share
    # The chest goes back a little; the haunches are where the line from it ends.
    ahead = np.stack((np.sin(trunk.yaw_rad), np.cos(trunk.yaw_rad)), axis=-1)
    chest = 0.5 * length * np.cos(stood) - _SIT_BACK_H * h * share
    middle = chest - 0.5 * length * np.cos(angle)
    lower = 0.5 * length * (np.sin(angle) - np.sin(stood))
    pose = stills[body.family, "sit"][0].trunk_rad.mean(axis=0)
    local = trunk.locals_rad + share[:, None, None] * pose
    sat = replace(
        trunk,
        mid_xz=trunk.mid_xz + ahead * middle[:, None],
        mid_y=trunk.mid_y - lower,
        pitch_rad=trunk.pitch_rad + angle - stood,
        locals_rad=local,
    )
    hips = chest - length * np.cos(angle)
    goal = float(hips[(time.begin + time.end) // 2] + 0.5 * length * np.cos(stood)) + 0.36 * h
    step = max(goal, 0.0) - 0.04 * h
    moves = {n: np.array([0.0, step]) for n in (0, 2)}
    return sat, _moved(footfalls, trunk, time, moves, {0: (0.0, 0.55), 2: (0.4, 0.95)}, 0.06 * h)


def _lie(
    body: QuadrupedBody, trunk: Trunk, footfalls: Footfalls, time: _Time
) -> tuple[Trunk, Footfalls]:
    """Down on the breast: hoofed animals kneel in front first, dogs sit first."""
    frames, h = len(trunk.mid_y), body.hip_height_m
    first, last = (0.05, 0.7), (0.3, 1.0)
    fore_when, hind_when = (first, last) if body.family is Family.HOOFED else (last, first)
    fore, hind = time.share(frames, *fore_when), time.share(frames, *hind_when)
    rest = body.rest_m
    room = [float(rest[LEGS[n].joints[1 if LEGS[n].fore else 0], 1]) for n in range(2)]
    drop = min(_LIE_DROP_H[body.family] * h, room[1] - _UPPER_H[body.family] * h)
    length = float(rest[CHEST, 2] - rest[HIPS, 2])
    lying = trunk.sunk(drop * hind, drop * fore, length)
    both = np.minimum(fore, hind)
    local = lying.locals_rad.copy()
    local[:, NECK[0], 0] -= 0.25 * both
    local[:, NECK[0] + 2, 0] += 0.2 * both
    moves = {n: _lying_step(body, n, drop) for n in range(4)}
    when = {0: hind_when, 2: hind_when, 1: fore_when, 3: fore_when}
    moved = _moved(footfalls, trunk, time, moves, when, 0.05 * h)
    return replace(lying, locals_rad=local), moved


def _lying_step(body: QuadrupedBody, number: int, drop: float) -> Floats:
    """Sideways and forward way of a paw from standing to lying."""
    leg, rest = LEGS[number], body.rest_m
    paw = rest[PAWS[number]]
    side = 1.0 if leg.left else -1.0
    if not leg.fore:
        hip = rest[leg.joints[0]]
        return np.array([side * 0.03, float(hip[2] - paw[2]) + 0.30 * body.hip_height_m])
    upper = rest[leg.joints[1]]
    if body.bends_forward[number]:
        return np.array([0.0, float(upper[2] - paw[2]) + 0.04 * body.hip_height_m])
    height = float(upper[1] - paw[1]) - drop
    bones = float(body.segments_m[number, 1:].sum())
    reach = float(np.sqrt(max((0.965 * bones) ** 2 - height**2, 0.01)))
    return np.array([0.0, float(upper[2] - paw[2]) + reach])


def _moved(
    footfalls: Footfalls,
    trunk: Trunk,
    time: _Time,
    moves: dict[int, Floats],
    when: dict[int, tuple[float, float]],
    lift_m: float,
) -> Footfalls:
    """Feet that are elsewhere while something is done; they go there and back through the air."""
    frames = len(trunk.mid_y)
    paws = np.array(footfalls.paws_m, np.float64)
    contacts: Bools = footfalls.contacts.copy()
    yaw = trunk.yaw_rad[time.begin]
    axes = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
    for number, move in moves.items():
        share = time.share(frames, *when[number])
        step = move @ axes
        paws[:, number, 0] += share * step[0]
        paws[:, number, 2] += share * step[1]
        paws[:, number, 1] += lift_m * np.sin(np.pi * share) ** 2
        contacts[:, number] &= (share < 1e-3) | (share > 1 - 1e-3)
    return replace(footfalls, paws_m=paws, contacts=contacts)
