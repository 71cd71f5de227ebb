"""A figure that a few rows carry says so where it stands."""

import numpy as np
import pandas as pd
import pytest

from assay.cli.line_layout import LineLayout, plain
from assay.cli.summary_lines import summary_lines
from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings

SAID = "rows make"


@pytest.fixture(scope="module")
def summaries(tmp_path_factory):
    """Of a target whose squares have no mean, and of one as usual."""
    folder, rng = tmp_path_factory.mktemp("tails"), np.random.default_rng(0)
    x, out = rng.normal(size=(500, 2)).round(3), {}
    for name, noise in (("pareto", rng.pareto(1.3, 500)), ("normal", rng.normal(size=500))):
        table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "cost": (x[:, 0] + noise).round(3)})
        table.to_csv(folder / f"{name}.csv", index=False)
        settings = FitSettings(
            budget=Budget(experiments=1), out=str(folder / f"{name}.lab"), families=frozenset({"linear"})
        )
        task = TaskOptions(target="cost", metric="rmse")
        out[name] = fit(str(folder / f"{name}.csv"), task, settings, context=RunContext(inline=True))
    return folder, out


@pytest.mark.slow
def test_a_pareto_target_has_a_warning_beside_its_figure_and_a_usual_one_has_not(summaries):
    folder, found = summaries
    (notice,) = (one for one in found["pareto"].warnings if one.code == "evidence/few-rows-carry")
    assert "RMSE may be several times as large" in notice.message
    assert "mae" in notice.do
    lines = [plain(one).split() for one in summary_lines(LineLayout(200), found["pareto"])]
    labels = [words[0] for words in lines if words]
    assert labels.index("unsure") == labels.index("expect") + 1
    good = (folder / "pareto.lab" / "brief.md").read_text().split("## How good it is")[1].split("##")[0]
    assert SAID in good
    assert not [one for one in found["normal"].warnings if one.code == "evidence/few-rows-carry"]
    assert SAID not in (folder / "normal.lab" / "brief.md").read_text()


@pytest.mark.slow
def test_nothing_is_said_of_losses_that_a_function_of_ones_own_measures(tmp_path):
    from sklearn.metrics import mean_squared_log_error

    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=300), "cost": rng.pareto(1.1, 300)})
    settings = FitSettings(budget=Budget(experiments=1), out=str(tmp_path / "own.lab"), families=frozenset({"linear"}))
    context = RunContext(inline=True, write_brief=False)
    found = fit(table, TaskOptions(target="cost", metric=mean_squared_log_error), settings, context=context)
    assert not [one for one in found.warnings if one.code == "evidence/few-rows-carry"]
