"""A lab that ends is remembered, the next one on other data begins with what it learned, and its own data never do."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.clock import Budget
from assay.core.codec import from_json
from assay.data.options import TaskOptions
from assay.journal.find_labs import LEDGER
from assay.journal.records import SessionRecord
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.memory.memory_store import memory_text, read_memory
from assay.search.settings import FitSettings

SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})


def table(seed, names):
    rng = np.random.default_rng(seed)
    columns = {name: rng.normal(size=420).round(3) for name in names}
    signal = sum(columns.values()) + rng.normal(size=420)
    return pd.DataFrame({**columns, "late": np.where(signal > 0, "yes", "no")})


def lab(folder, name, data, memory):
    settings = FitSettings(
        budget=Budget(experiments=5), out=str(folder / f"{name}.lab"), without=SLOW, vault=0.2,
        researchers=("small", "features", "moves"), lab_memory=memory,
    )  # fmt: skip
    notices = []
    fit(
        data,
        TaskOptions(target="late"),
        settings,
        context=RunContext(inline=True, write_brief=False, listener=notices.append),
    )
    return folder / f"{name}.lab", notices


def priors_of(path):
    ledger = SqliteLedger.open(path, create=False, write=False)
    try:
        found = [record.body["value"] for record in ledger.records() if record.kind == "session"]
    finally:
        ledger.close()
    return dict(from_json(SessionRecord, found[-1]).priors)


@pytest.fixture(scope="module")
def labs(tmp_path_factory):
    """A first lab, one on the same columns, one on other columns, and the file that remembers them."""
    folder = tmp_path_factory.mktemp("memory")
    memory = str(folder / "memory.json")
    made = {
        name: lab(folder, name, data, memory)[0]
        for name, data in (
            ("first", table(0, "abc")), ("same", table(1, "abc")), ("other", table(2, ["u", "v", "w", "x"])),
        )
    }  # fmt: skip
    return made, folder / "memory.json"


def test_the_next_lab_on_other_data_begins_with_what_was_learned_and_its_ledger_says_so(labs):
    made, memory = labs
    assert priors_of(made["first"]) == {}
    learned = {fact.move for one in read_memory(memory)[:1] for fact in one.moves}
    assert learned
    assert set(priors_of(made["other"])) >= learned


def test_what_may_be_the_same_rows_teaches_nothing(labs):
    made, _ = labs
    assert priors_of(made["same"]) == {}


@pytest.mark.slow
def test_a_copy_whose_columns_were_renamed_learns_nothing_of_its_own_rows(labs, tmp_path):
    memory = tmp_path / "memory.json"
    memory.write_text(memory_text(read_memory(labs[1])[:1]))
    copy = table(0, "abc").rename(columns={"a": "u", "b": "v", "c": "w"}).sample(frac=1.0, random_state=0)
    path, _ = lab(tmp_path, "copy", copy, str(memory))
    assert priors_of(path) == {}
    assert len(read_memory(memory)) == 2


def test_memory_holds_no_cells_and_no_names(labs):
    made, memory = labs
    text = memory.read_text()
    assert "late" not in text
    assert "yes" not in text
    assert str(made["first"].parent) not in text
    assert len(json.loads(text)["labs"]) == 3


@pytest.mark.slow
def test_a_damaged_memory_is_said_and_the_lab_goes_on(tmp_path):
    file = tmp_path / "memory.json"
    file.write_text("{")
    path, events = lab(tmp_path, "late", table(4, "kl"), str(file))
    assert (path / LEDGER).exists()
    said = [
        event.notice.message
        for event in events
        if getattr(getattr(event, "notice", None), "code", "") == "memory/unused"
    ]
    assert said
    assert "damaged" in said[0]
    assert file.read_text() == "{"


def test_memory_is_shown_exported_and_imported(labs, alone, tmp_path, capsys):
    _, memory = labs

    def said(*words, code=0):
        capsys.readouterr()
        assert main([*words, "--width", "120"]) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    assert "nothing is remembered yet" in said("labs", "--memory")
    empty = said("labs", "--memory", "--export", "none.json")
    assert "nothing is remembered yet" in empty
    assert "none.json was not written, as there is nothing to export" in " ".join(empty.split())
    assert not (tmp_path / "none.json").exists()
    assert json.loads(said("labs", "--memory", "--export", "none.json", "--json", "-q"))["written"] is None
    assert "3 labs" in said("labs", "--import", str(memory))
    assert "roc_auc" in said("labs", "--memory")
    assert "written to out.json" in said("labs", "--memory", "--export", "out.json")
    assert len(read_memory(tmp_path / "out.json")) == 3
    assert json.loads(said("labs", "--memory", "--json", "-q"))["schema"] == "memory/1"
    assert "There is no file" in said("labs", "--import", "nowhere.json", code=2)
    (tmp_path / "home" / "memory.json").write_text('{"version": 7, "labs": []}')
    assert "neither used nor overwritten" in said("labs", "--memory", code=2)
