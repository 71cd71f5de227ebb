"""A failure that several families share is told first, and `doctor --try` finds it."""

import re

import pytest

from assay.cli.line_layout import LineLayout, plain
from assay.cli.summary_lines import summary_lines
from assay.core.errors import AssayWarning
from assay.estimator.auto_model import warn_of
from assay.features import registry
from assay.lab.trial_fits import trial_fits
from assay.models import registry as models


@pytest.fixture
def broken_impute(monkeypatch):
    """What the step `impute` does with a version of a library that it cannot live with."""

    def fit(self, table, target, *, seeds):
        raise TypeError("The field 'fill' has no stored form.")

    monkeypatch.setattr(registry.get("impute"), "fit", fit)


def test_what_several_families_fail_of_is_a_warning_before_all_others(run, here, broken_impute) -> None:
    families = frozenset({"constant", "linear", "svm", "gp"})
    # a path of its own, as this process keeps designs of other tests by theirs
    summary = run(
        experiments=6, without=frozenset(models.names()) - families, out=str(here / "broken.lab"), write_brief=True
    )
    assert summary.failed > 1
    first = summary.warnings[0]
    assert first.code == "model/families-failed"
    assert re.match(
        r"\d kinds of model failed for one reason \(step impute: TypeError: The field 'fill'", first.message
    )
    assert first.do == "assay doctor --try"
    said = [plain(one) for one in summary_lines(LineLayout(100), summary)]
    assert said[1].startswith("  fault")
    assert "kinds of model failed for one reason" in (here / "broken.lab" / "brief.md").read_text()
    with pytest.warns(AssayWarning, match="kinds of model failed for one reason"):
        warn_of(summary.warnings[:1])


def test_a_search_in_which_nothing_failed_has_no_such_warning(made) -> None:
    assert not [one for one in made().warnings if one.code == "model/families-failed"]


@pytest.mark.slow
def test_every_family_and_step_works_on_this_machine() -> None:
    assert [one for one in trial_fits() if one.failure is not None] == []


@pytest.mark.slow
def test_a_trial_names_the_step_at_fault(broken_impute) -> None:
    failed = {one.name: one.failure for one in trial_fits() if one.failure is not None}
    assert "linear" in failed
    assert "lightgbm" not in failed
    assert {failure.step for name, failure in failed.items() if not name.startswith("impute_")} == {"impute"}
