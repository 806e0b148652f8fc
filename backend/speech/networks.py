"""The networks of speech by name."""

from __future__ import annotations

REGRESSION, DIFFUSION, CNN2017, PHONES, ENCODER = (
    "regression", "diffusion", "cnn2017", "phones", "encoder",
)  # fmt: skip
