"""What the manual and the README take from the code, so that they cannot disagree."""
