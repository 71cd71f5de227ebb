"""What is told of a search while it runs and after its vault was opened."""

from assay.vault.refit_after_opening import too_late


def test_the_time_that_a_fit_on_all_rows_lacked_is_told_with_both_numbers():
    assert too_late(1.2, left=1.2) == ""
    assert too_late(1.2, left=0.74).endswith("takes about 1.2 s, and after the opening 0.7 s were left")
    assert too_late(1.2, left=-6.0).endswith("after the opening none was left")
