"""Dances to a piece of music, given its beats.

The measure's phase, its tempo, the energy and style that are wanted and the step codes of a
choreography go in frame by frame; the network lives on its own poses. Its feet are held, it comes
out of a stance and ends in it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import ContractError, InputError, SettingsError
from ...inference.contract import ModelContract
from ...inference.settings import SettingsReader
from ...jobs import OnProgress, Progress, Runner, WithArrays
from ...maths.smoothing import gaussian_smooth, smoothstep
from ...motion.common_skeleton import COMMON_SKELETON
from ...motion.mirror import mirror_clip
from ...sound.beats import BEATS_PER_MEASURE
from ..request import DanceRequest, DanceResult
from .choreography import StepBank, choose_steps, codes_along, starting_pose
from .features import (
    POSE_LAYOUT,
    RATE_HZ,
    condition_layout,
    phase_features,
    tempo_feature,
)
from .finish import at_scene_rate, frames_at, settle, settling_shares, sharpened, to_clip
from .timing import DanceTiming, time_dance

TASK: Final = "dance"
SHORTEST_S: Final = 0.5
LONGEST_S: Final = 4 * 3600.0
_WARM_UP_S: Final = 1.0
"""Danced before the dance begins, so that the network is in it."""
_SETTLE_S: Final = 1.2
_PROGRESS_EVERY: Final = 32
_QUIET: Final = 0.75
_LOUD: Final = 1.25
"""Energies of the quietest and the loudest music, as factors."""
_ENERGY_S: Final = 0.7
_RESTS: Final = 0.35
"""Energy below which a dancer comes to rest."""
_LEAST_SIZE: Final = 0.75
_TEMPOS_BPM: Final = (20.0, 400.0)


class DancePipeline:
    """Dances to music.

    Args:
        session: a loaded dance model with its bank of steps.

    Raises:
        ContractError: the model is not a dance model of this layout and skeleton, or its bank is
            missing.
    """

    def __init__(self, session: Runner) -> None:
        self._session = session
        contract = session.contract
        settings = SettingsReader(contract)
        self.styles = settings.names("styles")
        tempos = settings.table("style_bpm", (len(self.styles),), *_TEMPOS_BPM)
        self._usual_bpm = dict(zip(self.styles, tempos.tolist(), strict=True))
        self._state_size = _check_contract(contract, len(self.styles))
        arrays = session.arrays if isinstance(session, WithArrays) else None
        if arrays is None:
            raise ContractError(
                f"model '{contract.name}' lacks the steps that belong to it "
                f"({contract.name}.npz). Add the model again"
            )
        self._bank = StepBank.read(arrays, len(self.styles))

    def generate(
        self, request: DanceRequest, on_progress: Progress | OnProgress | None = None
    ) -> DanceResult:
        """Dance once.

        Args:
            request: what is wanted.
            on_progress: is given 0 … 1 and returns False to cancel.

        Raises:
            InputError: there are no beats to dance to, or the duration makes no sense.
            SettingsError: the model has no such style.
            Cancelled: ``on_progress`` said so.
        """
        progress = Progress.of(on_progress)
        style = self._style(request.style)
        _check_duration(request.duration_s)
        timing = time_dance(request.beats, self._usual_bpm[style])
        energy = wanted_energy(request)
        poses = self._dance(request, timing, self.styles.index(style), energy, progress)
        progress(0.9)
        times = np.arange(len(poses)) / RATE_HZ
        share = settling_shares(times, float(times[-1]), _SETTLE_S)
        rests = gaussian_smooth(np.clip(energy / _RESTS, 0.0, 1.0), _ENERGY_S * RATE_HZ)
        poses = settle(sharpened(poses), self._bank.stance, share * smoothstep(rests))
        clip = to_clip(at_scene_rate(poses), _size(request, energy), request.settings.travel)
        if request.settings.mirror:
            clip = mirror_clip(clip)
        progress(1.0)
        return DanceResult(clip, timing.steps_per_beat, (timing.note,) if timing.note else ())

    def _style(self, name: str) -> str:
        if name and name not in self.styles:
            raise SettingsError(
                f"this model dances no '{name}'; choose one of {', '.join(self.styles)}"
            )
        return name or self.styles[0]

    def _dance(
        self,
        request: DanceRequest,
        timing: DanceTiming,
        style: int,
        energy: Floats,
        progress: Progress,
    ) -> Floats:
        """(T, P) poses at 30 Hz."""
        warm_up = round(_WARM_UP_S * RATE_HZ)
        frames = frames_at(request.duration_s) + warm_up
        times = (np.arange(frames) - warm_up) / RATE_HZ
        energy = np.concatenate((np.repeat(energy[:1], warm_up), energy))
        quarters = timing.quarters(times)
        base = int(np.floor(quarters[0]))
        whole = np.arange(base, int(np.ceil(quarters[-1])) + 2)
        wanted = np.interp(whole, quarters, energy)
        rng = np.random.default_rng(request.seed)
        steps = choose_steps(self._bank, style, base % BEATS_PER_MEASURE, wanted, rng)
        codes = codes_along(self._bank.codes[steps], quarters - base)
        features = np.concatenate(
            (
                phase_features(quarters * (2 * np.pi / BEATS_PER_MEASURE)),
                tempo_feature(np.gradient(quarters) * RATE_HZ)[:, None],
                energy[:, None],
                np.tile(np.eye(len(self.styles))[style], (frames, 1)),
                codes,
            ),
            axis=1,
            dtype=np.float32,
        )
        return self._run(features, starting_pose(self._bank, int(steps[0])), progress)[warm_up:]

    def _run(self, features: Floats, pose: Floats, progress: Progress) -> Floats:
        """(T, P) poses that the network makes of features (T, C), living on its own."""
        poses = np.empty((len(features), POSE_LAYOUT.size), np.float32)
        fed = pose[None].astype(np.float32)
        state = np.zeros((1, self._state_size), np.float32)
        for frame in range(len(features)):
            if frame % _PROGRESS_EVERY == 0:
                progress(0.9 * frame / len(features))
            made = self._session.run(
                {"features": features[frame : frame + 1], "pose": fed, "state": state}
            )
            fed, state = made["next_pose"], made["next_state"]
            poses[frame] = fed[0]
        return poses


def wanted_energy(request: DanceRequest) -> Floats:
    """(T,) at 30 Hz: as set or keyed, and more in loud music than in quiet."""
    frames = frames_at(request.duration_s)
    level = fitted(request.energy, frames, request.settings.energy)
    loud = fitted(request.loudness, frames, 0.5)
    slow = gaussian_smooth(np.clip(loud, 0.0, 1.0), _ENERGY_S * RATE_HZ)
    return np.asarray(np.maximum(level, 0.0) * (_QUIET + (_LOUD - _QUIET) * slow))


def fitted(values: Floats | None, frames: int, usual: float) -> Floats:
    """A curve (N,) cut, or held at its last value, to (T,); constant where there is none."""
    if values is None or not len(values):
        return np.full(frames, float(usual))
    values = np.asarray(values, np.float64)[:frames]
    return np.concatenate((values, np.full(frames - len(values), values[-1])))


def _size(request: DanceRequest, energy: Floats) -> Floats:
    """(T,) at 60 Hz: size as set or keyed, somewhat smaller where little energy is wanted."""
    frames = len(energy)
    size = np.maximum(fitted(request.size, frames, request.settings.size), 0.0)
    size = size * np.clip(_LEAST_SIZE + (1 - _LEAST_SIZE) * energy, _LEAST_SIZE, 1.1)
    return np.asarray(np.interp(np.arange(2 * frames - 1) / 2.0, np.arange(frames), size))


def _check_duration(duration_s: float) -> None:
    if not SHORTEST_S <= duration_s <= LONGEST_S:
        raise InputError(
            f"expected a dance of {SHORTEST_S:g} s to {LONGEST_S / 3600:g} h; "
            f"found {duration_s:g} s"
        )


def _check_contract(contract: ModelContract, styles: int) -> int:
    """Refuse another task, skeleton or layout; size of the state."""
    contract.require_task(TASK)
    contract.require_frame_rate(RATE_HZ)
    contract.require_skeleton(COMMON_SKELETON)
    contract.require_layout(contract.input("features"), condition_layout(styles))
    for spec in (contract.input("pose"), contract.output("next_pose")):
        contract.require_layout(spec, POSE_LAYOUT)
    state = contract.input("state").shape[-1]
    if not isinstance(state, int) or contract.output("next_state").shape[-1] != state:
        raise ContractError(
            f"model '{contract.name}': the state must be of one fixed size in and out; "
            "export the model again"
        )
    return state
