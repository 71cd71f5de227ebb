"""The main job under scikit-learn's conventions."""
