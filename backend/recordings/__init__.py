"""What recorded people come with, whatever is learned from them: sound, words, faces."""
