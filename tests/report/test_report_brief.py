"""The brief: order, honesty, safety and size of what is written."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assay.core.errors import StorageError
from assay.core.event import Dot
from assay.core.quality import Quality, Tenth
from assay.core.usage import Usage
from assay.core.views import Brief
from assay.report.brief_page import page
from assay.report.brief_text import gain_sentence
from assay.report.html_page import html
from assay.report.markdown import markdown
from assay.report.write_brief import write
from each import each
from samples import sample_views

ORDER = [
    "How good it is", "What drives it", "Where it errs", "Predicted and observed", "What to do next", "Details",
]  # fmt: skip
DETAILS = [
    "How the search went", "How sure", "What worked", "What did not", "Columns that matter", "Odd in the data",
    "How to use it", "Repeat it", "Methods",
]  # fmt: skip
OURS = ("σ", "portfolio", "half fold bag", "working keep", "experiment", "out-of-fold", "recipe", "blend")
"""Words that a first page for anybody does without."""
AVOIDED = (
    r"\btrials?\b", r"\bholdout\b", r"\bsignificant", r"\bimprovement", r"\boptimal\b", r"state of the art",
    r"\bpowerful\b", r"\bsmart\b", r"\bmagic\b", r"AI-driven", r"\bsimply\b", r"\bjust\b", r"\beasy\b", r"\bplease\b",
    r"\bsorry\b", r"\boops\b", r"successfully", "±", r"\bN/A\b", r"\busers?\b",
)  # fmt: skip


class Reader(HTMLParser):
    """Tags, ids, links and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("href", "src") and value:
                self.links.append(value)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(brief: Brief) -> Reader:
    reader = Reader()
    reader.feed(html(page(brief), brief))
    return reader


def large_brief(n: int) -> Brief:
    records = tuple(
        replace(sample_views.record(17), number=i, status="kept" if i % 50 == 0 else "dropped") for i in range(1, n + 1)
    )
    dots = tuple(Dot(number=r.number, score=0.79 + r.number * 1e-5, status=r.status) for r in records)
    return sample_views.brief(records=records, dots=dots)


def test_the_headings_stand_in_the_fixed_order() -> None:
    written = markdown(page(sample_views.brief()))
    assert re.findall(r"^## (.+)$", written, re.MULTILINE) == ORDER
    assert re.findall(r"^### (.+)$", written, re.MULTILINE) == DETAILS
    assert written.startswith("# y in bank.csv.gz\n")


def test_the_first_sentence_says_what_the_model_does_and_how_sure_that_is() -> None:
    lead = page(sample_views.brief()).lead
    assert lead.startswith('Shown one row with y "yes" and one with "no", it tells which is which in 81 of 100 cases')
    assert "95 %" in lead


@pytest.mark.parametrize("stopped_by", ["patience", "pool"])
def test_the_first_page_does_without_words_of_ours(stopped_by) -> None:
    written = markdown(page(sample_views.brief(summary=sample_views.summary(stopped_by=stopped_by))))
    first = written.partition("## Details")[0]
    assert not [word for word in OURS if word in first.lower()]
    assert "better than standard LightGBM, a common first choice." in first


def test_the_first_page_says_where_the_model_errs_and_whether_it_means_what_it_says() -> None:
    first = markdown(page(sample_views.brief())).partition("## Details")[0]
    assert 'Of 5,289 rows with y "yes" it finds 2,000 (38 %).' in first
    assert 'Of 3,000 rows that it calls "yes", 2,000 (67 %) are "yes".' in first
    assert '| is "yes" | 3,289 | 2,000 |' in first
    assert "on average they differ by 1.0 %" in first


def test_of_numbers_the_first_page_says_how_far_off_they_are() -> None:
    tenths = (Tenth(20, 1.0, 1.1, 0.9, 1.3), Tenth(20, 2.0, 2.1, 1.9, 2.3))
    seen = Quality(rows=40, tenths=tenths, within=((0.5, 0.123), (0.9, 1.5)), bias=-0.04)
    first = markdown(page(sample_views.brief(quality=seen))).partition("## Details")[0]
    assert "Half of its predictions are within 0.12 of the true y, nine in ten within 1.50." in first
    assert "On average they are 0.04 too low." in first


def test_a_gain_whose_interval_holds_zero_is_not_called_better() -> None:
    unsure = sample_views.summary(gain=sample_views.difference(0.0004, origin="corrected"))
    first = markdown(page(sample_views.brief(summary=unsure))).partition("## Details")[0]
    assert "not told apart from standard LightGBM" in first
    assert "better than" not in first


@pytest.mark.parametrize("origin", ["oof", "vault"])
def test_a_gain_is_never_shown_beside_a_figure_of_other_rows(origin) -> None:
    with pytest.raises(ValueError, match="do not go together"):
        sample_views.summary(gain=sample_views.difference(0.01, origin=origin))
    words = {"oof": "out-of-fold", "vault": "vault"}
    of_its_own = sample_views.summary(expect=replace(sample_views.figure(0.8), origin=origin))
    assert gain_sentence(of_its_own).split("LightGBM, ")[-1].startswith(words[origin])


def test_sentences_whose_numbers_are_unknown_do_not_appear() -> None:
    bare = sample_views.summary(optimism=None, gain=None, detectable=None, expect=None)
    written = markdown(page(sample_views.brief(summary=bare, usage=Usage(), kept=())))
    assert "optimism" not in written
    assert "smallest visible gain" not in written
    assert "### Columns that matter" not in written
    assert "### What worked" not in written
    assert "not certified" in written


