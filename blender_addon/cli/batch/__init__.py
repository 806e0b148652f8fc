<<<<<<< HEAD
"""Many shots in a row: ``blender -b --command neural_motion run jobs.toml``."""
=======
"""Many shots in a row, on the command line."""
>>>>>>> origin/main
