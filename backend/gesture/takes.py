"""Dance takes: a dancer's motion, cleaned, with the phase of the measure it is danced to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from backend.mocap.common_clips import foot_positions, read_standing_clip
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.feet.contacts import detect_contacts
from blender_addon.core.feet.foot_lock import lock_feet
from blender_addon.core.gesture.dance.features import clip_to_poses
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.maths.rotations import (
    dot,
    make_continuous,
    quaternion_nlerp,
    quaternion_to_six,
    six_to_quaternion,
)
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.mirror import mirror_clip
from blender_addon.core.sound.beats import BEATS_PER_MEASURE

from .beats_found import FoundBeats, find_beats
from .dances import Dance
from .step_quarters import assign_quarters, bent_phase, landings

_CONTACT_M_S: Final = 0.6
"""Dancers' feet twist and slide where they carry."""
_OWN_TEMPO: Final = 0.015
"""A dancer's own measure may differ so much from the take's."""
_POP_FRAMES: Final = 9
_POP_RAD: Final = 0.35
_SMOOTH_FRAMES: Final = 0.5
_ENERGY_S: Final = 1.0
_TRIMMED_S: Final = 0.3
_STANDS: Final = 0.4
"""Of the usual liveliness, below which somebody waits for the dance to begin."""


@dataclass(frozen=True, eq=False)
class DanceTake:
    """One dancer in one take, time bent so that steps fall on quarters and the tempo is even.

    Args:
        name: of the clip; ``_m`` follows where left and right are swapped.
        take: of the recording that partners share.
        style: of the dancer.
        split: train or val.
        clip: common skeleton, 60 Hz, feet held, with contacts.
        quarter_s: length of a quarter.
        first_quarter: number of the first frame's quarter, with its fraction; 0 begins a measure.
        energy: (T,) how lively the body moves: mean speed of the joints over a second, m/s, or,
            once prepared, relative to the mean of the style.
    """

    name: str
    take: str
    style: str
    split: str
    clip: MotionClip
    quarter_s: float
    first_quarter: float
    energy: Floats

    def quarters(self) -> Floats:
        """(T,) phase in quarters."""
        times = np.arange(self.clip.frame_count) / self.clip.frame_rate_hz
        return self.first_quarter + times / self.quarter_s

    def poses(self) -> Floats:
        """(T, P) as the network sees them."""
        return clip_to_poses(self.clip)

    def mirrored(self) -> DanceTake:
        """Left and right swapped."""
        return replace(self, name=f"{self.name}_m", clip=mirror_clip(self.clip))


def read_dance(dance: Dance) -> tuple[list[DanceTake], FoundBeats]:
    """Every dancer of a take on the beat, and the beats that all of them danced to."""
    clips = [_clean(read_standing_clip(path)) for path in dance.clips]
    ankles = [foot_positions(clip)[:, [0, 2]] for clip in clips]
    rate = MODEL_FRAME_RATE_HZ
    beats = find_beats(ankles, rate, dance.measures_s)
    takes = []
    for path, style, clip, feet in zip(dance.clips, dance.styles, clips, ankles, strict=True):
        near = beats.measure_s * (1 - _OWN_TEMPO), beats.measure_s * (1 + _OWN_TEMPO)
        own = find_beats([feet], rate, near)
        takes.append(_on_the_beat(path, dance, style, clip, own))
    return takes, beats


