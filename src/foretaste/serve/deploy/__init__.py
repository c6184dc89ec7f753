"""Which model answers whom: loaded, checked, swapped, rolled back, and set against another."""
