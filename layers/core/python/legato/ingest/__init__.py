"""From a master as a label hands it over to encrypted renditions and a catalogue entry."""
