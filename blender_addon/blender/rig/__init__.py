"""Armatures: reading skeletons, joints, controls; poses as channels."""