def _on_the_beat(
    path: Path, dance: Dance, style: str, clip: MotionClip, own: FoundBeats
) -> DanceTake:
    contacts = carrying(clip)
    phase = own.measure_phase_rad * BEATS_PER_MEASURE / (2 * np.pi)
    down = landings(contacts)
    if dance.even:
        off = np.exp(2j * np.pi * phase[down]).sum()
        phase = phase - np.angle(off) / (2 * np.pi)
    else:
        phase = bent_phase(*assign_quarters(down, phase), phase)
    quarter_s = own.measure_s / BEATS_PER_MEASURE
    span = dancing_span(clip)
    phase = phase[span]
    clip = _cut(clip, contacts, span)
    first, count = phase[0], int((phase[-1] - phase[0]) * quarter_s * clip.frame_rate_hz)
    wanted = first + np.arange(count) / (quarter_s * clip.frame_rate_hz)
    bent = _sampled(clip, np.interp(wanted, phase, np.arange(len(phase))))
    down_bent = np.asarray(bent.contacts, bool)
    held = lock_feet(
        COMMON_SKELETON, bent.root_positions, bent.rotations_wxyz, down_bent, FlatTerrain()
    )
    bent = replace(
        bent,
        root_positions=held.root_positions,
        rotations_wxyz=held.rotations_wxyz,
        contacts=held.contacts,
    )
    energy = liveliness(bent)
    return DanceTake(
        path.stem, dance.name, style, dance.split, bent, quarter_s, float(first), energy
    )


def carrying(clip: MotionClip) -> Bools:
    """(T, 4) which heels and toes carry."""
    feet = foot_positions(clip)
    return detect_contacts(
        feet, np.zeros(feet.shape[:2]), clip.frame_rate_hz, speed_m_s=_CONTACT_M_S
    )


def liveliness(clip: MotionClip) -> Floats:
    """(T,) mean speed of the joints over a second, m/s."""
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    speeds = np.linalg.norm(np.gradient(joints, axis=0), axis=-1).mean(axis=1)
    sigma = 0.5 * _ENERGY_S * clip.frame_rate_hz
    return np.asarray(gaussian_smooth(speeds * clip.frame_rate_hz, sigma))


def _clean(clip: MotionClip) -> MotionClip:
    """Without the pops of single joints for a few frames, and without trembling."""
    turns = make_continuous(clip.rotations_wxyz)
    reach = _POP_FRAMES // 2
    padded = np.pad(turns, ((reach, reach), (0, 0), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _POP_FRAMES, axis=0)
    usual = np.median(windows, axis=-1)
    usual /= np.maximum(np.linalg.norm(usual, axis=-1, keepdims=True), 1e-6)
    away = 2 * np.arccos(np.clip(np.abs(dot(turns, usual)), 0.0, 1.0))
    turns = np.where(away[..., None] > _POP_RAD, usual, turns).astype(np.float32)
    six = gaussian_smooth(quaternion_to_six(turns), _SMOOTH_FRAMES, keep_ends=True)
    root = gaussian_smooth(clip.root_positions, _SMOOTH_FRAMES, keep_ends=True)
    return replace(clip, root_positions=root, rotations_wxyz=six_to_quaternion(six))


def dancing_span(clip: MotionClip) -> slice:
    """Without the standing before and after the dance."""
    lively = liveliness(clip)
    trim = round(_TRIMMED_S * clip.frame_rate_hz)
    moving = np.flatnonzero(lively[trim:-trim] > _STANDS * np.median(lively)) + trim
    return slice(int(moving[0]), int(moving[-1]) + 1)


def _cut(clip: MotionClip, contacts: Bools, span: slice) -> MotionClip:
    return replace(
        clip,
        root_positions=clip.root_positions[span],
        rotations_wxyz=make_continuous(clip.rotations_wxyz[span]),
        contacts=contacts[span],
    )


def _sampled(clip: MotionClip, at: Floats) -> MotionClip:
    """The clip at frames (N,), with fractions."""
    before = np.clip(np.floor(at).astype(int), 0, clip.frame_count - 2)
    share = np.clip(at - before, 0.0, 1.0)
    root = clip.root_positions[before] + share[:, None] * (
        clip.root_positions[before + 1] - clip.root_positions[before]
    )
    turns = quaternion_nlerp(
        clip.rotations_wxyz[before], clip.rotations_wxyz[before + 1], share[:, None]
    )
    contacts = None if clip.contacts is None else clip.contacts[np.round(at).astype(int)]
    return MotionClip(clip.skeleton, clip.frame_rate_hz, root, turns, contacts)
