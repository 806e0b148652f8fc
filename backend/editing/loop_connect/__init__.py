"""How good loops and connections are."""
