"""The command itself: help, errors, exit codes, settings."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from assay.cli import doctor_command as care
from assay.cli import main as cli
from assay.cli.command_options import kinds, listed
from assay.cli.fit_commands import go_on
from assay.cli.help_pages import examples
from assay.cli.lab_argument import split_words
from assay.cli.line_layout import LineLayout
from assay.cli.settings_files import FoundSettings, default_map, read_settings
from assay.cli.status_lines import LabRow, labs_lines, status_lines
from assay.core.errors import AssayError, UsageError, nearest_names
from assay.ledger.artifacts import storage_error
from assay.ledger.lock import WriterLock
from assay.report.event_text import stop_text
from each import each
from samples import sample_views

BUILT = ("fit", "inspect", "demo", "research", "hint", "add", "new", "pin", "forbid", "veto", "pause", "resume",
         "stop", "leaderboard", "league", "show", "why", "diff", "status", "report", "watch", "study", "lessons",
         "labs", "certify", "audit", "replay", "compare", "infer", "pack", "unpack", "predict", "score", "explain",
         "distill", "doctor")  # fmt: skip


pytestmark = pytest.mark.usefixtures("alone")


def test_help_lists_exactly_what_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert re.findall(r"^(?:start|steer|look|trust|use|care)? +(\w+) {2,}[A-Z]", shown, re.MULTILINE) == list(BUILT)


@pytest.mark.parametrize("name", BUILT)
def test_help_of_a_command_starts_with_two_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(text.startswith(f"  assay {name}") for text in lines[1:3])


@each("name", BUILT)
def test_every_example_uses_options_that_exist(name: str) -> None:
    item = cli.commands().commands[name]
    known = {option for param in item.params for option in param.opts}
    found = examples(item)
    assert len(found) == 2
    for example in found:
        assert {word for word in example.split() if word.startswith("--")} <= known


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from assay.cli.main import main; main(['--help']); "
        "print([name for name in ('numpy', 'pandas', 'sklearn', 'scipy', 'rich', 'lightgbm') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert re.fullmatch(r"assay \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_assay_alone_says_how_to_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "assay fit data.csv --target price" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "near"),
    [(["fitt", "x"], "assay fit"), (["leaderbord"], "assay leaderboard"), (["fit", "x", "--targt", "y"], "--target"),
     (["predict", "a", "b", "--prob"], "--proba")],
)  # fmt: skip
def test_a_near_miss_is_told_what_was_meant(
    arguments: list[str], near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error  ")
    assert near in shown.err
    assert "  try  " in shown.err


@pytest.mark.parametrize(
    "arguments",
    [["fit"], ["fit", "x.csv", "--jobs", "many"], ["--wrong"], ["status", "nowhere"], ["show"], ["diff", "1"],
     ["fit", "x.csv", "--time-limit", "soon"], ["fit", "x.csv", "--max-size", "big"], ["labs", "--width", "3"],
     ["fit", "nowhere.csv", "--target", "y"], ["labs", "--color", "blue"]],
)  # fmt: skip
def test_what_cannot_be_done_exits_2_and_changes_nothing(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err.startswith("error  ")
    assert not [path for path in tmp_path.iterdir() if path.name != "home"]


def test_option_prefixes_are_not_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["labs", "--js"]) == 2
    assert "no option --js" in capsys.readouterr().err


def test_an_error_with_json_is_a_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "nowhere", "--json"]) == 2
    shown = capsys.readouterr()
    body = json.loads(shown.out)
    assert body["schema"] == "error/1"
    assert body["exit"] == 2
    assert set(body["where"]) == {"file", "column", "row", "option"}
    assert body["message"].split(".")[0] in " ".join(shown.err.split())


def test_a_fault_of_ours_exits_70_and_saves_its_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(cli, "COMMANDS", (("look", "labs", broken), ("look", "show", broken)))
    assert cli.main(["labs"]) == 70
    (saved,) = tmp_path.glob("assay-fault-*.txt")
    assert "ZeroDivisionError" in saved.read_text()
    assert str(saved) in capsys.readouterr().err


def test_of_the_tracebacks_of_faults_only_the_latest_few_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(cli, "COMMANDS", (("look", "labs", broken), ("look", "show", broken)))
    for _ in range(7):
        cli.main(["labs"])
    kept = list(tmp_path.glob("assay-fault-*.txt"))
    assert len(kept) == 5
    assert str(max(kept, key=lambda path: path.stat().st_mtime_ns)) in capsys.readouterr().err


def test_a_fault_is_told_where_its_traceback_cannot_be_saved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    monkeypatch.setattr(cli, "COMMANDS", (("look", "labs", broken), ("look", "show", broken)))
    assert cli.main(["labs"]) == 70
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "could not be saved" in told
    assert "that file" not in told


def test_a_fault_is_saved_though_the_command_names_a_file_whose_name_is_no_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(cli, "COMMANDS", (("look", "labs", broken), ("look", "show", broken)))
    monkeypatch.setattr(sys, "argv", ["assay", "labs", "caf\udce9.csv"])
    assert cli.main(["labs"]) == 70
    (saved,) = tmp_path.glob("assay-fault-*.txt")
    assert r"caf\udce9.csv" in saved.read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="a folder somebody is in cannot be removed there")
def test_a_folder_that_was_removed_under_a_command_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone, usual = tmp_path / "gone", Path.cwd()
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        for arguments in ([], ["labs"], ["status", str(tmp_path)]):
            assert cli.main(arguments) == 2
            assert "was removed" in capsys.readouterr().err
        assert cli.main(["labs", "--help"]) == 0
    finally:
        os.chdir(usual)


def broken() -> int:
    """Break."""
    return 1 // 0


def test_no_labs_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["labs"]) == 0
    assert "No labs here." in capsys.readouterr().out
    assert cli.main(["labs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["labs"] == []


def test_doctor_names_what_it_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--json"]) == 0
    names = {check["name"] for check in json.loads(capsys.readouterr().out)["checks"]}
    assert {"python", "cores", "memory", "disk", "libraries", "nn"} <= names


def test_settings_of_the_nearer_file_win(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "assay.toml").write_text('[assay]\nmetric = "log_loss"\njobs = 2\n')
    (tmp_path / "assay.toml").write_text('[assay]\nmetric = "brier"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert read_settings(below, os.environ).values == {"metric": "brier", "jobs": 2}


def test_settings_become_defaults_of_the_commands_that_have_them() -> None:
    found = default_map(FoundSettings({"time_limit": 90, "drop": ["a", "b"], "json": True}), cli.commands())
    assert found["fit"] == {"time_limit": "90", "drop": ["a", "b"], "json": True}
    assert found["labs"] == {"json": True}


def test_a_setting_beats_the_default_and_an_option_beats_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "assay.toml").write_text("[assay]\njson = true\n")
    assert cli.main(["labs"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "labs/1"
    (tmp_path / "assay.toml").write_text('[assay]\ntime-limit = "soon"\n')
    assert cli.main(["fit", "x.csv", "-t", "y"]) == 2
    assert "soon" in capsys.readouterr().err
    monkeypatch.setenv("ASSAY_TIME_LIMIT", "later")
    assert cli.main(["fit", "x.csv", "-t", "y"]) == 2
    assert "later" in capsys.readouterr().err
    assert cli.main(["fit", "x.csv", "-t", "y", "--time-limit", "1s"]) == 2
    assert "x.csv" in capsys.readouterr().err


def test_an_unknown_setting_is_refused_with_near_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "assay.toml").write_text("[assay]\ntime-limits = 3\n")
    assert cli.main(["labs"]) == 2
    assert "time-limit" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "lab", "numbers"),
    [(["17"], None, ("17",)), (["bank", "17"], "bank", ("17",)), (["17", "3"], "17", ("3",)),
     (["-", "best"], "-", ("best",)), (["./17", "#4"], "./17", ("#4",))],
)  # fmt: skip
def test_a_bare_integer_is_an_experiment(words: list[str], lab: str | None, numbers: tuple[str, ...]) -> None:
    assert split_words(words, experiments=1, command="show") == (lab, numbers)


def test_words_that_name_no_experiment_are_refused_with_a_command_that_works() -> None:
    with pytest.raises(UsageError) as caught:
        split_words(["bank"], experiments=1, command="show")
    assert "assay show bank best" in caught.value.do


def test_lists_repeat_or_take_commas() -> None:
    assert listed(["a,b", "c", " a "]) == ("a", "b", "c")
    assert kinds(["when=datetime,a=b=text"]) == {"when": "datetime", "a=b": "text"}
    with pytest.raises(AssayError, match="COLUMN=KIND"):
        kinds(["when"])


@pytest.mark.parametrize(
    ("typed", "changes", "again"),
    [
        (["fit", "a b.csv", "-t", "y"], {}, "assay fit 'a b.csv' -t y --time-limit 5m"),
        (["fit", "x.csv", "--time-limit", "5m", "-t", "y"], {"elapsed_seconds": 299.0},
         "assay fit x.csv -t y --time-limit 10m"),
        (["fit", "x.csv", "--time-limit=60s", "--force", "-q"], {}, "assay fit x.csv -q --time-limit 5m"),
        (["fit", "x.csv", "--experiments", "31"], {"stopped_by": "experiments"},
         "assay fit x.csv --experiments 62"),
        (["fit", "x.csv"], {"stopped_by": "pool"}, None),
        (["fit", "x.csv"], {"stopped_by": "patience"}, None),
    ],
)  # fmt: skip
def test_going_on_is_the_same_command_with_a_longer_limit(
    typed: list[str], changes: dict[str, object], again: str | None
) -> None:
    assert go_on(typed, sample_views.summary(**changes)) == again


def test_names_that_are_not_near_are_not_offered() -> None:
    assert nearest_names("nope", ("income", "age")) == ()
    assert nearest_names("in", ("income",)) == ()
    assert nearest_names("incom", ("income", "age")) == ("income",)
    assert nearest_names("inc", ("income", "age")) == ("income",)


def test_doctor_names_the_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(care, "_installed", lambda name: None if name == "openpyxl" else "1")
    (finding,) = [f for f in care.findings() if f.name == "excel"]
    assert finding.do == "pip install openpyxl   (or 'assay-ml[excel]')"


def test_a_lab_in_use_and_a_full_disk_say_what_helps(tmp_path: Path) -> None:
    held = WriterLock(tmp_path / "lock")
    with pytest.raises(AssayError, match="in use by process") as caught:
        WriterLock(tmp_path / "lock")
    assert any("assay stop" in line for line in caught.value.do)
    held.release()
    full = storage_error(OSError(28, "No space left on device"), tmp_path)
    assert str(full) == f"{tmp_path} cannot be written: No space left on device."
    assert full.do == ("free some space", "choose another folder: --out LAB")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["fit", "x.csv", "price"], "unexpected argument price. Did you mean --target price?"),
     (["fit", "x.csv", "y.csv"], "unexpected argument y.csv."),
     (["labs", "here"], "unexpected argument here."),
     (["fit", "x.csv", "--preset", "bst"], "assay fit: --preset takes fast, balanced, best, tiny or interpretable."),
     (["labs", "--color", "sometimes"], "assay labs: --color takes auto, always or never."),
     (["explain", "lab", "--row", "0"], "assay explain: --row takes a number from 1 on."),
     (["fit", "x.csv", "--jobs", "many"], "assay fit: --jobs takes a whole number."),
     (["predict"], "assay predict: the file with the rows is missing."),
     (["inspect"], "assay inspect: the file with the table is missing."),
     (["compare", "a.csv"], "a file of predictions, or the truth after them, is missing. try assay compare A B... "),
     (["predict", "x.csv", "--out", "no/such/folder.csv"], "there is no folder no/such")],
)  # fmt: skip
def test_wrong_usage_is_said_in_our_words(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert said in shown
    assert "ASSAY_" not in shown
    assert " try " in shown


def test_only_a_key_press_is_told_which_key_leaves_at_once() -> None:
    assert "Ctrl-C" in stop_text(3)
    assert stop_text(3, by_key=False) == "Stopping: saving the best of 3."


def test_an_idle_lab_ends_in_the_command_that_goes_on() -> None:
    lines = status_lines(
        LineLayout(100), replace(sample_views.lab_status(), state="idle"), lab="bank", again="assay fit x.csv"
    )
    assert any("assay fit x.csv" in "".join(span.text for span in spans) for spans in lines)


def test_labs_of_one_name_show_their_folders() -> None:
    rows = tuple(LabRow(sample_views.lab_status(), path, 1000, "2026-01-01") for path in ("a/bank.lab", "b/bank.lab"))
    shown = ["".join(span.text for span in spans) for spans in labs_lines(LineLayout(80), rows)]
    assert any("a/bank.lab" in text for text in shown)
