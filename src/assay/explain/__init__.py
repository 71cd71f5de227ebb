"""Why a model answers as it does, and where it fails: arrays and columns in, frozen values out; knows no lab.

Doors: `error_slices.error_slices`, `label_noise.suspect_labels`, `effect_curves.effect_curve`.
"""
