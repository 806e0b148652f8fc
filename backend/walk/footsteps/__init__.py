"""Training motion whose feet are set anew: askew, backward, on the spot, tread by tread."""
