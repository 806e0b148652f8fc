"""Learning from recordings of people who speak and gesture, for whoever has a licence for some."""
