"""Which models together, with which weights.

Doors: `greedy.blend` chooses a `candidate.Blend` from `candidate.Candidate`s; `calibrate.calibrate` gives a
`Calibration`; `combine.combine` is the one place where several predictions become one.
"""
