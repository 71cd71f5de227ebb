"""Vectors of texts are kept in one folder of the user's, from the shell and from Python alike."""

from pathlib import Path

import pytest

from assay.search.session_text_models import users_store


def test_vectors_are_kept_where_the_environment_puts_what_is_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("ASSAY_HOME", raising=False)
    assert users_store() == tmp_path / "state" / "assay" / "text-vectors"
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "own"))
    assert users_store() == tmp_path / "own" / "text-vectors"
