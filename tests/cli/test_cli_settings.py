"""Settings of files: what a file found in a folder may say, and that it is named when it acts."""

import json
import os
from pathlib import Path

import pytest

from assay.cli import main as cli
from assay.cli.settings_files import FROM_FOLDERS, STRICTER, default_map, read_settings
from assay.core.errors import UsageError

pytestmark = pytest.mark.usefixtures("alone")

OWN_ALONE = {
    "trust", "allow_code", "ship_code", "sandbox",  # what code runs, and how
    "force", "out", "html", "memory_export", "memory_import", "lab_memory", "text_store",  # what is written
    "valid", "unlabelled", "text_model", "against", "leaderboard", "read", "rows", "query",  # what is read
    "with_vault", "with_names", "lab", "head", "quotes", "quiet",  # what is sealed, believed, shown and kept silent
    "detach", "forever", "try_all", "dry_run",  # what is done, and without end
    "undo", "on", "to", "expression", "recipe", "code", "number", "following", "row", "remembered",  # of one call
}  # fmt: skip
"""Settings that a file in a folder cannot make."""


def given(tmp_path: Path, text: str) -> Path:
    """A folder below one with these settings, to be in."""
    (tmp_path / "given").mkdir(exist_ok=True)
    (tmp_path / "given" / "assay.toml").write_text(f"[assay]\n{text}\n")
    below = tmp_path / "given" / "data"
    below.mkdir(exist_ok=True)
    return below


def test_every_setting_is_either_harmless_from_anywhere_or_the_users_own() -> None:
    options = {p.name for c in cli.commands().commands.values() for p in c.params if p.param_type_name == "option"}
    assert options == FROM_FOLDERS | OWN_ALONE
    assert not FROM_FOLDERS & OWN_ALONE
    assert set(STRICTER) <= OWN_ALONE


@pytest.mark.parametrize("name", sorted(OWN_ALONE))
def test_rights_come_from_the_users_own_file_and_never_from_a_folder(tmp_path: Path, name: str) -> None:
    line = f'{name.replace("_", "-")} = "something"'
    found = read_settings(given(tmp_path, line), os.environ)
    assert (dict(found.values), found.refused) == ({}, {name})
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "assay.toml").write_text(f"[assay]\n{line}\n")
    assert read_settings(tmp_path / "given", os.environ).values == {name: "something"}


def test_what_takes_rights_away_may_come_from_a_folder(tmp_path: Path) -> None:
    below = given(tmp_path, 'sandbox = "required"\nlab-memory = "off"\ntext-store = "/elsewhere"')
    found = read_settings(below, os.environ)
    assert found.values == {"sandbox": "required", "lab_memory": "off"}
    given(tmp_path, 'sandbox = "any"')
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "assay.toml").write_text('[assay]\nsandbox = "required"\n')
    assert read_settings(below, os.environ).values == {"sandbox": "required"}


def test_the_users_own_file_is_no_file_of_a_folder_even_where_one_works_in_it(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "assay.toml").write_text("[assay]\ntrust = true\n")
    found = read_settings(tmp_path / "home", os.environ)
    assert (found.values, found.taken, found.file) == ({"trust": True}, frozenset(), None)


def test_settings_of_a_folder_are_named_where_they_act_and_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(given(tmp_path, 'time-limit = "5m"\ndrop = ["a", "b"]\npatience = false\nforce = true'))
    assert cli.main(["fit", "x.csv", "-t", "y", "--drop", "c", "--quiet"]) == 2
    first, second = capsys.readouterr().err.splitlines()[:2]
    assert first == f"settings from {tmp_path / 'given' / 'assay.toml'}: time-limit 5m, patience off"
    assert second.startswith(f"not taken from {tmp_path / 'given' / 'assay.toml'}: force; ")
    assert str(tmp_path / "home" / "assay.toml") in second
    assert cli.main(["fit", "x.csv", "-t", "y", "--events"]) == 2
    events = [json.loads(text) for text in capsys.readouterr().err.splitlines() if text.startswith("{")]
    assert [one["notice"]["code"] for one in events] == ["settings/folder"] * 2
    assert cli.main(["labs"]) == 0
    assert "settings" not in capsys.readouterr().err
    monkeypatch.setenv("ASSAY_TIME_LIMIT", "7s")
    assert cli.main(["fit", "x.csv", "-t", "y", "--patience", "--force", "--drop", "c"]) == 2
    assert "assay.toml" not in capsys.readouterr().err


def test_the_users_own_settings_need_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "assay.toml").write_text('[assay]\ntime-limit = "soon"\n')
    assert cli.main(["fit", "x.csv", "-t", "y"]) == 2
    err = capsys.readouterr().err
    assert "soon" in err
    assert "settings from" not in err


def test_a_file_cannot_hide_in_its_line_what_it_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(given(tmp_path, 'target = "y\\u001b[2K\\rnothing"'))
    assert cli.main(["inspect", "x.csv"]) == 2
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("body", ['[llm]\naddress = "http://x"\n', '[workspace]\ncommand = "sh"\n', "trust = true\n"])
def test_a_file_with_anything_but_settings_is_refused_in_a_sentence(
    tmp_path: Path, body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "assay.toml").write_text(body)
    assert cli.main(["labs"]) == 2
    err = capsys.readouterr().err
    assert str(tmp_path / "assay.toml") in err.replace("\n       ", " ")
    assert "Traceback" not in err


def test_a_strangers_settings_do_not_let_his_code_out_of_the_sandbox(
    post: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(given(tmp_path, "trust = true"))
    source = f'def transform(X):\n    open({str(tmp_path / "out")!r}, "w").write("x")\n    return X["weight"] * 2\n'
    Path("ratio.py").write_text(source)
    cli.main(["add", str(post), "ratio.py"])
    assert "trust" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "home" / "trusted-code.json").exists()


def test_a_module_in_the_working_folder_does_not_run_in_a_detached_search(tmp_path: Path) -> None:
    """`python -m` would look for modules in the working folder first."""
    from assay.cli.detached import LOG, spawn

    (tmp_path / "json.py").write_text(f'open({str(tmp_path / "out")!r}, "w").write("x")\n')
    spawn(["labs"], tmp_path).wait()
    assert (tmp_path / LOG).read_text().startswith("No labs")
    assert not (tmp_path / "out").exists()


def test_an_unknown_setting_of_either_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="trusts"):
        default_map(read_settings(given(tmp_path, "trusts = true"), os.environ), cli.commands())
