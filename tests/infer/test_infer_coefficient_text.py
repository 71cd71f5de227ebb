"""Answers as people read them: units, baselines, a factor as a whole, how sure in digits that tell."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.cli.inference_lines import inference_lines
from assay.cli.line_layout import LineLayout, plain
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.coefficient_text import sure_text
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question, UnusedRows
from assay.report.inference_text import answer_text

N = 400
OPINIONS = ("Strongly disagree", "Disagree", "Agree", "Strongly agree")


@pytest.fixture(scope="module")
def survey():
    rng = np.random.default_rng(5)
    place = rng.integers(0, 4, N)
    frame = pd.DataFrame({"opinion": np.array(OPINIONS)[place], "arm": rng.choice(["control", "treated"], N)})
    frame.loc[:9, "opinion"] = "Don't know"
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D")
    frame["score"] = 2.0 * (place == 3) + rng.normal(size=N)
    frame["renew"] = np.where(rng.uniform(size=N) < 0.3 + 0.1 * place, "yes", "no")
    return frame


def found(frame, target, **options):
    return infer_table(read_table(frame), TaskOptions(target=target), Question(**options))


def shown(frame, target, **options):
    return [plain(line) for line in inference_lines(LineLayout(100), found(frame, target, **options), everything=False)]


@pytest.mark.slow
def test_times_as_high_as_for_and_higher_than_for(survey):
    arms = survey[["arm", "score", "renew"]]
    assert " times as high for arm = treated as for control" in answer_text(found(arms, "renew", effect="arm"))
    assert " for arm = treated than for control" in answer_text(found(arms, "score", effect="arm"))


def test_an_order_of_words_is_held_against_its_lowest_and_a_single_odd_word_keeps_its_name(survey):
    one = found(survey, "score")
    assert {c.against for c in one.coefficients if c.column == "opinion"} == {"Strongly disagree"}
    assert {c.level for c in one.coefficients if c.column == "opinion"} == {*OPINIONS[1:], "Don't know"}


def test_levels_are_written_out_and_their_baselines_named_once(survey):
    lines = shown(survey, "score")
    assert any(line.startswith("  opinion = Strongly agree ") for line in lines)
    assert any("held against opinion = Strongly disagree, arm = " in line for line in lines)
    assert any(line.startswith("  day, per year ") for line in lines)


def test_a_factor_is_answered_as_a_whole_and_its_levels_by_holm(survey):
    one = found(survey, "score", effect="opinion", adjust=("arm",))
    effects = [c for c in one.coefficients if c.role == "effect"]
    assert all(c.holm >= c.shown.p for c in effects)
    text = answer_text(one)
    assert text.startswith("opinion as a whole is told apart from no effect (F(4, ")
    assert "opinion = Strongly agree than for Strongly disagree" in text
    assert text.count("not told apart") == 1
    assert any("opinion has 5 levels" in note for note in one.notes)
    nothing = answer_text(found(survey.assign(score=np.random.default_rng(0).normal(size=N)), "score",
                                effect="opinion", adjust=("arm",)))  # fmt: skip
    assert nothing.startswith("not told apart from no effect: opinion as a whole (F(4, ")
    assert nothing.count("not told apart") == 1


@pytest.mark.slow
@pytest.mark.parametrize(("level", "text"), [(0.05, "95 %"), (0.0125, "98.75 %"), (1.2e-05, "more than 99.99 %")])
def test_how_sure_never_rounds_to_certain(survey, level, text):
    assert sure_text(level) == text
    lines = shown(survey, "score", effect="arm", unused=UnusedRows(level=level))
    assert any(f"  {text} " in line for line in lines)
    notes = " ".join(" ".join(lines).split())
    assert ("as earlier looks were paid for" in notes) == (level != 0.05)


def test_one_row_is_no_rows(survey):
    rare = survey.assign(renew=np.where(np.arange(N) < 4, "yes", "no")).drop(columns=["day"])
    check = next(one for one in found(rare, "renew").checks if one.name == "rows")
    assert check.message.startswith("only 1 row of the rarest class for each coefficient")


def test_double_learning_of_a_date_is_told_per_year(survey):
    assert any("partially linear: " in line and " per year (95 %" in line
               for line in shown(survey, "score", effect="day", adjust=("arm",)))  # fmt: skip


def test_a_date_whose_year_would_multiply_odds_by_thousands_is_told_by_the_day():
    """Two dates of one booking: the odds hang on the days between them."""
    rng = np.random.default_rng(3)
    booked = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D")
    lead = rng.integers(0, 120, N)
    frame = pd.DataFrame({"booked": booked, "arrives": booked + pd.to_timedelta(lead, unit="D")})
    frame["cancelled"] = np.where(rng.uniform(size=N) < 1 / (1 + np.exp(2 - 0.04 * lead)), "yes", "no")
    (row,) = [line for line in shown(frame, "cancelled") if line.startswith("  arrives, per day ")]
    assert 1.02 < float(row.split()[3]) < 1.06
    assert "∞" not in row


def test_the_interval_of_a_percentage_is_told_in_percent():
    rng = np.random.default_rng(1)
    arm = rng.choice(["control", "treated"], N)
    counts = pd.DataFrame({"arm": arm, "visits": rng.poisson(np.exp(0.5 + 0.3 * (arm == "treated")))})
    text = answer_text(found(counts, "visits", effect="arm", family="poisson"))
    assert text.startswith("visits is ")
    assert text.count("% higher") + text.count("% lower") == 3
