"""Forty experiments with a hint and a study in between: one record of all, which audits, replays and is told."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.models import registry as models
from assay.search.settings import FitSettings

pytestmark = pytest.mark.slow
FAST = {"constant", "linear", "lightgbm"}


def table(n=1100):
    """Numbers, a category whose slope differs, and a target of their law."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({name: rng.normal(size=n).round(3) for name in ("a", "b", "c")})
    frame["site"] = rng.choice(["north", "south"], n)
    law = frame["a"] * np.where(frame["site"] == "north", 2.0, -2.0) + frame["b"]
    return frame.assign(y=(law + rng.normal(0, 0.4, n)).round(4))


def test_a_search_a_hint_a_study_and_what_follows_are_one_record(tmp_path):
    table().to_csv(tmp_path / "t.csv", index=False)
    lab = tmp_path / "t.lab"
    fit(
        str(tmp_path / "t.csv"), TaskOptions(target="y"),
        FitSettings(
            budget=Budget(experiments=20), out=str(lab), vault=0.2, without=frozenset(models.names()) - FAST,
        ),
        context=RunContext(inline=True),
    )  # fmt: skip
    Lab.open(lab).hint("try the ratio of a and b")
    notes = Lab.open(lab).study()
    assert any("segment_slope" in {fact.code for fact in note.found} for note in notes)
    summary = research_lab(lab, GoOn(budget=Budget(experiments=40)), context=RunContext(inline=True))
    assert summary.experiments == 40
    done = Lab.open(lab)
    asked = [entry.experiment for entry in done.state.entries.values()]
    assert {"human", "study", "moves"} <= {one.by for one in asked}
    assert all(one.hints for one in asked if one.by == "human")
    assert done.audit().ok
    done.close()
    brief = (lab / "brief.md").read_text()
    assert "try ratio of a and b" in brief
    assert "another slope for each site" in brief
