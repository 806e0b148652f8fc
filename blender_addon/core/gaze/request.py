"""What is asked of the gaze pipeline and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..errors import GazeError, SettingsError
from ..face.eye_angles import EYE_LIMITS_DEG
from ..settings import Seeded, declared, setting
from .clip import GazeClip
from .events import ROLES

TargetKind = Literal["PARTNER", "OBJECT", "DISTRACTION"]
TARGET_KINDS: Final[tuple[TargetKind, ...]] = ("PARTNER", "OBJECT", "DISTRACTION")
MAX_SECONDS: Final = 4 * 3600.0

LEAST_EYE_DEG: Final = 1.0
LARGEST_EYE_DEG: Final = 60.0
"""Between which an eye's limits lie."""


@dataclass(frozen=True, eq=False)
class GazeTarget:
    """Something to look at.

    Args:
        name: for messages.
        kind: PARTNER is a face, looked at as people look at whom they talk with; OBJECT draws looks
            away from the partner and is then regarded for a second or so; DISTRACTION is only
            glanced at. With several partners, each is looked at in proportion to its weight. If
            none of the targets is a partner, the one of the highest weight plays the partner.
        positions: (T, 3) in the world, metres; of a face, the point between its eyes.
        weights: (T,) 0 or more. An object as heavy as the partner is looked at about as long.
            While a weight is 0, the target is not looked at.
    """

    name: str
    kind: TargetKind
    positions: Floats
    weights: Floats


@dataclass(frozen=True)
class GazeSettings:
    """How the eyes behave.

    Args:
        liveliness: 1 as learned; more shifts gaze more often and farther, 0 stares.
        head_share: factor on the head's share of gaze shifts; 0 leaves the head as animated, the
            eyes make up for it.
        blink_rate: factor on the rate of blinks that belongs to the role; 0 never blinks.
        micro_saccades: factor on the size of the tiny jumps within long fixations.
        eye_limits_deg: how far an eye turns in its socket: to the side, up, down.
        rest_at_ends: the head's offset grows from zero at the start and returns to zero at the end,
            so that the animation before and after joins.
    """

    liveliness: float = setting(
        1.0, "Liveliness",
        "1 as learned from people; more shifts gaze more often and farther, 0 stares",
        minimum=0.0, maximum=3.0, soft_maximum=2.0,
    )  # fmt: skip
    head_share: float = setting(
        1.0, "Head Share",
        "How much of its usual part the head takes of large shifts; at 0 the head stays as "
        "animated and the eyes make up for it", minimum=0.0, maximum=2.0,
    )  # fmt: skip
    blink_rate: float = setting(
        1.0, "Blink Rate",
        "1 is 26 blinks a minute speaking and 17 listening; 0 never blinks",
        minimum=0.0, maximum=4.0, soft_maximum=2.0,
    )  # fmt: skip
    micro_saccades: float = setting(
        1.0, "Micro-Saccades",
        "Size of the tiny jumps within long fixations, without which eyes look frozen in close-ups",
        minimum=0.0, maximum=4.0, soft_maximum=2.0,
    )  # fmt: skip
    eye_limits_deg: tuple[float, float, float] = EYE_LIMITS_DEG
    rest_at_ends: bool = True


@dataclass(frozen=True, eq=False)
class GazeRequest(Seeded):
    """One character's gaze over T frames at 60 Hz.

    Args:
        head_positions: (T, 3) midpoint between the eyes in the world, as animated.
        head_rotations_wxyz: (T, 4) of the head in the world, as animated; identity looks along +Z.
        targets: what there is to look at.
        roles: (T,) numbers into ROLES.
        trunk_rotations_wxyz: (T, 4) of the chest in the world, identity facing +Z; None takes the
            head's heading, slowly followed.
        eye_distance_m: between the eyes' centres.
        settings: how the eyes behave.
        seed: same seed, same gaze.
        pivot_m: (3,) from the midpoint between the eyes to where the head turns, in the head's own
            frame (about 9 cm down and 9 cm back on a human). With it a near target is met exactly
            although the turning head carries the eyes along. None: the eyes stay in place.
        unblinking: (T,) where something else moves the lids: a blink that would be seen there is
            left out; None for nowhere.
        turns: (T,) 1 where it is the character's turn to talk, −1 where it is the partner's, 0
            where it is nobody's; None: its turn while it is speaking, theirs while it listens.
    """

    head_positions: Floats
    head_rotations_wxyz: Floats
    targets: Sequence[GazeTarget]
    roles: Ints
    trunk_rotations_wxyz: Floats | None = None
    eye_distance_m: float = 0.063
    settings: GazeSettings = field(default_factory=GazeSettings)
    pivot_m: Floats | None = None
    unblinking: Bools | None = None
    turns: Ints | None = None

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.head_positions)


