"""Times of the runtime: a step in several forms, one animal's way, a herd's."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path as FilePath
from typing import Final

import numpy as np

from backend.bench.feeds import Feeds, make_feeds
from backend.bench.setting import BenchSetting
from backend.bench.timing import Timing, time_call, time_calls
from blender_addon.core.ground.path import Path
from blender_addon.core.inference.model_list import find_model
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.pipeline import QuadrupedPipeline
from blender_addon.core.quadruped.request import QuadrupedRequest
from blender_addon.core.quadruped.skeleton import quadruped_skeleton

HERD: Final = 256
_BLOCK: Final = 20


def time_forms(session: ModelSession, setting: BenchSetting, batch: int) -> dict[str, Timing]:
    """One network step: ours, and the same weights in other forms.

    Args:
        session: ours.
        setting: where its file is, threads and seconds.
        batch: animals.

    Returns:
        Timings ``ours`` and, where torch is installed, ``einsum``, ``blended`` and ``torch``.
    """
    feeds = make_feeds(session.contract, batch)
    calls: dict[str, Callable[[], object]] = {"ours": lambda: session.run(feeds)}
    with tempfile.TemporaryDirectory() as folder:
        if find_spec("torch") is not None:
            calls |= _other_calls(session, setting, feeds, FilePath(folder))
        block = _BLOCK if batch == 1 else 1
        return time_calls(calls, seconds=setting.seconds, block=block)


def _other_calls(
    session: ModelSession, setting: BenchSetting, feeds: Feeds, folder: FilePath
) -> dict[str, Callable[[], object]]:
    import torch

    from .bench_networks import OtherForm, check_same, open_form, read_stored

    threads = setting.models.threads
    stored = read_stored(find_model("quadruped", setting.models))
    einsum, blended, eager = (OtherForm(stored, form) for form in ("einsum", "blended", "torch"))
    sessions = [open_form(form, session.contract, folder, threads) for form in (einsum, blended)]
    for form in (einsum, blended, eager):
        check_same(form, session)
    if threads is not None:
        torch.set_num_threads(threads)
    features = torch.from_numpy(feeds["features"])

    def step_in_torch() -> object:
        with torch.inference_mode():
            return eager(features).numpy()

    return {
        "einsum": lambda: sessions[0].run(feeds),
        "blended": lambda: sessions[1].run(feeds),
        "torch": step_in_torch,
    }


def middling_body(session: ModelSession) -> QuadrupedBody:
    """The body whose skeleton the contract tells.

    Raises:
        ContractError: it tells none.
    """
    skeleton = session.contract.skeleton
    if skeleton is None:
        session.contract.require_skeleton(quadruped_skeleton(np.zeros((27, 3))))
        raise AssertionError("a contract without a skeleton was not refused")
    return QuadrupedBody(skeleton)


def time_animal(session: ModelSession, seconds: float) -> tuple[Timing, int]:
    """One animal from path to MotionClip, walking to galloping: (time of the way, its frames)."""
    pipeline = QuadrupedPipeline(session)
    request = QuadrupedRequest(middling_body(session), _path(16.0))
    frames = pipeline.generate([request])[0].clip.frame_count
    return time_call(lambda: pipeline.generate([request]), seconds=seconds, warm_up=0), frames


def time_herd(session: ModelSession, seconds: float, size: int) -> tuple[Timing, int]:
    """Many animals at once, each on its own path: (time, frames of all of them)."""
    pipeline, body = QuadrupedPipeline(session), middling_body(session)
    requests = [QuadrupedRequest(body, _path(5.0, 2.0 * n), seed=n) for n in range(size)]
    frames = sum(result.clip.frame_count for result in pipeline.generate(requests))
    return time_call(lambda: pipeline.generate(requests), seconds=seconds, warm_up=0), frames


def _path(length_m: float, shift_m: float = 0.0) -> Path:
    """A winding way that is walked, trotted and galloped."""
    at = np.linspace(0.0, 1.0, 200)
    points = np.column_stack(
        (shift_m + 0.8 * np.sin(2.0 * np.pi * at), np.zeros(200), length_m * at)
    )
    return Path(points, 0.8 + 3.0 * np.sin(np.pi * at) ** 2)
