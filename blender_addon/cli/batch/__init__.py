"""Many shots in a row: ``blender -b --command neural_motion run jobs.toml``."""
