"""The motion prior: what two seconds of motion are like, and the lectures' generative models."""
