"""Who proposes follows from what a person asked for."""

import pytest

from assay.core.contract import ResearcherTraits
from assay.core.errors import UsageError
from assay.research import pool_of, queue, registry, takes_turns
from assay.search.settings import FitSettings

USUAL = ("features_first", "portfolio", "features", "repeats", "neighbours", "tpe", "stack")


def test_the_usual_queue_is_what_researchers_declare():
    assert queue(has_vault=False) == FitSettings().proposers == USUAL
    assert [pool_of(name) for name in USUAL] == ["fixed"] * 4 + ["bounded"] * 3


def test_every_other_pool_counts_as_adaptive():
    assert {name for name in registry.names() if pool_of(name) == "adaptive"} == {
        "ablate",
        "features_kept",
        "human",
        "moves",
        "study",
    }


def test_columns_are_built_on_scores_only_where_a_vault_tells_the_figure():
    with_vault = tuple(name for name in USUAL if name != "features")  # moves tries the same sets there, where they pay
    assert FitSettings(vault=0.2).proposers == ("ablate", *with_vault, "study", "moves")
    assert takes_turns("moves", has_vault=True)
    assert not takes_turns("features", has_vault=False)


def test_every_researcher_says_where_its_proposals_come_from():
    assert all(isinstance(cls.traits, ResearcherTraits) for _, cls in registry)

    class Mute:
        """Says nothing of itself."""

    with pytest.raises(UsageError, match="says nothing of itself in `traits`") as error:
        registry.register("mute")(Mute)
    assert "ResearcherTraits()" in error.value.do[0]


def test_who_was_named_is_asked_and_nobody_else():
    assert FitSettings(vault=0.2, researchers=("portfolio",)).proposers == ("portfolio",)
    assert FitSettings(vault=0.2, preset="interpretable").proposers == ("readable",)
