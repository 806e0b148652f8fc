"""The network that lifts points in a picture into space: its samples, training and export."""
