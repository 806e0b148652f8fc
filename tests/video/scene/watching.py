"""Sees in whatever film a person who steps on the spot and then lifts the arms."""

from __future__ import annotations

from dataclasses import replace

from blender_addon.core.jobs import Progress
from blender_addon.core.video.fitting.fit import fit_body
from blender_addon.core.video.request import VideoResult
from tests.shared.core.motion_samples import stepping_clip
from tests.video.fitting.stand_in import camera_at, film


class Watcher:
    """A video pipeline without networks; ``read`` tells which pictures it looked at."""

    def __init__(self):
        self.read = []
        self.solved = []
        self._lifted = None

    def track(self, reader, request, on_progress=None):
        progress = Progress.of(on_progress)
        count = request.last - request.first + 1
        for number, picture in enumerate(reader.pictures(request.first, request.last)):
            self.read.append(None if picture is None else picture.shape)
            progress((number + 1) / count)
        rate = reader.facts.frame_rate_hz
        clip = replace(stepping_clip(frames=count), frame_rate_hz=rate)
        seen = film(clip, camera_at(count, size_px=reader.facts.size_px))
        self._lifted = seen.lifted
        return replace(seen.tracked, first_frame=request.first, frame_rate_hz=rate)

    def solve(self, tracked, request, on_progress=None):
        self.solved.append(request)
        fitted = fit_body(tracked, self._lifted, request, on_progress)
        return VideoResult(tracked, self._lifted, fitted)
