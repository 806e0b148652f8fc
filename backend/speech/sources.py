"""Whose data teach speech, as contracts, cards and the licence page state it."""

from __future__ import annotations

from typing import Final

from blender_addon.core.inference.contract_types import DataSource

FACEGOOD_SOURCE: Final = DataSource(
    "FACEGOOD Audio2Face, recordings with curves (one actor, Mandarin, animated by hand)",
    "MIT",
    "Copyright (c) 2022-2032 The FACEGOOD Authors, github.com/FACEGOOD/FACEGOOD-Audio2Face",
)
ESPEAK_SOURCE: Final = DataSource(
    "Synthetic speech with phone times, made with espeak-ng; curves by a coarticulation model",
    "made by this project",
    "espeak-ng, GPL-3.0-or-later, github.com/espeak-ng/espeak-ng (the library, not shipped)",
)
NATURAL_SOURCE: Final = DataSource(
    "Synthetic speech with phone times, made with a Piper voice; curves by a coarticulation model",
    "made by this project",
    "voice en_US-joe-medium, CC0, github.com/NabuCasa/voice-datasets and "
    "huggingface.co/rhasspy/piper-voices (the voice, not shipped)",
)
GRID_SOURCE: Final = DataSource(
    "GRID audiovisual sentence corpus, sound, and curves measured from its videos (one speaker)",
    "CC BY 4.0",
    "Martin Cooke, Jon Barker, Stuart Cunningham and Xu Shao, An audio-visual corpus for speech "
    "perception and automatic speech recognition, JASA 120(5), 2006, zenodo.org/records/3625687; "
    "changed by us: sound at 16 kHz, pictures replaced by face curves, head pose and lip geometry "
    "that MediaPipe's face landmarker (Apache-2.0) estimates",
)
TEACHER_SOURCES: Final = (FACEGOOD_SOURCE, ESPEAK_SOURCE, NATURAL_SOURCE, GRID_SOURCE)
"""Of a model that learned from all three teachers."""
