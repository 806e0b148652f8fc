"""Brings a skeleton to what was tracked and lifted of a person in a film."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...jobs import OnProgress, Progress
from ...motion.clip import MotionClip
from ..request import FitRequest, FittedBody
from ..tracked import LiftedBody, TrackedPerson
from .blocks import Track, blocks_of, taking_over
from .body import Body
from .layout import Layout, lay_out
from .report import error_of, notes_of
from .stretch import fit_stretch, part_of

_LAID_OUT: Final = 0.2


def fit_body(
    tracked: TrackedPerson,
    lifted: LiftedBody,
    request: FitRequest,
    on_progress: OnProgress | Progress | None = None,
) -> FittedBody:
    """A skeleton that does what a person did in a film.

    Args:
        tracked: what was seen of the person.
        lifted: the same in space, as many frames.
        request: how.
        on_progress: told how much is done, 0 … 1.

    Returns:
        T frames at the film's rate. Lengths are the skeleton's: where its legs are twice as long as
        the person's, it walks twice as far, about the world's origin; before a known camera about
        the middle of its way, so that it stays where the camera saw the person.

    Raises:
        FilmError: nobody is seen in any frame.
        SkeletonError: the skeleton lacks a joint that is tracked.
        SettingsError: the camera does not belong to the film.
        Cancelled: the user pressed Esc.
    """
    progress = Progress.of(on_progress)
    progress(0.0)
    layout = lay_out(tracked, lifted, request)
    progress(_LAID_OUT)
    count, rate = layout.frame_count, layout.evidence.rate_hz
    track = Track(request.skeleton, rate, count)
    slips: list[tuple[float, int]] = []
    notes: tuple[str, ...] = ()
    for block in blocks_of(count, rate):
        footing = fit_stretch(layout, block.seen, request.pins, tracked.first_frame)
        track.put(footing.clip, block.first, taking_over(block, rate))
        slips.append((footing.slip_cm_s, block.own_stop - block.own_first))
        notes = tuple(dict.fromkeys((*notes, *footing.notes)))
        progress(_LAID_OUT + (0.95 - _LAID_OUT) * block.own_stop / count)
    slip = sum(speed * frames for speed, frames in slips) / max(count, 1)
    fitted = _reported(layout, track.clip(), slip, notes)
    progress(1.0)
    return fitted


def _reported(
    layout: Layout, clip: MotionClip, slip_cm_s: float, notes: Sequence[str]
) -> FittedBody:
    """The clip with where it is in the picture, and how far from what was seen."""
    count = clip.frame_count
    points, error_px = np.zeros((count, 14, 2), np.float32), np.zeros(count)
    error_torso = np.zeros(count)
    camera, body = layout.told_camera, Body(clip.skeleton)
    for block in blocks_of(count, clip.frame_rate_hz):
        own = slice(block.own_first, block.own_stop)
        joints = body.joints(clip.root_positions[own], clip.rotations_wxyz[own])
        points[own], error_px[own], error_torso[own] = error_of(
            joints, part_of(camera, own), layout.evidence.part(own)
        )
    told = notes_of(layout.evidence, layout.guessed, layout.unseen, clip.frame_rate_hz)
    return FittedBody(
        clip, camera, points, error_px, error_torso, layout.guessed, slip_cm_s,
        (*layout.setting.notes, *told, *notes),
    )  # fmt: skip
