"""A small installation says in one line what it does without."""

import sys

import pytest

from assay.cli.doctor_command import lost_text


def test_a_whole_installation_says_nothing() -> None:
    assert lost_text() == ""


def test_what_is_not_installed_is_named_with_what_it_was_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "catboost", None)
    assert lost_text() == "catboost is not installed: no CatBoost models (pip install catboost)"
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert lost_text().startswith("catboost and pyarrow are not installed: no CatBoost models; no Parquet")
