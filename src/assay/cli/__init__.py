"""The command line: a thin surface over the lab and the predictor."""
