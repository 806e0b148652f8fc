"""Recordings of people who speak and gesture, read in the layouts they are distributed in."""
