"""From recipes to fitted steps and out-of-fold predictions: caches, fold views, fits."""
