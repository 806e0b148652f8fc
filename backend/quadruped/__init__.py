"""Training of the quadruped controller: gaits made by synthesis, network, export, measures."""
