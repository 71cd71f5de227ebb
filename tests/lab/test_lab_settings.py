"""Who proposes follows from what a person asked for."""

import pytest

from assay.research import registry
from assay.search.director import searches
from assay.search.settings import BEHIND_A_VAULT, RESEARCHERS, FitSettings


@pytest.mark.parametrize("name", [*RESEARCHERS, *BEHIND_A_VAULT])
def test_everyone_who_is_asked_is_there(name):
    assert name in registry


def test_columns_are_built_on_scores_only_where_a_vault_tells_the_figure():
    assert not set(BEHIND_A_VAULT) & set(FitSettings().proposers)
    assert set(BEHIND_A_VAULT) <= set(FitSettings(vault=0.2).proposers)
    assert all(searches(name) for name in BEHIND_A_VAULT)
    assert not searches("features")


def test_who_was_named_is_asked_and_nobody_else():
    assert FitSettings(vault=0.2, researchers=("portfolio",)).proposers == ("portfolio",)
    assert FitSettings(vault=0.2, preset="interpretable").proposers == ("readable",)
