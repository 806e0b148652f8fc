"""Published recordings of poses, read from the files as their owners give them: research only."""
