"""Sound: waveforms, pitch, who talks when."""
