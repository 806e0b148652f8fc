"""The quadruped network: its training data in memory, roll-outs, training."""
