"""Many shots in a row, on the command line."""