@dataclass(frozen=True, eq=False)
class Fixations:
    """N moments of rest of the gaze, in order.

    Args:
        onset_s: (N,) when gaze has arrived, from the first frame on.
        duration_s: (N,) until the next shift begins.
        direction_rad: (N, 2) yaw and pitch at the onset, relative to the trunk.
        target: (N,) number of the target looked at, or −1 for a look at nothing in particular.
    """

    onset_s: Floats
    duration_s: Floats
    direction_rad: Floats
    target: Ints


@dataclass(frozen=True, eq=False)
class GazeResult:
    """One character's gaze.

    Args:
        clip: 60 Hz.
        fixations: where gaze rested.
        blink_times_s: (M,) at which the lids begin to close.
        warnings: what the user should know, each a sentence or two.
    """

    clip: GazeClip
    fixations: Fixations
    blink_times_s: Floats
    warnings: tuple[str, ...]


def check_request(request: GazeRequest) -> None:
    """Refuse what cannot be used.

    Raises:
        GazeError: no frames, shapes disagree, or a number is not finite.
        SettingsError: a setting is out of range.
    """
    frames = request.frame_count
    if not 0 < frames <= MAX_SECONDS * 60:
        raise GazeError(
            f"the range holds {frames} frames; expected at least one and at most "
            f"{MAX_SECONDS / 3600:g} hours. Set the start before the end"
        )
    arrays: list[tuple[str, Floats, tuple[int, ...]]] = [
        ("the head's positions", request.head_positions, (frames, 3)),
        ("the head's rotations", request.head_rotations_wxyz, (frames, 4)),
    ]
    if request.trunk_rotations_wxyz is not None:
        arrays.append(("the trunk's rotations", request.trunk_rotations_wxyz, (frames, 4)))
    if request.pivot_m is not None:
        arrays.append(("the head's pivot", request.pivot_m, (3,)))
    for target in request.targets:
        arrays.append((f"the positions of '{target.name}'", target.positions, (frames, 3)))
        arrays.append((f"the weights of '{target.name}'", target.weights, (frames,)))
    for what, values, shape in arrays:
        _check_array(what, np.asarray(values), shape)
    _check_targets(request.targets)
    _check_roles(request)
    _check_turns(request)
    _check_settings(request)


def _check_array(what: str, values: Floats, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise GazeError(f"expected {what} of shape {shape}; found {values.shape}")
    if not np.isfinite(values).all():
        raise GazeError(
            f"{what} hold a number that is not finite; look for a scale of zero or a broken "
            "constraint or driver"
        )


def _check_targets(targets: Sequence[GazeTarget]) -> None:
    for target in targets:
        if target.kind not in TARGET_KINDS:
            raise GazeError(
                f"'{target.name}' is of the kind '{target.kind}'; expected one of "
                f"{', '.join(TARGET_KINDS)}"
            )
        if np.min(target.weights) < 0:
            raise GazeError(
                f"the weight of '{target.name}' falls to {np.min(target.weights):g}; expected 0 or "
                "more. Correct its keys"
            )


def _check_roles(request: GazeRequest) -> None:
    roles = np.asarray(request.roles)
    if roles.shape != (request.frame_count,) or roles.dtype.kind not in "iu":
        raise GazeError(
            f"expected whole numbers, one role for each of {request.frame_count} frames; "
            f"found {roles.dtype} of shape {roles.shape}"
        )
    if roles.min() < 0 or roles.max() >= len(ROLES):
        raise GazeError(
            f"roles are 0 to {len(ROLES) - 1} ({', '.join(ROLES)}); found {roles.min()} to "
            f"{roles.max()}"
        )


def _check_turns(request: GazeRequest) -> None:
    if request.turns is None:
        return
    turns = np.asarray(request.turns)
    if turns.shape != (request.frame_count,) or not np.isin(turns, (-1, 0, 1)).all():
        raise GazeError(
            f"expected turns of 1, 0 or -1 for each of {request.frame_count} frames; found "
            f"{turns.dtype} of shape {turns.shape}"
        )


def _check_settings(request: GazeRequest) -> None:
    for each in declared(request.settings):
        each.check(getattr(request.settings, each.field))
    limits = request.settings.eye_limits_deg
    within = [LEAST_EYE_DEG - 1e-3 <= limit <= LARGEST_EYE_DEG + 1e-3 for limit in limits]
    if len(limits) != 3 or not all(within):
        raise SettingsError(
            f"an eye turns {LEAST_EYE_DEG:g} to {LARGEST_EYE_DEG:g} degrees to the side, up and "
            f"down; found {', '.join(f'{limit:g}' for limit in limits)}"
        )
    if not 0.0 < request.eye_distance_m < np.inf:
        raise SettingsError(
            f"the eyes' centres are {request.eye_distance_m:g} m apart; expected a length, of any "
            "size. Check which bones or objects are the eyes"
        )
    if request.seed < 0:
        raise SettingsError(f"a seed is 0 or more; found {request.seed}")
