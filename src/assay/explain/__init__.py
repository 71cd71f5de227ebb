"""What a model's answers rest on: slices, label noise, effects, SHAP values; knows no lab."""
