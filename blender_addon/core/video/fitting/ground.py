"""The ground that somebody in a film stands on: which way is up, how large everything is, depth."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...maths.rotations import normalise
from ...maths.segments import Segments
from ...maths.smoothing import gaussian_smooth
from ...motion.common_skeleton import HEEL_HEIGHT_M
from ..camera import FilmCamera
from ..points import JOINTS, middle_of_hips
from .body import NECK, SIDES, Doubles
from .evidence import Evidence
from .place import weighted_smooth

ANKLES: Final = [JOINTS.index(side + "Foot") for side in SIDES]
KNEES: Final = [JOINTS.index(side + "Leg") for side in SIDES]
_UPRIGHT, _BENT = np.cos(np.radians([12.0, 35.0]))
"""Cosines of the angle between trunk and legs of who stands upright, and of who does not."""
_DOUBTFUL: Final = 0.3
_SLOW_M_S: Final = 0.6
_NEAR_M: Final = 0.12
_TILT_RAD: Final = np.radians(3.0)
"""How far an upright person's mean is off from being upright."""
_PLANE_M: Final = 0.05
_ROUNDS: Final = 6
_REST_S: Final = 0.08
_REST_M_S: Final = 0.45
_UNEVEN_M: Final = 0.06
"""Errors of a foot's height over the ground: of the ground itself, and of what was seen."""
_OFF: Final = 0.09
_LIFTED_M: Final = 0.1
_SURELY: Final = 0.4
_FEW_FRAMES: Final = 3.0
_FEW_SHARE: Final = 0.03


def up_in_camera(joints: Doubles, weights: Doubles) -> Doubles | None:
    """(3,) direction in camera axes in which somebody is upright, on average; None if never.

    Args:
        joints: (T, 14, 3) camera axes.
        weights: (T, 14).
    """
    directions, share = uprightness(joints, weights)
    total = (share[:, None] * directions).sum(axis=0)
    if not share.any():
        # Legs are never seen, or never straight: what is seen of the trunk has to do.
        share = weights[:, NECK]
        trunk = normalise(joints[:, NECK] - middle_of_hips(joints))
        total = (share[:, None] * trunk).sum(axis=0)
    if share.sum() <= 0.0 or np.linalg.norm(total) < 1e-6:
        return None
    up = np.asarray(normalise(total), np.float64)
    return up if up[1] < -0.2 else None


def uprightness(joints: Doubles, weights: Doubles) -> tuple[Doubles, Doubles]:
    """Along bodies (T, 3) from the feet to the head, and how far (T,) each stands straight.

    All of the second is 0 where nobody stands for longer than chance has it.

    Args:
        joints: (T, 14, 3) metres.
        weights: (T, 14) 0 … 1.
    """
    hips, ankles = middle_of_hips(joints), joints[:, ANKLES].mean(axis=1)
    trunk, legs = normalise(joints[:, NECK] - hips), normalise(hips - ankles)
    straight = np.clip(((trunk * legs).sum(axis=1) - _BENT) / (_UPRIGHT - _BENT), 0.0, 1.0)
    # Somebody who sits is now and then said to be a little straighter.
    share = np.where(straight > _DOUBTFUL, straight * weights[:, ANKLES].min(axis=1), 0.0)
    if share.sum() < max(_FEW_FRAMES, _FEW_SHARE * len(joints)):
        share = np.zeros(len(joints))
    return np.asarray(normalise(trunk + legs)), share


def steps_on_ground(places: Doubles, weights: Doubles, up: Doubles, rate_hz: float) -> Doubles:
    """(T, 2) 0 … 1: how likely each ankle stands, by its speed and its height under the other.

    Args:
        places: (T, 2, 3) ankles, axes that do not move with the camera.
        weights: (T, 2) how well each is seen.
        up: (3,) in the same axes.
        rate_hz: frames a second.
    """
    count = len(places)
    smooth = gaussian_smooth(places.reshape(count, -1), 0.06 * rate_hz).reshape(places.shape)
    if count < 2:
        return np.asarray(weights, np.float64)
    speed = np.linalg.norm(np.gradient(smooth, axis=0), axis=-1) * rate_hz
    height = smooth @ up
    lower = height - height.min(axis=1, keepdims=True)
    slow = np.exp(-((speed / _SLOW_M_S) ** 2))
    return np.asarray(weights * slow * np.exp(-((lower / _NEAR_M) ** 2)))


