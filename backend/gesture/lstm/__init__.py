"""The lecture's network: motion from sound alone by an LSTM, compared over sets of features."""
