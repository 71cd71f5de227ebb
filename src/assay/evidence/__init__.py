"""Statistics: paired differences, noise, corrected figures. Usable alone on arrays of predictions."""
