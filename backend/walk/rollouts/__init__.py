"""Roll-outs: windows of training data in which the network lives on its own poses."""