def plane_under(places: Doubles, stands: Doubles, up: Doubles) -> tuple[Doubles, float] | None:
    """Normal (3,) and height along it of the plane that feet stand on; None if they never do.

    The normal may differ from ``up`` by a few degrees, as far as feet that stand at different
    places agree on it.

    Args:
        places: (T, 2, 3) ankles, in axes that do not move.
        stands: (T, 2) how likely each stands.
        up: (3,) as it was found otherwise.
    """
    points, share = places.reshape(-1, 3), stands.reshape(-1)
    if share.sum() < 1.0:
        return None
    aside = normalise(np.cross(up, [0.0, 0.0, 1.0]) + 1e-9)
    basis = np.stack((aside, np.cross(up, aside)))
    middle = (share[:, None] * points).sum(axis=0) / share.sum()
    along, height = (points - middle) @ basis.T, (points - middle) @ up
    # An hour of standing at one place says as little about a tilt as a second of it.
    scale = min(1.0, 60.0 / share.sum())
    tilt, offset, robust = np.zeros(2), 0.0, share * scale
    for _ in range(_ROUNDS):
        design = np.concatenate((along, -np.ones((len(along), 1))), axis=1) / _PLANE_M
        normal = (design * robust[:, None]).T @ design
        normal[:2, :2] += np.eye(2) / _TILT_RAD**2
        right = -(design * robust[:, None]).T @ (height / _PLANE_M)
        found = np.linalg.solve(normal, right)
        tilt, offset = found[:2], float(found[2])
        away = np.abs(height + along @ tilt - offset) / _PLANE_M
        robust = share * scale / (1.0 + away**2)
    normal_up = normalise(up + tilt @ basis)
    return np.asarray(normal_up), float(middle @ normal_up + offset)


def size_by_ground(
    camera: FilmCamera, ankles: Doubles, stands: Doubles, ground_m: float
) -> tuple[float, float]:
    """How many times as large as assumed somebody is whose feet are on the ground, and how surely.

    Args:
        camera: known.
        ankles: (T, 2, 3) camera axes, in the size that is assumed.
        stands: (T, 2) how likely each stands.
        ground_m: height of the ground in the world.

    Returns:
        Natural logarithm of the size and its standard deviation, infinite if nothing is known.
    """
    drop = np.einsum("tj,tpj->tp", camera.rotations[:, 1], ankles) - HEEL_HEIGHT_M
    height = (ground_m - camera.positions_m[:, 1])[:, None]
    usable = (drop * height > 0.0) & (stands > 0.1)
    if usable.sum() < 2:
        return 0.0, np.inf
    sizes = np.log((np.broadcast_to(height, drop.shape) / np.where(usable, drop, 1.0))[usable])
    middle = _weighted_median(sizes, stands[usable])
    spread = _weighted_median(np.abs(sizes - middle), stands[usable]) * 1.5
    steep = float(np.median(np.abs(drop[usable])))
    return middle, spread + 0.08 / max(steep, 1e-3)


def _weighted_median(values: Doubles, weights: Doubles) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, 0.5 * total[-1])])


def feet_at_rest(
    evidence: Evidence, camera: FilmCamera, ground_m: float
) -> tuple[Doubles, Doubles]:
    """(T, 2) 0 … 1: how likely each ankle stands, if what it is seen before is level ground.

    A foot that stands is seen before one place of the ground; that of a swinging one runs away. No
    lifted depth is needed for it.

    Args:
        evidence: rays.
        camera: over the ground.
        ground_m: height of the ground.

    Returns:
        The likelihoods, and (T, 2) how well each could be told.
    """
    rays = camera.rays(evidence.points_px)[:, ANKLES]
    there, usable = _where_on_ground(camera, rays, np.full(rays.shape[:2], ground_m))
    ahead = np.concatenate((rays, np.ones_like(rays[..., :1])), axis=-1)
    places = np.einsum("tij,tpj->tpi", camera.rotations, ahead * there[..., None])
    places = (places + camera.positions_m[:, None])[..., [0, 2]]
    weights = evidence.weights[:, ANKLES] * usable
    if len(rays) < 2:
        return weights, weights
    # 1. Along the ray a pixel is many times as far as across it.
    over = np.abs(camera.positions_m[:, 1] - ground_m - HEEL_HEIGHT_M)
    stretch = np.maximum(there / np.maximum(over, 0.05)[:, None], 1.0)
    away = normalise(places - camera.positions_m[:, None, [0, 2]])
    smooth = np.stack(
        [
            weighted_smooth(places[:, n], weights[:, n] + 1e-6, _REST_S * evidence.rate_hz)
            for n in range(2)
        ],
        axis=1,
    )
    velocity = np.gradient(smooth, axis=0) * evidence.rate_hz
    along = (velocity * away).sum(axis=-1)
    across = velocity[..., 0] * away[..., 1] - velocity[..., 1] * away[..., 0]
    speed = np.hypot(across, along / stretch)
    return weights * np.exp(-((speed / _REST_M_S) ** 2)), weights


