"""The parts of a long run: where they appear, what they say, and that marks in the plot can be told apart."""

import re
from dataclasses import replace

from assay.core.event import Dot
from assay.core.figure import Z95
from assay.core.long_run_views import (
    Foresight,
    HintCost,
    HintMark,
    KeepRow,
    LeagueRow,
    LongRun,
    PathStep,
    PooledGain,
    Removal,
    StudyMark,
)
from assay.core.process_measures import Diversity, GainCurve, LooksUsed, Outcomes, Overfit, ProcessMetrics, RunCost
from assay.core.views import Brief
from assay.report.brief_page import page
from assay.report.html_page import html
from assay.report.limits_text import limits
from assay.report.markdown import markdown
from assay.report.plot import SHAPES, Label, Mark, Stroke
from assay.report.plot_marks import overlap
from assay.report.progress_plot import progress
from assay.report.proposer_marks import KNOWN, SEARCHERS, roles_of
from assay.report.svg import picture, sheet
from each import each
from samples import sample_views

PROPOSERS = ("portfolio", "features", "features_kept", "moves", "tpe", "neighbours", "stack", "study", "ablate")


def pooled(value: float, sigma: float = 0.001, tries: int = 3) -> PooledGain:
    return PooledGain(tries=tries, value=value, sigma=sigma, low=value - Z95 * sigma, high=value + Z95 * sigma)


def row(name: str, *, kept: int = 0, credit: float = 0.0, gain: PooledGain | None = None) -> LeagueRow:
    return LeagueRow(
        name=name, tries=12, kept=kept, failed=0, stopped=0, cpu_seconds=30.0, credit=credit, gain=gain,
        calibration=Foresight(n=4, predicted=0.5, came=-1.25, error=2.0) if kept else None,
    )  # fmt: skip


def long(**changes: object) -> LongRun:
    removal = Removal(of=9, number=40, worth=sample_views.difference(0.0031, over=40), word="needed")
    value = LongRun(
        keeps=(
            KeepRow(number=9, what="catboost depth 6", by="features", over_champion=sample_views.difference(0.0058),
                    elsewhere=sample_views.difference(0.0041), over_parent=sample_views.difference(0.005, over=4),
                    cpu_seconds=12.0, hints=("h1",), removal=removal),
        ),
        vain=(row("groups", gain=pooled(-0.005)), row("bent", gain=pooled(0.004)), row("pairs", gain=pooled(0.0002))),
        proposers=(row("features", kept=2, credit=3.5), row("portfolio")), moves=(row("groups", gain=pooled(-0.005)),),
        path=(PathStep(number=3, what="lightgbm, standard", by="portfolio", over=None, gain=None),
              PathStep(number=9, what="catboost depth 6", by="features", over=3, gain=sample_views.difference(0.0058))),
        process=ProcessMetrics(
            by_experiment=GainCurve(length=60, total=4.5, area=0.71, first=9, last=41, late=0.2),
            by_second=GainCurve(length=900, total=4.5, area=0.64, first=70, last=610, late=0.3), since_last=19,
            outcomes=Outcomes(started=60, scored=55, stopped=2, not_ended=0, failed=(("memory", 1), ("crash", 2))),
            diversity=Diversity(of=57, mechanisms=23, near=7, spread=1.4, reach=2.6, champion=1.1, dimension=8.2,
                                in_effect=5.1),
            cost=RunCost(wall_seconds=900.0, cpu_seconds=1500.0, busy=0.83, crashed=0.04),
            looks=LooksUsed(opened=1, parts=1), overfit=Overfit(value=-0.01, low=-0.03, high=0.01), survived=(1, 2),
        ),
        hint_costs=(HintCost(number=1, tries=3, credit=1.5, cpu_seconds=9.0),),
        hint_marks=(HintMark(text="h1", at=10.5),),
        studies=(StudyMark(number=1, kind="slices", question="Where does it fail?", at=20.5, found=("loss is higher",),
                           seconds=12.0),
                 StudyMark(number=2, kind="leak", question="Is anything known too late?", at=20.5, found=(),
                           seconds=3.0)),
        removals=(removal,), adaptive=("#52 by moves may build on scores",),
    )  # fmt: skip
    return replace(value, **changes)  # type: ignore[arg-type]  # names are the caller's, checked by replace


