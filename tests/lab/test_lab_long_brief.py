"""The brief of a long run: all of it follows from the ledger, number by number."""

import json
import re
import shutil
import sqlite3
from collections import defaultdict
from contextlib import closing

import pytest

from assay.core.long_run_views import LONG_RUN
from assay.lab.lab import Lab

NUMBER = re.compile(r"(?<![\w.#])[−-]?\d[\d,]*(?:\.\d+)?")
LONG_PARTS = ("Limits", "From the first to the best", "Who proposed", "Moves", "Cost", "How the gain came")


@pytest.fixture(scope="module")
def lab(long_lab):
    with closing(Lab.open(long_lab)) as opened:
        yield opened


@pytest.fixture(scope="module")
def brief(long_lab):
    return (long_lab / "brief.md").read_text()


def parts(text):
    return dict(re.findall(r"^#{2,3} (.+?)\n(.*?)(?=^#{2,3} |\Z)", text, re.MULTILINE | re.DOTALL))


def records(path):
    with closing(sqlite3.connect(path / "ledger.sqlite")) as db:
        for kind, number, text, key in db.execute(
            "select kind, experiment, body, artifact from record order by number"
        ):
            found = text if key is None else next((path / "artifacts").rglob(f"{key}*")).read_text()
            yield kind, number, json.loads(found)


def numbers_in(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers_in(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def is_shown(token, known):
    """Whether a number as it is written is one of the known ones, rounded to its decimals; in percent, too."""
    plain = token.replace(",", "").replace("−", "-")
    decimals = len(plain.partition(".")[2])
    value = abs(float(plain))
    return any(abs(round(abs(one) * scale, decimals) - value) < 1e-9 for one in known for scale in (1.0, 100.0))


def values_of(view):
    """Every number of a value that outputs draw, in its fields; the sum of seconds as minutes, too."""
    if hasattr(view, "__dataclass_fields__"):
        for name in view.__dataclass_fields__:
            yield from values_of(getattr(view, name))
        for name in ("z", "per_minute", "keep_rate", "scored_share"):
            if isinstance(getattr(view, name, None), float):
                yield getattr(view, name)
    elif isinstance(view, tuple):
        yield from (found for item in view for found in values_of(item))
    elif isinstance(view, int | float) and not isinstance(view, bool):
        yield float(view)


def with_minutes(known):
    """Durations are written in minutes and seconds from 100 s on."""
    return [*known, *(float(part) for one in known for part in divmod(round(one), 60) if 60 <= one < 86400)]


def test_every_number_of_the_parts_of_a_long_run_is_one_of_its_values(lab, brief):
    """The values themselves are computed a second time from raw records in test_lab_process_metrics.py."""
    long, summary = lab.brief().long, lab.summary()
    known = with_minutes([*values_of(long), summary.detectable, summary.sigma, 95.0, 0.0, 1.0])
    assert not any(is_shown(made_up, known) for made_up in ("7,777", "0.7654321", "88.8 "))
    found = parts(brief)
    for name in LONG_PARTS:
        text = re.sub(r"\(1: all at once, 0: all at the end\)|assay research FILE --vault 0\.2", "", found[name])
        text = "\n".join(re.sub(r"^\| #\d+ \| [^|]*\|", "|", line) for line in text.splitlines())
        for token in NUMBER.findall(text):
            assert is_shown(token, known), f"{name}: {token}"


def test_every_figure_of_the_summary_is_in_the_ledger(lab, long_lab):
    """As it was recorded, to the last bit."""
    recorded = {one for _, _, body in records(long_lab) for one in numbers_in(body)}
    summary = lab.summary()
    figures = [summary.expect, summary.search, summary.baseline_score]
    shown = [summary.optimism, *(f.value for f in figures if f is not None), *(f.low for f in figures if f is not None)]
    shown += [member.weight for member in summary.model.members]
    assert len(shown) > 3
    assert [one for one in shown if one is not None and one not in recorded] == []
    by_status = defaultdict(int)
    for kind, _, body in records(long_lab):
        by_status[kind if kind != "asked" else body["value"].get("role", "proposal")] += 1
    assert summary.experiments == by_status["proposal"]
    assert summary.beside.confirmations == by_status["confirmation"]


def test_the_brief_is_what_the_ledger_gives_and_nothing_else(long_lab, tmp_path):
    """Written again from a copy that has the ledger, its artifacts and the rows alone, it has the same bytes."""
    copy = tmp_path / long_lab.name
    for name in ("artifacts", "data"):
        shutil.copytree(long_lab / name, copy / name)
    shutil.copy(long_lab / "ledger.sqlite", copy)
    with closing(Lab.open(copy)) as opened:
        opened.report(copy)
    for name in ("brief.md", "brief.html", "progress.svg"):
        assert (copy / name).read_bytes() == (long_lab / name).read_bytes()
    with closing(Lab.open(long_lab)) as opened:
        assert opened.audit().ok


def test_a_number_of_a_league_that_somebody_changed_is_found_by_an_audit(long_lab, tmp_path):
    copy = tmp_path / long_lab.name
    shutil.copytree(long_lab, copy)
    text = (copy / "brief.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith("| features_kept |"))
    (copy / "brief.md").write_text(text.replace(row, re.sub(r"\d+ \(", "9 (", row, count=1)))
    with closing(Lab.open(copy)) as opened:
        assert "brief" in {check.name for check in opened.audit().checks if not check.ok}


def test_a_hint_is_marked_where_it_was_given_and_what_it_cost_is_counted(lab, brief):
    long = lab.brief().long
    (mark,), (cost,) = long.hint_marks, long.hint_costs
    tried = [e for e in lab.state.entries.values() if 1 in e.experiment.hints]
    assert mark.at < min(e.experiment.number for e in tried)
    assert (mark.text, cost.number, cost.tries) == ("h1", 1, len(tried))
    assert "| h1 | try" in parts(brief)["What was asked for"]
    assert ">h1</text>" in (lab.path / "progress.svg").read_text()


def test_a_short_search_that_nobody_steered_has_no_such_parts(finished):
    with closing(Lab.open(finished)) as opened:
        assert opened.state.proposed < LONG_RUN
        assert opened.brief().long is None
