"""A job on a worker thread: its progress, its result, its error, its end on request."""

from __future__ import annotations

import threading
import time

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


def test_cancelling_waits_until_the_job_has_stopped(start):
    stopped = []

    def job(on_progress):
        while on_progress(0.1):
            time.sleep(0.005)
        time.sleep(0.05)
        stopped.append(True)
        raise Cancelled("cancelled; nothing was changed")

    task = start(job)
    assert not task.finished
    task.cancel()
    assert stopped == [True]
    assert task.finished
    with pytest.raises(Cancelled):
        task.result()