def test_an_optimism_too_small_for_its_digits_is_not_called_zero() -> None:
    written = markdown(
        page(sample_views.brief(summary=sample_views.summary(optimism=0.0002, search=sample_views.figure(0.8083))))
    )
    assert "optimism under 0.001" in written


def test_cases_of_100_are_rounded_as_the_figure_beside_them() -> None:
    expect = replace(sample_views.figure(0.715), low=0.66, high=0.77)
    lead = page(sample_views.brief(summary=sample_views.summary(expect=expect))).lead
    assert expect.text == "0.71"
    assert "in 71 of 100 cases (ROC AUC 0.71" in lead


def test_what_is_to_be_typed_holds_no_absolute_path() -> None:
    summary = sample_views.summary()
    away = replace(
        summary, lab_path="/home/ann/my labs/bank.lab",
        model=replace(summary.model, path="/home/ann/my labs/bank.lab/model"),
    )  # fmt: skip
    written = markdown(page(sample_views.brief(summary=away)))
    assert "/home/ann" not in written
    assert "assay predict bank.lab new.csv" in written
    assert 'load("bank.lab/model")' in written


def test_a_lab_without_a_score_opens_with_what_did_not_work() -> None:
    failed = sample_views.summary(expect=None, search=None, gain=None, optimism=None, model=None)
    content = page(sample_views.brief(summary=failed, kept=(), usage=Usage(), dots=()))
    assert content.sections[0].title == "What did not"
    assert "no model" in content.lead


def test_a_lab_of_fit_claims_no_finding() -> None:
    assert "claimed as a finding" in markdown(page(sample_views.brief()))


def test_the_page_needs_neither_script_nor_network() -> None:
    reader = read(sample_views.brief())
    assert not {"script", "link", "iframe", "img", "object"} & set(reader.tags)
    assert all(link.startswith("#") for link in reader.links)
    assert "default-src 'none'" in html(page(sample_views.brief()), sample_views.brief())


def test_each_linked_number_leads_to_its_experiment() -> None:
    reader = read(sample_views.brief())
    assert "#e17" in reader.links
    assert {link.removeprefix("#") for link in reader.links} <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))


def test_a_thousand_experiments_stay_under_300_kilobytes() -> None:
    brief = large_brief(1000)
    written = html(page(brief), brief)
    assert len(written.encode()) < 300_000
    assert 'id="e999"' in written


def test_names_from_the_data_are_shown_and_never_obeyed() -> None:
    task = replace(sample_views.task(), target='<script>alert("y")</script>', source='"><img src=x>')
    brief = sample_views.brief(summary=sample_views.summary(task=task, lab='x"}</style><b>'))
    reader = read(brief)
    assert not {"script", "img", "b"} & set(reader.tags)
    assert '<script>alert("y")</script>' in reader.text


def test_a_bar_in_a_cell_does_not_break_the_table() -> None:
    kept = ((17, "a|b", sample_views.difference(0.002), "features", 1.0),)
    assert r"a\|b" in markdown(page(sample_views.brief(kept=kept)))


@each("pattern", AVOIDED)
def test_words_to_avoid_are_avoided(pattern: str) -> None:
    written = markdown(page(sample_views.brief())) + read(sample_views.brief()).text
    assert not re.search(pattern, written, re.IGNORECASE)


def test_three_files_are_written_and_no_drafts_are_left(tmp_path: Path) -> None:
    paths = write(sample_views.brief(), tmp_path / "out")
    assert [path.name for path in paths] == ["brief.md", "brief.html", "progress.svg"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(StorageError, match="file"):
        write(sample_views.brief(), blocked)


def test_the_correction_names_the_number_of_recipes_chosen_among() -> None:
    expect = replace(sample_views.figure(0.8081, corrected=True), chosen_among=12)
    written = markdown(page(sample_views.brief(summary=sample_views.summary(expect=expect))))
    assert "corrected for choosing among 12 recipes" in written


def test_a_figure_that_could_not_be_corrected_is_not_called_corrected() -> None:
    plain = replace(sample_views.figure(0.8081), method="not corrected: too few usable resamples (3)")
    written = markdown(
        page(sample_views.brief(summary=sample_views.summary(expect=plain, search=plain, optimism=None)))
    )
    assert "not certified" in written
    assert "corrected" not in written.replace("ot corrected", "")


HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e ![x](http://x) [md](javascript:y)\n```"


def test_markdown_holds_no_tag_no_link_and_no_escape_of_a_name() -> None:
    brief = sample_views.brief()
    text = markdown(replace(page(brief), title=HOSTILE, lead=HOSTILE))
    assert "<script" not in text.replace(r"\<script", "")
    assert "](http" not in text
    assert "](java" not in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", text)
    assert text.splitlines()[0].startswith("# ")
    assert "\\u001b[31m" in text


def test_a_page_holds_no_control_character_of_a_name() -> None:
    brief = sample_views.brief()
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", html(replace(page(brief), title=HOSTILE), brief))


@pytest.mark.parametrize(
    ("stopped_by", "said"),
    [("time", "ended by its time limit, with proposals left"), ("pool", "All that was planned has been tried"),
     ("patience", "ended early, as nothing more was gained: a longer limit continues this lab")],
)  # fmt: skip
def test_why_a_search_ended_says_whether_more_time_goes_on(stopped_by, said) -> None:
    brief = sample_views.brief()
    assert said in read(replace(brief, summary=replace(brief.summary, stopped_by=stopped_by))).text
