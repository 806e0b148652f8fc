"""Times of the runtime: one step, a whole walk, a crowd."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path as FilePath

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from backend.bench.timing import Timing, time_call, time_calls
from blender_addon.core.ground.path import Path
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.request import WalkRequest

BATCHES = (1, 256, 4096)
CROWD = 256

Feeds = dict[str, NDArray[np.float32]]


def make_feeds(session: ModelSession, batch: int, seed: int = 0) -> Feeds:
    """Random inputs of a step, of the size real ones have."""
    rng = np.random.default_rng(seed)
    features = session.contract.input("features").shape[1]
    return {
        "features": rng.normal(0.0, 0.5, (batch, int(features))).astype(np.float32),
        "phase": rng.uniform(0.0, 2.0 * np.pi, batch).astype(np.float32),
    }


def time_steps(
    session: ModelSession, model: FilePath, threads: int | None, seconds: float
) -> dict[str, Timing]:
    """One network step: ours, and the same weights as einsum, in torch, and as bare products.

    Args:
        session: ours.
        model: its file.
        threads: as ours was opened with.
        seconds: about how long to measure.

    Returns:
        Timings ``ours``, ``product`` and, where torch is installed, ``einsum`` and ``torch``.
    """
    feeds = make_feeds(session, 1)
    calls: dict[str, Callable[[], object]] = {
        "ours": lambda: session.run(feeds),
        "product": _bare_products(model),
    }
    with tempfile.TemporaryDirectory() as folder:
        if find_spec("torch") is not None:
            calls |= _torch_calls(session, model, threads, feeds, FilePath(folder))
        return time_calls(calls, seconds=seconds, block=20)


def _bare_products(model: FilePath) -> Callable[[], object]:
    """NumPy multiplying rows by the network's own matrices, nothing else: a yardstick."""
    stored = onnx.load(str(model)).graph.initializer
    matrices = [numpy_helper.to_array(item) for item in stored if len(item.dims) == 2]
    rows = [np.ones((1, len(matrix)), np.float32) for matrix in matrices]
    return lambda: [row @ matrix for row, matrix in zip(rows, matrices, strict=True)]


def _torch_calls(
    session: ModelSession, model: FilePath, threads: int | None, feeds: Feeds, folder: FilePath
) -> dict[str, Callable[[], object]]:
    import torch

    from backend.walk.bench_networks import check_same, open_einsum_session, read_network

    network = read_network(model, session.contract)
    check_same(network, session)
    einsum = open_einsum_session(network, session.contract, folder, threads)
    check_same(network, einsum)
    if threads is not None:
        torch.set_num_threads(threads)
    inputs = [torch.from_numpy(feeds["features"]), torch.from_numpy(feeds["phase"])]

    def step_in_torch() -> object:
        with torch.inference_mode():
            return network(*inputs).numpy()

    return {"einsum": lambda: einsum.run(feeds), "torch": step_in_torch}


def time_batches(sessions: Sequence[ModelSession], seconds: float) -> dict[str, dict[int, Timing]]:
    """A step of 1, 256 and 4096 characters on each provider.

    Args:
        sessions: the same model, one for each provider.
        seconds: about how long per batch size.

    Returns:
        Timing of the whole step by provider and batch size.
    """
    found: dict[str, dict[int, Timing]] = {session.provider: {} for session in sessions}
    for batch in BATCHES:
        feeds = make_feeds(sessions[0], batch)
        calls: dict[str, Callable[[], object]] = {
            session.provider: partial(session.run, feeds) for session in sessions
        }
        block = 20 if batch == 1 else 1
        for provider, timing in time_calls(calls, seconds=seconds, block=block).items():
            found[provider][batch] = timing
    return found


def make_path(turns: float = 2.0, shift_m: float = 0.0, length_m: float = 12.0) -> Path:
    """A winding path with walking, jogging and a bend or two."""
    at = np.linspace(0.0, 1.0, 200)
    points = np.column_stack(
        (shift_m + 1.5 * np.sin(turns * np.pi * at), np.zeros(200), length_m * at)
    )
    return Path(points, 1.4 + 0.8 * np.sin(np.pi * at))


def make_hills(seed: int = 0) -> HeightField:
    """Gentle ground of a few waves, 20 cm up and down, sampled every 25 cm."""
    x, z = np.meshgrid(np.arange(-20, 20, 0.25), np.arange(-5, 30, 0.25), indexing="ij")
    shift = np.random.default_rng(seed).uniform(0.0, 6.0, 2)
    heights = 0.12 * np.sin(0.7 * x + shift[0]) + 0.08 * np.sin(1.1 * z + shift[1])
    return HeightField(np.array([-20.0, -5.0]), 0.25, heights)


def time_walk(session: ModelSession, terrain: Terrain, seconds: float) -> tuple[Timing, int]:
    """One character, everything from path to MotionClip: (time of the walk, its frames)."""
    pipeline = LocomotionPipeline(session)
    request = WalkRequest(make_path(), terrain)
    frames = pipeline.generate([request])[0].clip.frame_count
    return time_call(lambda: pipeline.generate([request]), seconds=seconds, warm_up=0), frames


def time_crowd(session: ModelSession, seconds: float) -> tuple[Timing, int]:
    """256 characters at once, each on its own path: (time, frames of all of them)."""
    pipeline = LocomotionPipeline(session)
    requests = [
        WalkRequest(make_path(1.0 + n / CROWD, 2.0 * n, 4.0), FlatTerrain(), seed=n)
        for n in range(CROWD)
    ]
    frames = sum(result.clip.frame_count for result in pipeline.generate(requests))
    return time_call(lambda: pipeline.generate(requests), seconds=seconds, warm_up=0), frames
