"""Figures of one summary, as they are shown: they add up, say what they are of, and count what was asked for."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.brief_check import _texts
from assay.cli.leaderboard_lines import board_lines
from assay.cli.line_layout import LineLayout, plain
from assay.cli.status_lines import status_lines
from assay.cli.summary_lines import summary_lines
from assay.cli.task_summary import noise_lines
from assay.core.event import NoiseKnown
from assay.core.figure import Difference, level_text
from assay.core.uncounted_runs import UncountedRuns
from assay.core.views import Summary
from assay.report.brief_text import baseline_text, caption, expected_sentence, optimism_text
from assay.report.figure_text import promise_words
from samples import sample_views

WIDE = LineLayout(140)


def searched(expect: float, search: float, baseline: float, *, half: float, sigma: float) -> Summary:
    """A summary whose exact figures add up: the gain is what is promised above standard LightGBM."""
    gain = Difference(
        value=expect - baseline, origin="corrected", sigma=sigma, df=4.0, n_units=1000,
        low=expect - baseline - 2 * sigma, high=expect - baseline + 2 * sigma, p=None, e=None, over=3,
    )  # fmt: skip
    return sample_views.summary(
        expect=sample_views.figure(expect, corrected=True, half=half), search=sample_views.figure(search, half=half),
        baseline_score=sample_views.figure(baseline, half=half), optimism=search - expect, gain=gain,
    )  # fmt: skip


def first_number(text: str) -> float:
    return float(re.findall(r"[−+]?\d+\.?\d*", text)[0].replace("−", "-"))


def told(summary: Summary) -> str:
    return "\n".join(plain(spans) for spans in summary_lines(WIDE, summary))


def test_a_gain_that_the_rounded_scores_do_not_show_brings_one_more_digit_of_them():
    summary = searched(0.853, 0.8534, 0.826, half=0.02, sigma=0.01)
    assert (summary.expect.text, summary.gain.text, summary.baseline_score.text) == ("0.85", "+0.03", "0.83")
    assert baseline_text(summary) == "0.853 against 0.826 out-of-fold"
    assert "0.853 against 0.826" in told(summary)


@given(
    expect=st.floats(0.6, 0.9), lost=st.floats(0.0, 0.02), gain=st.floats(-0.05, 0.1), half=st.floats(0.004, 0.09),
    sigma=st.floats(0.0011, 0.04),
)  # fmt: skip
def test_scores_gain_and_optimism_subtract_as_they_are_shown(expect, lost, gain, half, sigma):
    summary = searched(expect, expect + lost, expect - gain, half=half, sigma=sigma)
    shown = baseline_text(summary).replace(" out-of-fold", "")
    ours, against, base = shown.partition(" against ") if " against " in shown else (summary.expect.text, "", shown)
    coarsest = min(summary.expect.decimals, summary.gain.decimals)
    gap = float(ours) - float(base)
    assert gap == pytest.approx(first_number(summary.gain.text), abs=0.76 * 10.0**-coarsest)
    if against:
        assert round(gap, summary.gain.decimals) == pytest.approx(first_number(summary.gain.text), abs=1e-9)
    size, unit = optimism_text(summary), 10.0**-summary.expect.decimals
    apart = abs(float(summary.search.text) - float(summary.expect.text))
    if size.startswith("under"):
        assert apart < unit / 2
    else:
        assert first_number(size) == pytest.approx(apart, abs=unit / 100)


def test_blends_and_runs_on_other_folds_are_told_beside_the_experiments_not_among_them():
    beside = UncountedRuns(blends=1, confirmations=2)
    summary = sample_views.summary(experiments=6, kept=1, failed=0, beside=beside)
    assert "6 experiments, 2 runs on other folds and a blend in 58.7 s, 1 kept" in told(summary)
    brief = replace(sample_views.brief(), summary=summary)
    assert caption(brief).startswith("6 experiments, 2 runs on other folds and a blend; 1 kept.")
    shown = status_lines(WIDE, replace(sample_views.lab_status(), beside=UncountedRuns(blends=1)), lab="bank")
    assert "; beside them a blend" in "\n".join(plain(spans) for spans in shown)


@pytest.mark.parametrize(
    ("is_planned", "word", "other"), [(True, "planned", "measured"), (False, "measured", "planned")]
)
def test_every_sigma_says_whether_it_is_planned_or_measured(is_planned, word, other):
    event = NoiseKnown(sigma=0.003, detectable=0.006, method="", is_planned=is_planned)
    board = replace(sample_views.board(), is_sigma_planned=is_planned)
    status = replace(sample_views.lab_status(), is_sigma_planned=is_planned)
    for lines in (noise_lines(WIDE, event), board_lines(WIDE, board), status_lines(WIDE, status, lab="bank")):
        with_sigma = [plain(spans) for spans in lines if "σ 0" in plain(spans)]
        assert len(with_sigma) == 1
        assert word in with_sigma[0]
        assert other not in with_sigma[0]


def test_a_wider_interval_of_a_further_look_at_the_vault_says_why():
    first = replace(sample_views.figure(0.70), origin="vault", certified=True)
    again = replace(first, level=1 - 0.05 / 4)
    why = "98.7 %, not 95 %: each further look at a vault asks for a wider interval"
    assert why not in told(sample_views.summary(expect=first))
    assert again.interval_text.startswith("98.7 % ")
    assert "with 98.7 % confidence" in expected_sentence(sample_views.summary(expect=again))
    assert promise_words(again) == "vault, opened again"
    for columns in (60, 80, 100):
        lines = summary_lines(LineLayout(columns), sample_views.summary(expect=again))
        assert why in " ".join(" ".join(plain(spans) for spans in lines).split())


@pytest.mark.parametrize(("level", "text"), [
    (0.95, "95 %"), (0.9, "90 %"), (0.99, "99 %"), (1 - 0.05 / 4, "98.7 %"),
    (1 - 0.05 / 9, "99.4 %"), (1 - 0.05 / 64, "99.92 %"), (1 - 1e-4, "99.99 %"),
    (1 - 2e-7, "more than 99.99 %"), (1 - 1e-14, "more than 99.99 %"),
])  # fmt: skip
def test_a_level_is_never_rounded_up(level, text):
    assert level_text(level) == text


def test_a_brief_that_an_earlier_version_wrote_with_all_nines_is_what_the_ledger_gives():
    certain = replace(sample_views.figure(0.70), origin="vault", certified=True, level=1 - 2e-7)
    now, before = _texts("brief.md", sample_views.brief(summary=sample_views.summary(expect=certain)), ("bank",))
    assert "with more than 99.99 % confidence" in now
    assert before == now.replace("more than 99.99 %", "99.99998 %")
    first = sample_views.brief(summary=sample_views.summary(expect=replace(certain, level=0.95)))
    assert len(_texts("brief.md", first, ("bank",))) == 1
