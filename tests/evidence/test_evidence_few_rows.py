"""Eight rows support no four decimals, and models that say the same measure no noise of zero."""

import numpy as np
import pytest

from assay.core.figure import Figure
from assay.core.problem.binary import Binary
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import figure
from assay.evidence.noise import ENOUGH, Noise, NoiseHistory
from assay.evidence.paired import compare
from assay.metrics.choose_metric import find

ROWS = Rows(y=np.repeat([0, 1], 4), problem=Binary())
AUC = find("auc", Binary())
PLANNED = Noise.planned(AUC.name, Binary(), ROWS.y, is_grouped=False)


def test_a_perfect_score_of_eight_rows_has_no_four_decimals():
    found = figure(AUC, ROWS, np.linspace(0, 1, 8))
    assert (found.text, found.value) == ("1.0", 1.0)


@pytest.mark.parametrize(
    ("value", "rows", "text"), [(1.0, 8, "1.0"), (0.875, 8, "0.88"), (0.0034, 8, "0.0034"), (1234.5, 8, "1,200"),
                                (0.0, 8, "0.0"), (1.0, 100, "1.0000")],
)  # fmt: skip
def test_a_score_of_few_rows_has_two_significant_digits(value, rows, text):
    assert Figure(value=value, metric="auc", origin="oof", rows=rows).text == text


def test_models_that_say_the_same_leave_the_noise_as_planned():
    heard = NoiseHistory()
    answers = np.linspace(0, 1, 8)
    for number in range(ENOUGH + 1):
        same = compare(AUC, ROWS, answers, answers**2, noise=PLANNED)
        assert (same.text, same.sigma_text) == ("+0", "0")
        heard.take(number, same, None, is_same=False)
    assert heard.noise(PLANNED).sigma == PLANNED.sigma is not None
