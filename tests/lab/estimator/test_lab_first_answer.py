"""What an estimator's first answer costs after a fit that had time left."""

import cProfile
import pstats

import numpy as np
import pandas as pd
import pytest

from assay.estimator.estimator import AutoClassifier

N = 120


@pytest.mark.parametrize("n", [1, N])
def test_the_first_answer_after_a_fit_need_not_restore_the_models(n):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 3)), columns=list("abc"))
    fitted = AutoClassifier(time_limit=2, random_state=0).fit(X, (X["a"] > 0).to_numpy())

    def calls() -> int:
        profile = cProfile.Profile()
        profile.runcall(lambda: fitted.predictor_.predict_proba(X.head(n)))
        return int(pstats.Stats(profile).total_calls)

    assert calls() < 2 * calls()
