"""The network of 2017: autocorrelations of the waveform to a face."""
