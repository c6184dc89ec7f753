"""Search as you type over the titles of a catalogue."""
