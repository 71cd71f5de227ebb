"""The settings file and its gate: what is a setting, what a change must show, and the way back."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import LabError, UsageError
from assay.memory.settings_gate import FEWEST_TASKS, SettingsFile, gate
from assay.research.portfolio import LARGE, MIDDLE, TINY
from assay.research.search_settings import RANGES, SHIPPED, SearchSettings, shipped_text
from assay.search import turns
from each import each

NAMES = [f"task {i}" for i in range(12)]
NOTHING = frozenset[str]()


def changed(**director):
    body = json.loads(shipped_text())
    body["director"] |= director
    return json.dumps(body)


def scores(values):
    return dict(zip(NAMES, values, strict=False))


def ask(proposed, gains, *, chosen_on=NOTHING, before=None):
    return gate(
        shipped_text() if before is None else before, proposed, scores([0.0] * len(gains)), scores(gains),
        chosen_on=chosen_on,
    )  # fmt: skip


CLEAR = [1.0, 1.2, 0.8, 1.1, 0.9, 1.3, 0.7, 1.0, 1.1, 0.9, 1.2, 1.0]


def test_the_shipped_file_is_what_the_program_goes_by_and_is_written_the_same_again():
    assert SHIPPED.as_text() == shipped_text()
    assert turns.HALF_LIFE == SHIPPED.director["credit_half_life"] == 50
    assert (turns.CREDIT_EXPERIMENTS, turns.FLOOR, turns.IN_A_ROW) == (100, 0.05, 3)
    assert (TINY[0], MIDDLE[0], LARGE[1]) == ("cat_std", "lgb_std", "lgb_xt")


@each(("edit", "words"), [
    (lambda body: body.update(seed=7), "'seed', which is no setting"),
    (lambda body: body["director"].update(seed=7), "director.seed is no setting"),
    (lambda body: body["director"].pop("moves_floor"), "director.moves_floor is missing"),
    (lambda body: body["director"].update(moves_floor=0.9), "lies between 0 and 0.5"),
    (lambda body: body["director"].update(moves_floor="no"), "must be a number"),
    (lambda body: body["priors"].update(pairs=99), "within ±20"),
    (lambda body: body["portfolio"].update(tables="a a"), "each once"),
    (lambda body: body["portfolio"].pop("tables"), "must have the lists"),
    (lambda body: body["portfolio"].update(tables="lgb_std et"), "lacks cat_std"),
    (lambda body: body.update(version=2), "is of version 2"),
])  # fmt: skip
def test_what_is_no_setting_is_refused_by_name(edit, words):
    body = json.loads(shipped_text())
    edit(body)
    with pytest.raises(UsageError, match=words):
        SearchSettings.read(json.dumps(body))
    answer = ask(json.dumps(body), CLEAR)
    assert not answer.is_adopted


@given(st.sampled_from(sorted(RANGES)), st.floats(0, 1))
def test_any_setting_within_its_range_is_read_as_it_was_written(name, share):
    low, high = RANGES[name]
    text = SearchSettings.read(changed(**{name: low + share * (high - low)})).as_text()
    assert SearchSettings.read(text).as_text() == text


def test_a_clear_gain_on_other_tasks_is_adopted_and_its_reverse_refused():
    proposed = changed(moves_floor=0.1)
    assert ask(proposed, CLEAR).is_adopted
    answer = ask(proposed, [-one for one in CLEAR])
    assert not answer.is_adopted
    assert answer.gain < 0


def test_tasks_that_it_was_chosen_on_do_not_count():
    lucky = [5.0] * 4 + [0.1, -0.1, 0.2, -0.2, 0.1, -0.1, 0.0, 0.0]
    proposed, chosen = changed(moves_floor=0.1), frozenset(NAMES[:4])
    answer = ask(proposed, lucky, chosen_on=chosen)
    assert not answer.is_adopted
    assert answer.tasks == len(NAMES) - 4
    few = ask(proposed, CLEAR, chosen_on=frozenset(NAMES[: len(NAMES) - FEWEST_TASKS + 1]))
    assert not few.is_adopted
    assert "the fewest" in few.why


def test_a_change_that_changes_nothing_is_none():
    assert ask(shipped_text(), CLEAR).why == "it changes nothing"


def test_a_change_without_effect_is_rarely_adopted():
    rng = np.random.default_rng(0)
    proposed = changed(moves_floor=0.1)
    adopted = sum(ask(proposed, rng.normal(size=12).tolist()).is_adopted for _ in range(200))
    assert adopted <= 20


def test_a_change_is_put_in_place_and_rolled_back_byte_for_byte(tmp_path):
    file = tmp_path / "search_settings.json"
    file.write_bytes(shipped_text().encode())
    place = SettingsFile(file, tmp_path / "before")
    with pytest.raises(LabError, match="nothing to go back to"):
        place.roll_back()
    first, second = changed(moves_floor=0.1), changed(moves_floor=0.2)
    place.adopt(first, ask(first, CLEAR))
    after_first = file.read_bytes()
    place.adopt(second, ask(second, CLEAR, before=first))
    assert SearchSettings.read(file.read_text()).director["moves_floor"] == 0.2
    place.roll_back()
    assert file.read_bytes() == after_first
    place.roll_back()
    assert file.read_bytes() == shipped_text().encode()


def test_what_the_gate_refused_is_never_put_in_place(tmp_path):
    file = tmp_path / "search_settings.json"
    file.write_text(shipped_text())
    bad = changed(moves_floor=0.5)
    with pytest.raises(LabError, match="refused: no clear gain"):
        SettingsFile(file, tmp_path / "before").adopt(bad, ask(bad, [-1.0] * 12))
    assert file.read_text() == shipped_text()
