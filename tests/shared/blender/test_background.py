"""A job on a worker thread: its progress, its result, its error, its end on request."""

from __future__ import annotations

import threading

import pytest

from blender_addon.core.errors import Cancelled, PathError

pytestmark = pytest.mark.blender


@pytest.fixture
def start():
    pytest.importorskip("bpy")
    from blender_addon.blender.jobs.background import BackgroundTask

    return BackgroundTask


def test_the_result_and_the_progress_arrive(start):
    threads = []

    def job(on_progress):
        threads.append(threading.current_thread())
        assert on_progress(0.75) is True
        return 42

    task = start(job)
    assert task.result() == 42
    assert task.finished
    assert task.progress == 0.75
    assert threads[0] is not threading.current_thread()


def test_an_error_comes_back_on_the_calling_thread(start):
    def job(on_progress):
        raise PathError("too short")

    task = start(job)
    with pytest.raises(PathError, match="too short"):
        task.result()


def test_a_cancelled_job_stops_at_its_next_word(start):
    stopped = []

    def job(progress):
        try:
            while progress(0.1):
                threading.Event().wait(0.001)
        finally:
            stopped.append(True)

    task = start(job)
    task.cancel()
    with pytest.raises(Cancelled):
        task.result()
    assert stopped == [True]


def test_cancelling_does_not_wait_for_a_job_that_says_nothing(start):
    go_on = threading.Event()
    task = start(lambda progress: go_on.wait(60.0))
    task.cancel()
    assert not task.finished
    go_on.set()
    assert task.result() is True
