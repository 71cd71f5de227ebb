"""From a search to a saved model; finish.py has the order.

What may ship (eligible_models), the blend of it (ensemble_choice) or one model (model_pick), fits on all rows
(refitting), labels (calibration_and_labels), the bundle (shipping), and the figure it promises.
"""
