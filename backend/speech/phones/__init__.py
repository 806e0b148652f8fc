"""Which phones are heard: a small head on the encoder, taught by speech with known phone times."""