def brief(**changes: object) -> Brief:
    return sample_views.brief(long=long(), **changes)


def part(text: str, title: str) -> str:
    return re.split(r"^#{2,3} ", text.split(f"### {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_a_short_brief_has_none_of_these_parts_and_the_same_bytes_as_ever() -> None:
    short = sample_views.brief()
    written = markdown(page(short))
    for title in ("Limits", "Studies", "Who proposed", "Moves", "Cost", "How the gain came"):
        assert f"### {title}\n" not in written
    assert "--moves" not in html(page(short), short)
    assert "--moves" not in picture(progress(short))


def test_the_parts_of_a_long_run_follow_the_first_page() -> None:
    written = markdown(page(brief()))
    order = re.findall(r"^### (.+)$", written, re.MULTILINE)
    wanted = ["Limits", "What worked", "What did not", "Studies", "From the first to the best", "Who proposed", "Moves",
              "Cost", "How the gain came"]  # fmt: skip
    assert [title for title in order if title in wanted] == wanted
    first_page = written.split("## Details")[0]
    assert first_page == markdown(page(sample_views.brief())).split("## Details")[0]


def test_what_worked_says_what_it_gained_where_and_whether_it_is_still_needed() -> None:
    said = part(markdown(page(brief())), "What worked")
    assert "| gain over the champion | on other folds | over what it changed | still needed | by | hints |" in said
    assert "+0.0058 (95 % 0.0044 to 0.0072)" in said
    assert "yes: +0.0031 (95 % 0.0017 to 0.0045) over #40" in said


def test_columns_of_a_table_in_which_nothing_is_known_are_left_out() -> None:
    plain = replace(long().keeps[0], elsewhere=None, removal=None, hints=())
    said = part(markdown(page(sample_views.brief(long=long(keeps=(plain,))))), "What worked")
    assert "on other folds" not in said
    assert "still needed" not in said
    assert "hints" not in said


def test_what_did_not_work_says_how_sure_that_is() -> None:
    said = part(markdown(page(brief())), "What did not")
    assert "| groups | 12 | −0.005 (95 % −0.007 to −0.003) | harms |" in said
    assert "helps what it changes, never enough for a keep" in said
    assert "| pairs | 12 | +0.000 (95 % −0.002 to 0.002) | no more than +0.002 |" in said


def test_leagues_and_process_metrics_read_as_sentences() -> None:
    written = markdown(page(brief()))
    assert "+0.5 σ → −1.2 σ in 4 tries, off by 2.0 σ" in part(written, "Who proposed")
    assert "+7.00 σ" in part(written, "Who proposed"), "3.5 σ in half a minute"
    assert "83 % of what the workers had" in part(written, "Cost")
    assert "55 were scored on every fold (91.7 %): 1 failed (memory), 2 failed (crash), 2 stopped early." in written
    came = part(written, "How the gain came")
    assert "+4.5 σ in all, the first at experiment 9 (70.0 s), the last at 41 (10 min 10 s), 19 experiments" in came
    assert "0.71 by experiments, 0.64 by time" in came
    assert "2 changes on the way to the champion taken out again: 1 still needed for certain." in came
    assert "search less vault −0.01 (−0.03 to 0.01)" in came


def test_studies_say_what_they_found_or_that_it_was_nothing() -> None:
    said = part(markdown(page(brief())), "Studies")
    assert "s1 slices, 12.0 s. Where does it fail? loss is higher." in said
    assert "s2 leak, 3.0 s. Is anything known too late? nothing found." in said


def test_limits_are_composed_of_what_is_known_and_nothing_else() -> None:
    summary = sample_views.summary()
    said = limits(summary, long())
    assert said[0].startswith("No rows were set aside")
    assert any("#52 by moves may build on scores" in sentence for sentence in said)
    assert not any("few" in sentence for sentence in said), "45,211 rows are not few"
    few = limits(replace(summary, task=replace(summary.task, n_rows=300)), long(adaptive=()))
    assert any(sentence.startswith("300 rows are few") for sentence in few)
    assert not any("built on them" in sentence for sentence in few)
    assert len(set(said)) == len(said)


# -- the plot -------------------------------------------------------------------------------------------------------


def many(n: int = 165) -> Brief:
    """A long search in which nine proposers kept something, two of them close to each other."""
    kept = {10: 0, 12: 1, 30: 2, 31: 3, 60: 4, 90: 5, 120: 6, 150: 7, 164: 8}
    dots = tuple(
        Dot(number=k, score=0.75 + 0.0003 * k, status="kept" if k in kept else "dropped") for k in range(1, n + 1)
    )
    rows = tuple((k, f"made {k}", None, PROPOSERS[place], 1.0) for k, place in kept.items())
    marks = tuple(HintMark(text=f"h{k}", at=40.5 + k) for k in range(1, 4))
    return sample_views.brief(
        dots=dots, kept=rows, origins=tuple((k, "search") for k in kept), long=long(hint_marks=marks),
        summary=sample_views.summary(experiments=n, champion=164, expect=sample_views.figure(0.79, corrected=True)),
    )  # fmt: skip


def test_each_proposer_has_a_colour_and_a_shape_of_its_own_and_is_named() -> None:
    drawing = progress(many())
    marks = [item for item in drawing.items if isinstance(item, Mark) and item.size == 9 and item.role != "ink"]
    assert len({(mark.role, mark.shape) for mark in marks}) == len(PROPOSERS)
    assert len({mark.role for mark in marks}) == len({mark.shape for mark in marks}) == len(PROPOSERS)
    named = {item.text for item in drawing.items if isinstance(item, Label)}
    assert named >= set(PROPOSERS)


def test_no_two_labels_cover_each_other_at_165_experiments() -> None:
    labels = [item for item in progress(many()).items if isinstance(item, Label)]
    clash = [(a.text, b.text) for k, a in enumerate(labels) for b in labels[:k] if overlap(a, b)]
    assert clash == []


def test_hints_and_studies_are_uprights_with_their_names() -> None:
    drawing = progress(many())
    dashed = [item for item in drawing.items if isinstance(item, Stroke) and item.dashed]
    assert [item.role for item in dashed].count("human") == 3
    assert [item.role for item in dashed].count("study") == 2
    assert {"h1", "s1"} <= {item.text for item in drawing.items if isinstance(item, Label)}
    bare = long(hint_marks=(), studies=())
    assert not any(isinstance(i, Stroke) and i.dashed for i in progress(sample_views.brief(long=bare)).items)


def test_a_keep_that_follows_a_hint_is_the_persons() -> None:
    followed = sample_views.brief(long=long(), origins=((9, "human"), (17, "features"), (31, "ensemble")))
    roles = {item.role for item in progress(followed).items if isinstance(item, Mark) and item.size == 9}
    assert {"human", "ensemble"} <= roles


def test_names_that_nobody_knows_get_marks_that_are_free() -> None:
    found = roles_of(["mine", "portfolio", "theirs", "moves", "mine"])
    assert list(found) == ["mine", "portfolio", "theirs", "moves"]
    assert len(set(found.values())) == 4


@each("name", [*KNOWN, *sorted(SEARCHERS)])
def test_every_mark_has_a_shape_and_a_colour(name: str) -> None:
    (role,) = roles_of([name]).values()
    assert role in SHAPES
    assert re.search(rf"\.{role}[,{{]", sheet("drawing.css", "proposers.css"))


def test_the_title_of_a_long_run_fits_into_its_line() -> None:
    title = next(item for item in progress(many()).items if isinstance(item, Label) and item.bold)
    assert len(title.text) <= 72
