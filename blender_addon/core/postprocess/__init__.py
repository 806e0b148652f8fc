"""What is done to a motion after the network."""
