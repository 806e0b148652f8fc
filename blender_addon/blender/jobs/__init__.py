"""Work on a thread, with progress and Esc."""
