"""What is told of a search while it runs and after its vault was opened."""

from assay.core.event import Scored
from assay.report.event_text import scored_text
from assay.vault.refit_after_opening import too_late


def test_the_time_that_a_fit_on_all_rows_lacked_is_told_with_both_numbers():
    assert too_late(1.2, left=1.2) == ""
    assert too_late(1.2, left=0.74).endswith("takes about 1.2 s, and after the opening 0.7 s were left")
    assert too_late(1.2, left=-6.0).endswith("after the opening none was left")


def test_an_experiment_of_a_twin_is_told_as_such():
    event = Scored(elapsed_seconds=1.0, number=3, what="logistic", status="kept", score=None, against=None)
    assert scored_text(event) == "kept #3 logistic"
    twin = Scored(elapsed_seconds=1.0, number=3, what="logistic", status="kept", score=None, against=None, side="b")
    assert scored_text(twin) == "twin b: kept #3 logistic"
