"""The one place that knows the physics engine (MuJoCo): loads a world, steps many copies of it."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import importlib.util
import platform
import sys
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..errors import PhysicsError

_PLUGINS: Final = "mujoco.plugins"
_IMPLAUSIBLE_RATE: Final = 200.0


def why_no_engine() -> str | None:
    """Why nothing can be simulated here, in the user's words; None where it can.

    Looks whether the engine is installed and loads nothing, so that a panel may ask as it draws.
    """
    if sys.platform == "darwin" and platform.machine() != "arm64":
        return (
            "Physics does not run on Macs with an Intel processor: its engine has no build for them"
        )
    if importlib.util.find_spec("mujoco") is None:
        return "Physics needs the physics edition: install the zip with -physics- in its name"
    return None


class Engine:
    """``count`` copies of one world, stepped together; the same to the bit at any thread count.

    Args:
        mjcf: the world, as text.
        count: how many copies (B).
        threads: processor threads; the result does not depend on it.

    Attributes:
        qpos: (B, nq) where the figure is; live, as all below: a write holds at the next step.
        qvel: (B, nv) how it moves.
        warmstart: (B, nv) where the solver begins; part of the state.
        control: (B, nu) targets of the muscles.
        wrenches: (B, bodies, 6) force and torque from outside, world axes, N and N m.
        mocap_positions: (B, moving, 3) of the bodies that are moved from outside.
        mocap_rotations: (B, moving, 4) likewise, wxyz.
        positions: (B, bodies, 3) of all bodies; read-only, of the last step before this.
        rotations: (B, bodies, 4) likewise, wxyz.
        sensors: (B, values) as the world declares them; read-only.
        torques: (B, nu) what the muscles exert; read-only.

    Raises:
        PhysicsError: there is no engine here, or it refuses the world.
    """

    def __init__(self, mjcf: str, count: int, threads: int = 1) -> None:
        if (reason := why_no_engine()) is not None:
            raise PhysicsError(reason)
        mujoco, batches = _loaded()
        try:
            self._model = mujoco.MjModel.from_xml_string(mjcf)
        except ValueError as error:
            raise PhysicsError(f"the physics engine refuses this world: {error}") from None
        self._batch = batches.Batch(self._model, count, threads)
        bind = self._batch.bind
        self.qpos, self.qvel, self.warmstart = (bind(n) for n in ("qpos", "qvel", "qacc_warmstart"))
        self.control, self.wrenches = bind("ctrl"), bind("xfrc_applied")
        self.mocap_positions, self.mocap_rotations = bind("mocap_pos"), bind("mocap_quat")
        self.positions, self.rotations = bind("xpos"), bind("xquat")
        self.sensors, self.torques = bind("sensordata"), bind("actuator_force")
        self._gains = self._batch.expand("actuator_gainprm")
        self._biases = self._batch.expand("actuator_biasprm")
        self._whole_gains, self._whole_biases = self._gains.copy(), self._biases.copy()

    @property
    def count(self) -> int:
        """B."""
        return len(self.qpos)

    @property
    def body_names(self) -> tuple[str, ...]:
        """In the order of positions; the world itself first."""
        return tuple(self._model.body(i).name for i in range(self._model.nbody))

    def set_strength(self, strength: Floats) -> None:
        """Scale the muscles' stiffness and damping: (B,) or (B, nu), 0 is limp, 1 as built."""
        factor = np.broadcast_to(
            np.asarray(strength, np.float64).reshape(self.count, -1), self.control.shape
        )
        self._gains[:] = self._whole_gains * factor[..., None]
        self._biases[:] = self._whole_biases * factor[..., None]

    def set_thread_lengths(self, lengths: Floats) -> None:
        """Longest each thread of the world may get in each copy: (B, threads), metres."""
        self._batch.expand("tendon_range")[..., 1] = lengths

    def step(self, substeps: int, rows: Ints | None = None, controls: Floats | None = None) -> None:
        """Advance all copies, or these rows; ``controls`` (substeps, B, nu) is one for each."""
        if controls is None:
            self._batch.step(ids=rows, nstep=substeps)
            return
        for control in controls:
            self.control[:] = control
            self._batch.step(ids=rows, nstep=1)

    def forward(self) -> None:
        """Bring positions, rotations and sensors up to the state without advancing."""
        warmstart = self.warmstart.copy()
        self._batch.forward()
        self.warmstart[:] = warmstart

    def is_sound(self) -> Bools:
        """(B,) whether each copy's state is made of finite and plausible numbers."""
        finite = np.isfinite(self.qpos).all(1) & np.isfinite(self.qvel).all(1)
        with np.errstate(invalid="ignore"):
            return np.asarray(finite & (np.abs(self.qvel).max(1) < _IMPLAUSIBLE_RATE))


def inverse_dynamics(
    mjcf: str, poses: Floats, rates: Floats, changes: Floats, points: Floats, bodies: Ints
) -> tuple[Floats, Floats]:
    """What moves a figure as given where nothing touches it, and what a push at points would do.

    Args:
        mjcf: the figure, as text.
        poses: (T, nq).
        rates: (T, nv).
        changes: (T, nv) of the rates, a second.
        points: (T, P, 3) in the world.
        bodies: (P,) on which each is; 0 is the world.

    Returns:
        Forces and torques (T, nv), and (T, P, 3, nv) how points move with the rates.

    Raises:
        PhysicsError: there is no engine here.
    """
    if (reason := why_no_engine()) is not None:
        raise PhysicsError(reason)
    mujoco, _ = _loaded()
    model = mujoco.MjModel.from_xml_string(mjcf)
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONTACT
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_ACTUATION
    data = mujoco.MjData(model)
    needed = np.empty((len(poses), model.nv))
    reach = np.empty((len(poses), len(bodies), 3, model.nv))
    for t, (pose, rate, change) in enumerate(zip(poses, rates, changes, strict=True)):
        data.qpos[:], data.qvel[:], data.qacc[:] = pose, rate, change
        mujoco.mj_inverse(model, data)
        needed[t] = data.qfrc_inverse
        for n, body in enumerate(bodies):
            mujoco.mj_jac(model, data, reach[t, n], None, points[t, n], int(body))
    return needed, reach


def _no_file(_: str) -> None:
    """In place of the engine's own way to warn: a file where Blender was started.

    What it warns of is seen in ``is_sound``.
    """


@functools.cache
def _loaded() -> tuple[Any, Any]:
    """MuJoCo and its batches, at the first simulation: no Blender waits for it as it starts.

    Raises:
        PhysicsError: it is there and cannot be loaded.
    """
    try:
        with _without_plugins():
            mujoco = importlib.import_module("mujoco")
            batches = importlib.import_module("mujoco.batch")
    except (ImportError, OSError) as error:
        raise PhysicsError(
            f"the physics engine cannot be loaded: {error}. Close every Blender and install the "
            "zip with -physics- in its name again"
        ) from error
    mujoco.set_mju_user_warning(_no_file)
    return mujoco, batches


@contextlib.contextmanager
def _without_plugins() -> Iterator[None]:
    """Hide what other packages declare as plugins of MuJoCo, whose import would run them."""
    every = importlib.metadata.entry_points

    def others(**chosen: Any) -> Any:
        return () if chosen.get("group") == _PLUGINS else every(**chosen)

    importlib.metadata.entry_points = others
    try:
        yield
    finally:
        importlib.metadata.entry_points = every