def _where_on_ground(
    camera: FilmCamera, rays: Doubles, ground_m: Doubles
) -> tuple[Doubles, Doubles]:
    """(T, 2) depth at which ankles' rays are as high over the ground as a standing ankle."""
    ahead = np.concatenate((rays, np.ones_like(rays[..., :1])), axis=-1)
    fall = -np.einsum("tj,tpj->tp", camera.rotations[:, 1], ahead)
    over = camera.positions_m[:, 1, None] - ground_m - HEEL_HEIGHT_M
    usable = (fall * over > 0.0) & (np.abs(fall) > 0.02)
    there = np.where(usable, over / np.where(usable, fall, 1.0), 1.0)
    usable &= (there > 0.3) & (there < 100.0)
    return np.where(usable, there, 1.0), usable.astype(np.float64)


def standing_places(
    evidence: Evidence,
    camera: FilmCamera,
    joints: Doubles,
    stands: Doubles,
    ground_m: Doubles,
) -> Doubles:
    """(T, 2, 3) where each ankle is, camera axes, which stays while it stands.

    Of each time that a foot stands one place is made: of where its rays meet the ground, and of
    where it was lifted to, as far as either can be believed.

    Args:
        evidence: rays.
        camera: of the size that the joints have.
        joints: (T, 14, 3) camera axes.
        stands: (T, 2) how likely each ankle stands.
        ground_m: (T, 2) height of the ground under each.
    """
    rays = camera.rays(evidence.points_px)[:, ANKLES]
    there, told = _where_on_ground(camera, rays, ground_m)
    over = np.abs(camera.positions_m[:, 1, None] - ground_m - HEEL_HEIGHT_M)
    off = np.hypot(_UNEVEN_M * there / np.maximum(over, 0.05), 0.03)
    seen = told / off**2
    share = (seen / (seen + 1.0 / _LIFTED_M**2))[..., None]
    ahead = np.concatenate((rays, np.ones_like(rays[..., :1])), axis=-1)
    mixed = share * ahead * there[..., None] + (1.0 - share) * joints[:, ANKLES]
    world = camera.to_world(mixed)
    motions = Segments.of(len(rays))
    for foot in range(2):
        spans = motions.spans(stands[:, foot] > _SURELY)
        weighted = np.concatenate((world[:, foot], np.ones((len(world), 1))), axis=1)
        means = spans.means(weighted * stands[:, foot : foot + 1])
        world[spans.frames, foot] = (means[:, :3] / means[:, 3:])[spans.owner]
    return camera.to_camera(world)


def depth_by_feet(
    evidence: Evidence,
    camera: FilmCamera,
    shape: Doubles,
    by_rays: Doubles,
    stands: Doubles,
    ground_m: Doubles,
) -> tuple[Doubles, Doubles]:
    """Depth of the hips, if the feet that stand are on the ground, and how much that counts.

    Args:
        evidence: rays.
        camera: of the size that the shape has.
        shape: (T, 14, 3) joints about the middle of the hips, camera axes.
        by_rays: (T,) depth of the hips by their size in the picture.
        stands: (T, 2) how likely each ankle stands.
        ground_m: (T, 2) height of the ground under each.

    Returns:
        (T,) metres and (T,) weight against a depth by size alone, 0 where no foot stands.
    """
    rays = camera.rays(evidence.points_px)[:, ANKLES]
    there, told = _where_on_ground(camera, rays, ground_m)
    over = camera.positions_m[:, 1, None] - ground_m - HEEL_HEIGHT_M
    depth = there - shape[:, ANKLES, 2]
    usable = (told > 0.0) & (depth > 0.3)
    by_size = 0.035 * depth
    steep = np.maximum(np.abs(over), 0.05) / there
    by_feet = np.hypot(_UNEVEN_M / steep, 0.06)
    weight = np.where(usable, stands * evidence.weights[:, ANKLES] * (by_size / by_feet) ** 2, 0.0)
    weight = weight * _in_line(depth, by_rays, weight)
    total = weight.sum(axis=1)
    mean = (weight * np.where(usable, depth, 0.0)).sum(axis=1) / np.maximum(total, 1e-9)
    return mean, total


def _in_line(depth: Doubles, by_rays: Doubles, weight: Doubles) -> Doubles:
    """(T, 2) 0 … 1: a foot in the air seems to be far behind, against what it usually seems."""
    ratio = np.log(np.maximum(depth, 0.1) / np.maximum(by_rays, 0.1)[:, None])
    told = weight > 0.0
    if not told.any():
        return np.ones_like(ratio)
    usual = _weighted_median(ratio[told], weight[told])
    return np.asarray(1.0 / (1.0 + ((ratio - usual) / _OFF) ** 4))
