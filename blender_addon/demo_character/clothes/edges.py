"""Ways in which cloth ends: pure NumPy-free tables."""

from __future__ import annotations

from .sewing import Edge


def rolled_edge(
    thick_m: float, longer_m: float = 0.0, fall: float = 0.0, follow: float = 0.0
) -> Edge:
    """Cloth that goes on for a while, is rolled over and ends inside."""
    rows = [(longer_m * share, 0.0) for share in ((0.5, 1.0) if longer_m else ())]
    rows += [
        (longer_m + 0.5 * thick_m, -0.25 * thick_m),
        (longer_m + 0.4 * thick_m, -1.1 * thick_m),
        (longer_m - 0.010, -1.3 * thick_m),
        (longer_m - 0.030, -1.6 * thick_m),
    ]
    return Edge(tuple(rows), fall, follow=follow)


def ribbed_edge(thick_m: float, long_m: float, in_m: float = 0.0, fall: float = 0.0) -> Edge:
    """A knitted band."""
    rows = (
        (0.002, thick_m),
        (0.5 * long_m, thick_m - in_m),
        (long_m - 0.002, 0.9 * thick_m - in_m),
        (long_m, -in_m),
        (long_m - 0.004, -0.7 * thick_m - in_m),
        (0.0, -0.9 * thick_m - in_m),
    )
    return Edge(rows, fall, 4, 1.0 if fall else 0.0)
