"""The learned policy: what it practises on, its network, how it learns."""
