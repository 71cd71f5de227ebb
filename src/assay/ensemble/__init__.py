"""Ensembles: which models are blended, with which weights, and how the blend is calibrated.

Entry points: `greedy.blend` chooses a `candidate.Blend` from `candidate.Candidate`s; `calibrate.calibrate` gives a
`Calibration`; `combine.combine` is the one place where several predictions become one.
"""
