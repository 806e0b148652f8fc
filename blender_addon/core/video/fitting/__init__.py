"""A skeleton that does what a tracked person did: camera, place, pose, feet."""

from .camera import camera_of
from .fit import fit_body

__all__ = ["camera_of", "fit_body"]
