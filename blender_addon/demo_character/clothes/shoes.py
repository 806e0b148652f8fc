"""Shoes: an upper cut from the second skin, and a sole of its own: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Bools, Floats, Ints
from ..part import Part
from ..person import Person
from ..surface import cap_ring
from .feet import Foot, find_foot
from .fitting import Fitting
from .laces import laced, make_laces
from .sewing import Cut, Edge, cut_piece
from .tights import load_tights, ramp

_SIDES: Final = ("l", "r")
_LACES_M: Final = 0.008  # how far laces stand off the upper
_HEEL_M: Final = 0.003  # more room at the heel


@dataclass(frozen=True)
class Shoe:
    """A style.

    Args:
        sole_m: thickness of the sole, from the bare sole to the ground.
        lip_m: how far the sole's edge rises beside the foot.
        out_m: how far it stands out.
        top: where the upper ends, 1 to 2 on the shin; 0: low, open over the instep.
        edge: how the upper ends.
        thick_m: of the upper.
        toe_m: how far the toe cap lies above the toes, and half as far before them.
        laces: how many rows.
        sole: material of the sole.
    """

    sole_m: float
    lip_m: float
    out_m: float
    top: float
    edge: Edge
    thick_m: float
    toe_m: float
    laces: int
    sole: str


_COLLAR: Final = Edge(
    ((0.006, 0.003), (0.012, 0.003), (0.016, 0.0), (0.012, -0.004), (-0.01, -0.006)), 0.0, 3
)
_SHAFT: Final = Edge(((0.004, 0.001), (0.008, 0.0), (0.006, -0.003), (-0.02, -0.004)), 0.0, 2)
_BINDING: Final = Edge(
    ((0.001, 0.0012), (0.003, 0.0), (0.002, -0.002), (-0.01, -0.0035)), trim=2, even=8
)

STYLES: Final = {
    "trainers": Shoe(0.024, 0.012, 0.006, 1.97, _COLLAR, 0.005, 0.010, 5, "Soles"),
    "boots": Shoe(0.028, 0.005, 0.007, 1.72, _SHAFT, 0.006, 0.013, 0, "DarkSoles"),
    "flats": Shoe(0.008, 0.002, 0.002, 0.0, _BINDING, 0.0045, 0.004, 0, "DarkSoles"),
}


@cache
def cut_upper(style: str, side: str) -> Cut:
    """The upper of one shoe."""
    shoe, tights = STYLES[style], load_tights()
    foot = find_foot(side)
    ring = tights.limb_loop("leg", side, shoe.top or 1.97)
    below = tights.faces_between(int(foot.rim[0]), ring)
    if not shoe.top:
        quads = tights.fine.quads[below]
        share, rise = foot.share[quads].mean(axis=1), foot.rise_m[quads].mean(axis=1)
        keep = _closed(share, rise)
        below = below[keep]
        ring = np.unique(quads[~keep])
    return cut_piece(tights, below, {"top": (ring, shoe.edge)})


def _closed(share: Floats, rise_m: Floats) -> Bools:
    """Which faces of a foot a flat covers: the toes, and a low band around the heel."""
    top = np.interp(share, (0.0, 0.12, 0.3, 0.62, 0.72), (0.052, 0.046, 0.034, 0.028, 0.2))
    return np.asarray(rise_m < top)


def make_shoes(person: Person, fitting: Fitting) -> list[Part]:
    """Both shoes as one piece each of upper and sole."""
    style = person.look.shoes
    shaped = _shape(STYLES[style], fitting)
    parts = []
    for side in _SIDES:
        cut = cut_upper(style, side)
        vertices = fitting.wear(cut, shaped, np.zeros(len(cut.vertices)), 0.0)
        vertices[:, 1] = np.maximum(vertices[:, 1], 0.0)  # the sole's slab begins there
        parts.append(_upper(style, side, cut, vertices))
        parts.append(_sole(style, side, shaped, fitting))
        if STYLES[style].laces:
            parts.append(make_laces(side, cut, vertices, STYLES[style].laces, fitting.scale))
            fitting.floor_m[laced(side, STYLES[style].laces)] += _LACES_M * fitting.scale
    return parts


def _shape(shoe: Shoe, fitting: Fitting) -> Floats:
    """(N, 3) the fine mesh with smooth feet, flat below, room above the toes."""
    size = fitting.scale
    points = fitting.fine + shoe.thick_m * size * fitting.normals
    for side in _SIDES:
        foot = find_foot(side)
        heel = _HEEL_M * size * (1.0 - ramp(foot.share, 0.05, 0.25))
        mine = np.sign(points[:, 0]) == (1 if side == "l" else -1)
        low = mine & (foot.rise_m < 0.09)
        front = ramp(foot.share, 0.55, 0.95)
        way = fitting.body.joints[f"{side}-toe-2-4"] - fitting.body.joints[f"{side}-ankle"]
        way = np.array([way[0], 0.0, way[2]]) / np.hypot(way[0], way[2])
        above = ramp(points[:, 1], 0.0, 0.03 * size)
        grown = shoe.toe_m * size * (0.6 * front[:, None] * way)
        grown[:, 1] += shoe.toe_m * size * ramp(foot.share, 0.5, 0.85) * above
        points[low] += grown[low] + heel[low, None] * fitting.normals[low]
        points[low, 1] = np.maximum(points[low, 1], 0.0)
    return points


def _upper(style: str, side: str, cut: Cut, vertices: Floats) -> Part:
    return Part(
        "Shoes", "Shoes", vertices, cut.all_quads, _upper_skin(style, side),
        paint={"ShoesTrim": np.union1d(cut.trim_quads, _panels(style, side))},
    )  # fmt: skip


@cache
def _panels(style: str, side: str) -> Ints:
    """Numbers of the upper's faces that are of another colour."""
    foot, quads = find_foot(side), load_tights().fine.quads[cut_upper(style, side).faces]
    share, aside, rise = (
        values[quads].mean(axis=1) for values in (foot.share, foot.aside, foot.rise_m)
    )
    if style == "trainers":
        laced = (np.abs(aside) < 0.42) & (rise > 0.03) & (share > 0.42) & (share < 0.72)
        return np.flatnonzero(laced | ((share < 0.1) & (rise > 0.02)))
    if style == "boots":
        return np.flatnonzero((np.abs(share - 0.2) < 0.06) & (rise > 0.06))
    return np.zeros(0, np.int64)


