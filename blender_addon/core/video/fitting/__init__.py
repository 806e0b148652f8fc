"""A skeleton that does what a tracked person did: camera, place, pose, feet."""
