"""From a recipe to fitted steps and out-of-fold predictions: cache, fold views, fits."""