@cache
def _upper_skin(style: str, side: str) -> Floats:
    """The foot bends at the ball; above it the leg's own weights."""
    tights, foot, cut = load_tights(), find_foot(side), cut_upper(style, side)
    rigid = 1.0 - ramp(foot.rise_m, 0.03, 0.055)[:, None]
    return cut.spread(rigid * bent(foot.toe, side) + (1.0 - rigid) * tights.skin)


def bent(toe: Floats, side: str) -> Floats:
    """(N, B) shares of the foot and toe bones of one side."""
    bones = load_tights().human.bones
    skin = np.zeros((len(toe), len(bones)), np.float32)
    skin[:, bones.index(f"toe.{side.upper()}")] = toe
    skin[:, bones.index(f"foot.{side.upper()}")] = 1.0 - toe
    return skin


def _sole(style: str, side: str, shaped: Floats, fitting: Fitting) -> Part:
    """A closed slab around the foot: flat below, its toe end a little up."""
    shoe, foot, size = STYLES[style], find_foot(side), fitting.scale
    line, out = _outline(shaped, foot, side)
    lift = 0.004 * size * ramp(foot.share[foot.rim], 0.8, 1.0)
    rows = []
    for away, up, spring in _profile(shoe):
        row = line + size * shoe.out_m * away * out
        row[:, 1] = up * size if up > 0 else up
        row[:, 1] += lift * spring
        rows.append(row)
    skin = np.tile(bent(foot.toe[foot.rim], side), (len(rows), 1))
    return Part(
        "Shoes", shoe.sole, np.concatenate(rows).astype(np.float32), _slab(side, len(rows)), skin
    )


def _profile(shoe: Shoe) -> tuple[tuple[float, float, float], ...]:
    """Rows of a sole from inside above to below: away (of ``out_m``), height, share of spring."""
    deep = shoe.sole_m
    return (
        (-1.5, shoe.lip_m - 0.002, 0.5),
        (0.3, shoe.lip_m, 0.5),
        (0.8, shoe.lip_m - 0.002, 0.5),
        (1.0, -0.35 * deep, 0.7),
        (0.9, 0.003 - deep, 1.0),
        (0.4, -deep, 1.0),
    )


def _outline(shaped: Floats, foot: Foot, side: str) -> tuple[Floats, Floats]:
    """(52, 3) a smooth line around the foot near the ground, and (52, 3) outwards from it."""
    line = _even(np.array(shaped[foot.rim], np.float64), 4)
    line[:, 1] = 0.0
    out = _outwards(line)
    low = shaped[_low(side)]
    aside = np.einsum("lc,nc->ln", np.cross(out, [0.0, 1.0, 0.0]), low)
    beyond = np.einsum("lc,nc->ln", out, low)
    own = np.einsum("lc,lc->l", np.cross(out, [0.0, 1.0, 0.0]), line)
    near = np.abs(aside - own[:, None]) < 0.012
    reach = np.where(near, beyond - np.einsum("lc,lc->l", out, line)[:, None], 0.0).max(axis=1)
    line = _even(line + _even(reach[:, None], 2) * out, 3)
    return line, _outwards(line)


@cache
def _low(side: str) -> Ints:
    """Fine vertices of a foot that lie near the ground."""
    foot, x = find_foot(side), load_tights().base[:, 0]
    return np.flatnonzero((foot.rise_m < 0.035) & (np.sign(x) == (1 if side == "l" else -1)))


def _even(ring: Floats, steps: int) -> Floats:
    for _ in range(steps):
        ring = (np.roll(ring, 1, 0) + 2 * ring + np.roll(ring, -1, 0)) / 4
    return ring


def _outwards(line: Floats) -> Floats:
    step = np.roll(line, -1, 0) - np.roll(line, 1, 0)
    out = np.stack((-step[:, 2], np.zeros(len(step)), step[:, 0]), axis=1)
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True))


@cache
def _slab(side: str, rows: int) -> Ints:
    around = len(find_foot(side).rim)
    ring = np.arange(around)
    quads = [cap_ring(ring)]
    for row in range(rows - 1):
        here, below = row * around + ring, (row + 1) * around + ring
        quads.append(np.stack((here, below, np.roll(below, -1), np.roll(here, -1)), axis=-1))
    quads.append(cap_ring((rows - 1) * around + ring)[:, ::-1])
    return np.concatenate(quads)
