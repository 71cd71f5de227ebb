"""The vault of a lab that goes on: opened when it is due, once, and by certify."""

import threading
from pathlib import Path

import pandas as pd
import pytest

from assay.core.clock import Budget, Deadline
from assay.core.errors import LabError
from assay.core.event import Finishing, Noted, Scored
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.research_lab import certify_lab
from assay.lab.run_context import RunContext
from assay.ledger.verify import verify
from assay.search.settings import FitSettings
from assay.vault.claimed_changes import chain
from lab.sessions_by_hand import LAB, begin, go_on, kinds, tell


class Blinking:
    """Pauses a session after a score, lets it go on once its ledger says that it waits, so many times, and stops it."""

    def __init__(self, times: int) -> None:
        self.left, self.over, self.waking = times, threading.Event(), None

    def __call__(self, event):
        if not isinstance(event, Scored) or (self.waking is not None and self.waking.is_alive()):
            return
        if self.left == 0:
            tell("stop")
            return
        self.left -= 1
        self.waking = threading.Thread(target=self._wake, args=(kinds().count("paused"),), daemon=True)
        tell("pause")
        self.waking.start()

    def _wake(self, before: int) -> None:
        while kinds().count("paused") == before and not self.over.wait(0.1):
            pass
        tell("resume")


def while_saved(act):
    """A listener that acts once, when the search is over and its model is being saved."""
    done = []

    def hear(event):
        if isinstance(event, Finishing) and not done:
            done.append(event)
            act()

    return hear


@pytest.mark.slow
def test_the_end_of_a_session_does_not_open_the_vault_and_the_end_of_a_budget_does(big):
    begin(stop_after=2, vault=0.3)
    assert "opening" not in kinds()
    go_on(until=Deadline.after(-1.0))
    assert "opening" not in kinds()
    assert kinds().count("unchanged") == 1
    go_on(12)
    assert kinds().count("opening") == 1


@pytest.mark.slow
def test_a_vault_is_opened_by_certify_once_for_what_ships(big):
    begin(stop_after=2, vault=0.3)
    summary = certify_lab(LAB, context=RunContext(inline=True))
    assert summary.expect.origin == "vault"
    assert summary.vault.openings == 1
    with pytest.raises(LabError, match="certified as it is"):
        certify_lab(LAB, context=RunContext(inline=True))
    assert kinds().count("opening") == 1
    lab = Lab.open(LAB)
    assert lab.audit().ok


@pytest.mark.slow
def test_a_word_said_before_the_opening_is_recorded_before_it(big):
    begin(stop_after=2, vault=0.3)
    go_on(5, listener=while_saved(lambda: tell("say", text="keep age")))
    found = kinds()
    assert found.index("hint") < found.index("opening")
    assert found.count("opening") == 1
    assert Lab.open(LAB).audit().ok


@pytest.mark.slow
def test_a_word_that_makes_void_what_ships_keeps_the_vault_sealed_until_others_are_chosen(big):
    begin(stop_after=2, vault=0.3)
    noted, leak = [], while_saved(lambda: tell("say", text="age leaks"))

    def hear(event):
        leak(event)
        if isinstance(event, Noted):
            noted.append(event.notice.code)

    go_on(5, listener=hear)
    assert "opening" not in kinds()
    assert "vault/still-sealed" in noted
    go_on(Lab.open(LAB).state.proposed + 3)
    opened = Lab.open(LAB)
    assert kinds().count("opening") == 1
    assert "age" not in {column.name for column in opened.predictor().schema.features}
    assert opened.audit().ok


@pytest.mark.slow
def test_another_question_of_the_same_file_is_not_called_a_change_of_it(big):
    """With other columns other rows would be set aside."""
    begin(2, vault=0.3)
    settings = FitSettings(budget=Budget(experiments=2), out=str(LAB), vault=0.3)
    with pytest.raises(LabError, match="asks another question") as caught:
        fit("shop.csv", TaskOptions(target="bought", drop=("noise",)), settings, context=RunContext(inline=True))
    assert caught.value.do[0].startswith("assay research shop.csv --target bought --drop noise --out shop-2.lab")


@pytest.mark.slow
def test_an_opening_that_a_kill_cut_off_is_ended_and_not_paid_for_again(big, cut_ledger):
    begin(4, vault=0.3)
    whole = Lab.open(LAB)
    figure, records = whole.expected, whole.ledger.records()
    whole.close()
    cut_ledger(LAB, next(r.number for r in records if r.kind == "opening"))
    begin(4, vault=0.3)
    lab = Lab.open(LAB)
    assert kinds().count("opening") == 1
    assert (lab.expected.value, lab.expected.low, lab.expected.high) == (figure.value, figure.low, figure.high)
    assert lab.audit().ok


@pytest.mark.slow
def test_an_opening_that_was_cut_off_is_paid_for_where_anything_changed_since(big, cut_ledger):
    """What the killed process knew may have been read, so another model is a second look."""
    begin(4, vault=0.3)
    cut_ledger(LAB, next(r.number for r in Lab.open(LAB).ledger.records() if r.kind == "opening"))
    go_on(6)
    lab = Lab.open(LAB)
    assert kinds().count("opening") == 2
    assert lab.expected.level == pytest.approx(1 - 0.05 / 4)
    assert lab.audit().ok


@pytest.mark.slow
def test_certify_refuses_a_lab_without_a_vault_and_a_file_that_changed(big, run):
    run(experiments=2, out="none.lab")
    with pytest.raises(LabError, match="begun without a vault"):
        certify_lab(Path("none.lab"), context=RunContext(inline=True))
    begin(stop_after=2, vault=0.3)
    pd.read_csv("shop.csv").iloc[:-30].to_csv("shop.csv", index=False)
    before = kinds()
    with pytest.raises(LabError, match="changed"):
        certify_lab(LAB, context=RunContext(inline=True))
    assert kinds() == before


@pytest.mark.slow
def test_twenty_pauses_and_three_sessions_open_the_vault_once_and_try_what_is_tried_undisturbed(big):
    begin(stop_after=2, vault=0.3)
    for _ in range(3):
        blinking = Blinking(7)
        go_on(until=Deadline.after(300.0), listener=blinking)
        blinking.over.set()
    assert kinds().count("opening") == 0
    assert kinds().count("paused") >= 20
    go_on(Lab.open(LAB).state.proposed + 1)
    tried = [one.key for one in Lab.open(LAB).experiments if not one.is_blend]
    assert len(tried) == len(set(tried))
    assert kinds().count("opening") == 1
    assert not list(verify(Lab.open(LAB).ledger.records()))


@pytest.mark.slow
def test_a_blend_that_a_kill_left_without_its_verdict_gets_the_one_it_would_have_had(made, cut_ledger):
    made(experiments=6)
    whole = Lab.open(LAB)
    blend = next(e.number for e in whole.experiments if e.is_blend)
    why = whole.state.entries[blend].verdict.why
    cut = next(r.number for r in whole.ledger.records() if r.kind == "result" and r.experiment == blend)
    whole.close()
    cut_ledger(LAB, cut)
    go_on(until=Deadline.after(-1.0))
    lab = Lab.open(LAB)
    assert lab.state.entries[blend].verdict.why == why
    assert lab.audit().ok


@pytest.mark.slow
def test_a_void_champion_is_no_step_of_what_is_claimed(big):
    begin(8)
    state = Lab.open(LAB).state
    steps = chain(state)
    assert len(steps) > 2, steps
    state.entries[steps[1]].is_void = True
    assert chain(state) == (steps[0], *steps[2:])
