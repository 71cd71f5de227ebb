"""What people see: words, numbers, widths."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from assay.cli.experiment_lines import diff_lines, record_lines, why_lines
from assay.cli.leaderboard_lines import board_lines, shown_rows
from assay.cli.line_layout import Line, LineLayout, plain
from assay.cli.live_lines import live_lines
from assay.cli.status_lines import LabRow, labs_lines, status_lines, welcome_lines
from assay.cli.summary_lines import summary_lines
from assay.cli.task_summary import head_lines
from assay.core.result import Failure
from assay.core.views import Unranked
from each import each
from samples import sample_views

WIDTHS = (100, 80, 60, 58, 40)
AVOIDED = (
    r"\btrials?\b", r"\bholdout\b", r"\bsignificant", r"\bimprovement", r"\boptimal\b", r"state of the art",
    r"\bpowerful\b", r"\bsmart\b", r"\bmagic\b", r"\bsimply\b", r"\bjust\b", r"\beasy\b", r"\bplease\b", r"\bsorry\b",
    r"successfully", "±", r"\bN/A\b", r"\busers?\b", "!",
)  # fmt: skip
UNBUILT = re.compile(
    r"assay (?:study|pack|auto|mcp|ui|discover|components|new|init|monitor|retrain|serve|export|chat|help)\b"
)
LAB_ROW = LabRow(sample_views.lab_status(), "bank.lab", 31_000_000, "2026-03-04 12:00 UTC")
FACES: dict[str, Callable[[LineLayout], list[Line]]] = {
    "summary": lambda layout: summary_lines(
        layout, sample_views.summary(), again="assay fit bank.csv.gz --time-limit 10m"
    ),
    "board": lambda layout: board_lines(layout, sample_views.board()),
    "show": lambda layout: record_lines(layout, sample_views.record(17)),
    "failed": lambda layout: record_lines(layout, sample_views.record(19), lab="bank"),
    "why": lambda layout: why_lines(layout, sample_views.record(17)),
    "diff": lambda layout: diff_lines(layout, sample_views.diff()),
    "status": lambda layout: status_lines(layout, sample_views.lab_status(), lab="bank"),
    "head": lambda layout: head_lines(layout, sample_views.understood()),
    "welcome": lambda layout: welcome_lines(layout, "0.1.0", (sample_views.lab_status(),)),
    "labs": lambda layout: labs_lines(layout, (LAB_ROW,)),
}


def text(lines: list[Line], layout: LineLayout | None = None) -> str:
    shown = layout or LineLayout()
    return "\n".join(shown.mark(plain(spans)).rstrip() for spans in lines)


def numbers(shown: str) -> set[str]:
    return set(re.findall(r"[−+]?\d[\d,]*\.?\d*", shown))


@each("name", FACES)
@each("columns", [100, 80, 60])
def test_no_line_is_wider_than_the_terminal(name: str, columns: int) -> None:
    layout = LineLayout(columns)
    for spans in FACES[name](layout):
        assert len(plain(spans).rstrip()) <= columns


@each("name", FACES)
@each("pattern", AVOIDED)
def test_words_to_avoid_are_avoided(name: str, pattern: str) -> None:
    assert not re.search(pattern, text(FACES[name](LineLayout())), re.IGNORECASE)


@each("name", FACES)
def test_no_face_suggests_a_command_that_is_not_built(name: str) -> None:
    assert not UNBUILT.search(text(FACES[name](LineLayout())))


@each("name", FACES)
def test_ascii_marks_are_enough(name: str) -> None:
    layout = LineLayout(100, ascii=True)
    assert text(FACES[name](layout), layout).isascii()


def test_the_summary_has_at_most_twelve_lines_and_ends_in_commands() -> None:
    for columns in (100, 80):
        lines = summary_lines(
            LineLayout(columns), sample_views.summary(), again="assay fit bank.csv.gz --time-limit 10m"
        )
        assert len(lines) <= 12
        assert plain(lines[-2]).strip().startswith("assay predict bank new.csv")
        assert plain(lines[-1]).strip().startswith("assay fit bank.csv.gz --time-limit 10m")


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_narrow_summary_loses_words_and_never_numbers(columns: int) -> None:
    def shown(width: int) -> str:
        return text(summary_lines(LineLayout(width), sample_views.summary())).replace("\n", " ")

    assert numbers(shown(100)) == numbers(shown(columns))


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_summary_leaves_clauses_out_whole_and_cuts_no_sentence(columns: int) -> None:
    first = "region, a rather long name of a column and a second one of the kind matter most"
    value = replace(
        sample_views.summary(), learned=f"{first}; {'education and so on, ' * 9}make no difference; the last"
    )
    shown = re.sub(r"\s+", " ", text(summary_lines(LineLayout(columns), value)))
    assert f"learned {first} brief" in shown


def test_the_summary_says_where_each_figure_comes_from() -> None:
    shown = text(summary_lines(LineLayout(), sample_views.summary()))
    assert "corrected for choosing the best" in shown
    assert "so the optimism of choosing was 0.001" in shown
    assert re.search(r"gain +\+0\.009 \(95 % 0\.007 to 0\.011\) over standard LightGBM, 0\.799 out-of-fold", shown)


def test_the_gain_and_the_baseline_beside_it_add_up_to_what_is_promised() -> None:
    on_vault = replace(sample_views.figure(0.8600), origin="vault")
    gain = replace(sample_views.difference(0.0150, sigma=0.016, origin="vault"), low=-0.015, high=0.05)
    value = sample_views.summary(
        expect=replace(on_vault, low=0.78, high=0.92), gain=gain, baseline_score=replace(on_vault, value=0.83)
    )
    shown = text(summary_lines(LineLayout(), value))
    assert "expect   ROC AUC 0.86 " in shown
    assert "+0.01 (95 % −0.01 to 0.05) over standard LightGBM, 0.85 on the vault" in shown
    assert "0.83" not in shown
    lower = replace(value, higher_is_better=False)
    assert "LightGBM, 0.87 on the vault" in text(summary_lines(LineLayout(), lower))


def test_a_figure_without_an_interval_says_why() -> None:
    figure = replace(sample_views.figure(8.85), low=None, high=None, digits=1, method="too few rows for an interval")
    gain = replace(sample_views.difference(0.6, sigma=0.1), low=None, high=None)
    shown = text(summary_lines(LineLayout(), sample_views.summary(expect=figure, gain=gain)))
    assert "no interval: too few rows" in shown
    assert "+0.6 (σ 0.1, no interval) over" in shown
    uncorrected = replace(figure, method="not corrected: too few usable resamples")
    assert "no interval: too few rows" in text(
        summary_lines(LineLayout(), sample_views.summary(expect=uncorrected, search=figure))
    )


def test_what_a_vault_differs_by_is_not_all_called_optimism() -> None:
    value = sample_views.summary(expect=replace(sample_views.figure(0.82), origin="vault"), optimism=-0.02)
    assert "; the vault is no worse" in text(summary_lines(LineLayout(), value))
    worse = sample_views.summary(expect=replace(sample_views.figure(0.79), origin="vault"), optimism=0.02)
    shown = text(summary_lines(LineLayout(), worse))
    assert "worse: by choosing, and by which rows these are" in shown
    assert "optimism" not in shown


def test_a_figure_that_nothing_corrected_says_why() -> None:
    figure = replace(sample_views.figure(0.81), method="not corrected: too few usable resamples (12) for the choice")
    reason = "not corrected for choosing: too few usable resamples (12)"
    assert reason in text(summary_lines(LineLayout(), sample_views.summary(expect=figure)))
    assert reason in text(status_lines(LineLayout(), sample_views.lab_status(expect=figure), lab="bank"))
    assert "not corrected for" not in text(summary_lines(LineLayout(), sample_views.summary()))


def test_the_head_says_why_there_are_fewer_than_five_folds() -> None:
    seen = sample_views.understood()
    reason = "3 stratified folds: each has the class shares of the whole; not 5, as the rarest class has 3 rows"
    few = replace(seen, task=replace(seen.task, n_folds=3, split_kind="stratified", split_reason=reason))
    assert "3 stratified folds; not 5, as the rarest class has 3 rows" in " ".join(
        text(head_lines(LineLayout(), few)).split()
    )


def test_experiments_that_did_not_end_are_counted_as_that_everywhere() -> None:
    board = replace(
        sample_views.board(),
        unranked=(Unranked(number=6, what="svm", reason="not ended", detail="the search ended first"),),
    )
    assert "1 not ended (#6)" in text(board_lines(LineLayout(), board))
    status = sample_views.lab_status()
    assert "; 2 not ended" in text(status_lines(LineLayout(), replace(status, running=(), unfinished=2), lab="bank"))


def test_the_board_says_whose_time_and_size_it_shows() -> None:
    note = "ms/row and MB are those of one fold's models"
    assert note in text(board_lines(LineLayout(100), sample_views.board()))
    assert note not in text(board_lines(LineLayout(72), sample_views.board()))


def test_the_head_says_how_many_rows_were_set_aside() -> None:
    seen = replace(sample_views.understood(), set_aside=125)
    assert "125 more set aside in a vault" in text(head_lines(LineLayout(), seen))


def test_what_is_unknown_has_no_number() -> None:
    bare = sample_views.summary(expect=None, search=None, optimism=None, gain=None, model=None, learned="")
    shown = text(summary_lines(LineLayout(), bare))
    assert "expect   –" in shown
    assert "nan" not in shown
    assert "gain" not in shown
    assert "assay predict" not in shown


def test_a_lab_path_with_a_space_is_quoted() -> None:
    shown = text(summary_lines(LineLayout(), sample_views.summary(lab_path="my labs/bank.lab")))
    assert "assay predict 'my labs/bank.lab' new.csv" in shown


def test_ties_are_shown_as_ties() -> None:
    shown = text(board_lines(LineLayout(), sample_views.board()))
    assert "   2=  25" in shown
    assert "not told apart" in shown


def test_the_board_shows_the_first_five_the_baseline_and_the_best_of_each_family() -> None:
    rows = shown_rows(sample_views.board().rows)
    assert [row.number for row in rows[:5]] == [row.number for row in sample_views.board().rows[:5]]
    assert any(row.is_baseline for row in rows)
    assert {row.family for row in rows} == {row.family for row in sample_views.board().rows}
    assert f"{len(sample_views.board().rows) - len(rows)} more: --all" in text(
        board_lines(LineLayout(), sample_views.board())
    )


@pytest.mark.parametrize(
    ("columns", "gone"), [(100, []), (88, ["by"]), (80, ["by", "MB", "ms/row"]), (72, ["by", "MB", "ms/row", "fit s"])]
)
def test_board_columns_leave_in_their_order(columns: int, gone: list[str]) -> None:
    header = next(
        plain(spans) for spans in board_lines(LineLayout(columns), sample_views.board()) if "rank" in plain(spans)
    )
    titles = re.split(r" {2,}|(?<=rank) +", header.strip())
    assert [title for title in ("by", "MB", "ms/row", "fit s") if title not in titles] == gone


def test_below_sixty_columns_a_row_becomes_two_lines() -> None:
    shown = text(board_lines(LineLayout(50), sample_views.board()))
    assert re.search(r"2 {2}#17 catboost depth 6, pdays −1 = never\n +0\.8068 {2}to best −0\.0019", shown)


def test_a_board_without_scores_says_so() -> None:
    from dataclasses import replace

    assert "no experiment has a score yet" in text(
        board_lines(LineLayout(), replace(sample_views.board(), rows=(), expect=None))
    )


def test_the_head_counts_classes_and_kinds_and_says_what_was_left_out() -> None:
    shown = text(head_lines(LineLayout(), sample_views.understood()))
    assert '"yes" in 5,289 rows (11.7 %), "no" in 39,922 → binary, ROC AUC, 5 stratified folds' in shown
    assert "15 used: 6 numeric, 3 boolean, 6 category · duration left out as asked" in shown


def test_a_continued_lab_says_that_nothing_was_lost() -> None:
    shown = text(head_lines(LineLayout(), sample_views.understood(is_new=False, continued_at=18)))
    assert "Continuing bank.lab at experiment 18; nothing was lost." in shown


@each("n_done", [0, 1, 3, 9, 17, 31])
@each("columns", WIDTHS)
def test_the_live_display_has_eight_lines_at_most_and_never_wraps(n_done: int, columns: int) -> None:
    lines = live_lines(LineLayout(columns), sample_views.progress(n_done))
    assert len(lines) <= 8
    assert all(len(plain(spans)) < columns for spans in lines)


def test_the_chart_appears_once_something_beats_the_baseline() -> None:
    assert "┤" not in text(live_lines(LineLayout(), sample_views.progress(3)))
    shown = text(live_lines(LineLayout(), sample_views.progress(17)))
    assert re.search(r"0\.807 ┤ {8}●━━━━━━━●", shown)
    assert re.search(r"0\.799 ┤ {2}●━━━━━", shown)
    assert "baseline #3" in shown


def test_a_loss_is_charted_with_the_best_on_top() -> None:
    from dataclasses import replace

    upward = sample_views.progress(17)
    dots = tuple(replace(dot, score=None if dot.score is None else 1 - dot.score) for dot in upward.dots)
    best = sample_views.figure(1 - 0.8068)
    downward = replace(upward, dots=dots, higher_is_better=False, best=best)
    first = plain(live_lines(LineLayout(), downward)[1])
    assert best.text in first
    assert "●" in first


def test_the_bar_counts_experiments_where_there_is_no_limit() -> None:
    shown = text(live_lines(LineLayout(), sample_views.progress(15, limit_seconds=None)))
    assert "15 of 30 experiments" in shown
    assert "1:00" not in shown


def test_a_failed_experiment_says_how_and_where() -> None:
    assert "memory in fit, fold 2" in text(record_lines(LineLayout(), sample_views.record(19)))


def test_a_failure_of_no_step_names_none() -> None:
    late = Failure(kind="time", step="", message="a linear model needs about 9 s, and 2 s are left", fold=0)
    shown = text(record_lines(LineLayout(), replace(sample_views.record(19), failure=late)))
    assert "out of time, fold 1: a linear model needs about 9 s" in shown


def test_commands_name_the_lab_as_it_was_named() -> None:
    assert "assay why bank 17" in text(record_lines(LineLayout(), sample_views.record(17), lab="bank"))
    assert "assay why 17" in text(record_lines(LineLayout(), sample_views.record(17)))


def test_assay_alone_starts_and_continues() -> None:
    assert "Labs here" not in text(welcome_lines(LineLayout(), "0.1.0", ()))
    shown = text(welcome_lines(LineLayout(), "0.1.0", (sample_views.lab_status(),) * 5))
    assert shown.count("212 experiments") == 3
