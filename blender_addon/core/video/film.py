"""What a video pipeline knows of a film: films are shared, as sounds are (core/film)."""

from __future__ import annotations

from ..film.facts import FilmFacts, FilmReader, Picture, steady_times

__all__ = ["FilmFacts", "FilmReader", "Picture", "steady_times"]
