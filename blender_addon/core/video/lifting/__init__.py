"""From points in a picture to fourteen joints in space."""
