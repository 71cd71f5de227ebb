"""assay new: files to begin with, whose tests pass as they are."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli.main import main
from assay.cli.new_command import beginning
from assay.user_code.source import read_source
from cli.typed_commands import advised, can_be_typed

KINDS = ("step", "model", "metric", "researcher")
CODE = KINDS[:3]
pytestmark = pytest.mark.usefixtures("alone")


def run(*words):
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def passed(*files):
    code, told = run("pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *files)
    assert code == 0, told
    return told


@pytest.mark.slow
def test_the_tests_of_new_files_pass_as_they_are(say):
    for kind in CODE:
        say("new", kind, f"my_{kind}", "--out", "code")
    assert "6 passed" in passed("code")


@pytest.mark.slow
def test_the_test_of_a_new_researcher_passes_as_it_is(say):
    say("new", "researcher", "wide")
    assert "1 passed" in passed("test_wide.py")


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_file_is_formatted_and_names_itself_and_its_test(kind):
    for file in beginning(kind, "ratio", Path("folder")):
        assert "NAME" not in file.text
        assert "CLASS" not in file.text
        assert "ratio" in file.text
        assert file.path.parent == Path("folder")
        assert max(map(len, file.text.splitlines())) <= 88
        Path(file.path.name).write_text(file.text)
    for words in (("format", "--check"), ("check", "--select", "E,F,W,I,UP,B,D1")):
        code, told = run("ruff", *words, "--isolated", "ratio.py")
        assert code == 0, told
    assert run("ruff", "check", "--isolated", "--select", "E,F,W,I", "test_ratio.py")[0] == 0


@pytest.mark.parametrize("kind", CODE)
def test_a_new_file_fits_the_contract_of_its_kind(kind, say):
    say("new", kind, "own")
    assert read_source(Path("own.py")).checked().shape.kind == kind


def test_what_was_written_and_what_follows_is_said_in_words_and_as_json(say, document):
    told = say("new", "step", "ratio")
    assert told.startswith("ratio.py is a step that works; make it yours. test_ratio.py checks it.")
    assert "  pytest test_ratio.py" in told
    assert "  assay add LAB ratio.py" in told
    assert document("new", "metric", "cost.py", "--out", "my code") == {
        "schema": "new/1", "lab": None, "kind": "metric", "name": "cost",
        "files": ["my code/cost.py", "my code/test_cost.py"],
        "next": [
            "pytest 'my code/test_cost.py'", "assay add LAB 'my code/cost.py'", "assay leaderboard LAB --by cost",
        ],
    }  # fmt: skip
    assert Path("my code/test_cost.py").is_file()
    assert document("new", "researcher", "wide")["next"] == ["pytest test_wide.py"]


@pytest.mark.parametrize("there", ["ratio.py", "test_ratio.py"])
@pytest.mark.parametrize("how", ["file", "folder", "link"])
def test_nothing_is_written_over(there, how, say):
    if how == "folder":
        Path(there).mkdir()
    elif how == "link":
        os.symlink("nowhere", there)
    else:
        Path(there).write_text("mine")
    told = say("new", "step", "ratio", code=2)
    assert f"{there} exists already." in told
    assert sorted(path.name for path in Path().iterdir() if path.name != "home") == [there]
    assert how != "file" or Path(there).read_text() == "mine"


@pytest.mark.parametrize(("name", "says", "better"), [
    ("my-ratio", "is no name in Python", "my_ratio"), ("2nd", "is no name in Python", "my_2nd"),
    ("more/up", "is no name in Python", "more_up"), ("a b", "is no name in Python", "a_b"), ("", "is no name", "step"),
    ("class", "is a word of Python's own", "my_class"), ("numpy", "is the name of a module", "my_numpy"),
    ("json.py", "is the name of a module", "my_json"), ("test_it", "begins like a test", "my_test_it"),
    ("_it", "begins like", "it"), ("x" * 61, "has 61 characters", "x" * 60), ("Ratio.x", "is no name", "Ratio_x"),
])  # fmt: skip
def test_a_name_that_python_could_not_import_is_refused_with_a_better_one(name, says, better, say):
    told = say("new", "step", name, code=2)
    assert says in told
    (words,) = advised(told)
    assert words == ["new", "step", better]
    assert can_be_typed(words)
    say(*words)


def test_a_researcher_has_a_name_of_its_own(say):
    told = say("new", "researcher", "portfolio", code=2)
    assert "'portfolio' is a researcher that is there already." in told
    say(*advised(told)[0])
    assert Path("my_portfolio.py").is_file()


@pytest.mark.parametrize("words", [("new",), ("new", "step"), ("new", "stpe", "ratio"), ("new", "step", "a", "b")])
def test_what_is_missing_or_unknown_is_said(words, say):
    told = say(*words, code=2)
    assert told.startswith("error  ")
    assert "  try  assay new " in told or "step, model, metric, researcher" in told


def test_a_folder_that_cannot_be_written_to_is_an_error(say):
    Path("taken").write_text("a file")
    assert "cannot be written" in say("new", "step", "ratio", "--out", "taken", code=2)


def test_templates_are_part_of_the_package():
    import tomllib

    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["src/assay"]}
    folder = Path(__file__).parents[2] / "src" / "assay" / "cli" / "templates"
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{kind}{end}.txt" for kind in KINDS for end in ("", "_test")
    )


def test_json_of_a_refusal_is_an_error_document(capsys):
    assert main(["new", "step", "my-ratio", "--json"]) == 2
    body = json.loads(capsys.readouterr().out)
    assert body["schema"] == "error/1"
    assert body["do"] == ["assay new step my_ratio"]
