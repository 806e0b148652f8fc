"""Films to read, encoded once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """Short films whose pictures tell their numbers, in every container."""
    pytest.importorskip("bpy")
    from tests.video.film.made_films import write_film

    folder = tmp_path_factory.mktemp("films")
    made = {
        "mp4": write_film(folder / "plain.mp4"),
        "mov": write_film(folder / "slow.mov", rate=30 / 1.001),
        "mkv": write_film(folder / "plain.mkv", rate=12.0),
        "avi": write_film(folder / "plain.avi", rate=60.0),
    }
    return SimpleNamespace(folder=folder, **made)
