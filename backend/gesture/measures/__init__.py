"""What gestures and dances are measured by, for every network alike."""
