"""Recordings of faces that speak, as a studio has them: meshes, weights or markers with sound."""
