"""A lab copied before its vault was opened: what one copy was told counts in the other."""

import shutil
from pathlib import Path

import pytest

from assay.core.event import Noted
from assay.lab.known_labs import labs_here
from assay.lab.lab import Lab
from assay.lab.research_lab import certify_lab
from assay.lab.run_context import RunContext
from lab.sessions_by_hand import LAB, begin

OTHER = Path("copy.lab")
QUICK = {"families": frozenset({"linear"}), "without": frozenset()}


@pytest.fixture
def two(big, monkeypatch, tmp_path):
    """A lab with a sealed vault, and a copy of it; and a list of labs."""
    monkeypatch.delenv("ASSAY_HISTORY", raising=False)
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    begin(stop_after=1, vault=0.3, **QUICK)
    shutil.copytree(LAB, OTHER)


def certified(path):
    """What is said at an opening, by its code."""
    heard = []
    certify_lab(path, context=RunContext(inline=True, listener=heard.append))
    return {one.notice.code: one.notice.message for one in heard if isinstance(one, Noted)}


def test_an_opening_in_a_copy_counts_and_is_said(two):
    assert "vault/copied" not in certified(LAB)
    assert "a copy of this lab, shop.lab, opened the vault once" in certified(OTHER)["vault/copied"]
    lab = Lab.open(OTHER)
    assert lab.status().vault.openings == 2
    assert "shop.lab" in lab.status().vault.copies[0]
    assert lab.state.certified.figure.level > Lab.open(LAB).state.certified.figure.level


@pytest.mark.slow
def test_a_third_copy_counts_each_opening_once(two):
    shutil.copytree(LAB, "third.lab")
    certified(LAB)
    certified(OTHER)
    certified(Path("third.lab"))
    lab = Lab.open("third.lab")
    assert lab.status().vault.openings == 3
    assert lab.audit().ok


def test_of_a_copy_that_is_gone_it_is_said_that_it_went_on(two):
    certified(LAB)
    shutil.rmtree(LAB)
    assert "(shop.lab); whether its vault was opened there is not known" in certified(OTHER)["vault/copied"]
    assert Lab.open(OTHER).status().vault.openings == 1


def test_a_lab_put_back_from_a_copy_says_that_it_had_gone_on(two):
    certified(LAB)
    shutil.rmtree(LAB)
    OTHER.rename(LAB)
    assert "went on elsewhere, too" in certified(LAB)["vault/copied"]


def test_without_a_list_nothing_is_known(two, monkeypatch):
    monkeypatch.setenv("ASSAY_HISTORY", "off")
    certified(LAB)
    assert "vault/copied" not in certified(OTHER)


def test_an_opening_is_noted_in_the_list(two):
    certified(LAB)
    assert [path.name for path in labs_here().all()] == ["shop.lab"]
