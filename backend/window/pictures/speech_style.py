"""The sliders and options of speech."""

from __future__ import annotations

import album

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("speech", "speech_style", "speech_options")}


def steps(desk: album.Album) -> album.Waits:
    """As they are for a new character."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    yield from desk.panel("speech_style")


album.start(steps, "speech_style", _OPEN)
