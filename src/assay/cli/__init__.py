"""The command line, a thin layer over lab and predictor."""
