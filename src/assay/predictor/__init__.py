"""The deployable model: a folder or zip of JSON and arrays, and what answers from it.

Doors: `predictor.Predictor` (of, load, save, predict, predict_proba, check); `passport.Passport`, `member.Ingredient`
and `member.Trained` are what one is made of.
"""
