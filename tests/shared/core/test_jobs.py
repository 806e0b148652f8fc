"""Jobs tell how far they are, stop when they are told to, and say what ran."""

from __future__ import annotations

import pytest

from blender_addon.core.errors import Cancelled
from blender_addon.core.jobs import Cancellation, Outcome, Progress, RanModel

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


class UnderWay:
    """Stands for the runtime's options of a run."""

    terminate = False


def test_parts_are_told_as_parts_of_the_whole():
    told = []
    progress = Progress(lambda share: told.append(share) or True)
    half = progress.part(0.5, 1.0)
    for step in (progress, half, half.part(0.5, 1.0)):
        step(0.0)
        step(1.0)
    assert told == pytest.approx([0.0, 1.0, 0.5, 1.0, 0.75, 1.0])


def test_nobody_need_listen():
    assert Progress()(0.3) is True


def test_a_listener_that_says_no_cancels_every_part():
    progress = Progress(lambda share: share < 0.5)
    progress(0.2)
    with pytest.raises(Cancelled):
        progress.part(0.4, 0.8)(1.0)
    with pytest.raises(Cancelled):
        progress(0.0)


def test_a_function_becomes_progress_and_progress_stays():
    progress = Progress()
    assert Progress.of(progress) is progress
    assert isinstance(Progress.of(lambda share: True), Progress)


def test_cancelling_ends_what_is_under_way_and_what_begins_later():
    cancellation, first, later = Cancellation(), UnderWay(), UnderWay()
    cancellation.stops(first)
    assert not first.terminate
    cancellation.check()
    cancellation.ask()
    cancellation.stops(later)
    assert first.terminate and later.terminate
    with pytest.raises(Cancelled):
        cancellation.check()


def test_an_outcome_names_one_provider_once_and_several_with_their_models():
    missing = "CUDAExecutionProvider is not in this build of onnxruntime"
    one = RanModel("a", CPU, f"running on {CPU}; {missing}")
    two = RanModel("b", CPU, f"running on {CPU}; {missing}")
    fast = RanModel("c", CUDA, f"running on {CUDA}")
    same = Outcome(None, (one, two), 0.5)
    assert same.providers == "CPU"
    assert (
        same.describe()
        == "Execution provider CPU, 0.50 s (a, b); CUDA is not in this build of onnxruntime"
    )
    assert Outcome(None, (one, fast), 1.0).providers == "CPU (a), CUDA (c)"
