"""BVH files: `read_bvh` and `write_bvh`."""

from __future__ import annotations

from .read import read_bvh
from .write import write_bvh

__all__ = ["read_bvh", "write_bvh"]
