"""What a source must define, and what its functions may ask for; each refusal names the line."""

import pytest

from assay.core.errors import CodeError, UsageError
from assay.user_code.function_contract import FUNCTIONS
from assay.user_code.source import CodeSource, check_digest, digest_of, read_source
from each import each


def shape(text):
    return CodeSource("ratio", text).checked().shape


REFUSED = {
    "nothing": ("x = 1", "code/no-function", None,
        "ratio.py needs a function transform (a step), predict (a model) or score (a metric); it has none."),
    "a name nearly right": ("def transfrom(X):\n    return X['a']", "code/no-function", None,
        "ratio.py needs a function transform (a step), predict (a model) or score (a metric); it has transfrom."
        " Is transform meant?"),
    "two things": ("def transform(X):\n    return 1\n\ndef score(y, prediction):\n    return 1", "code/no-function",
        None,
        "ratio.py has transform and score; a file is one thing."),
    "a model without fit": ("\ndef predict(state, X):\n    return X", "code/no-function", 2,
        "ratio.py, line 2: there is predict(state, X) and no fit(X, y), which makes the state."),
    "any arguments": ("def transform(*X):\n    return X", "code/signature", 1,
        "ratio.py, line 1: transform is called by names of arguments; leave out *, ** and /."),
    "any names": ("def transform(X, **more):\n    return X", "code/signature", 1,
        "ratio.py, line 1: transform is called by names of arguments; leave out *, ** and /."),
    "places alone": ("def transform(X, /):\n    return X", "code/signature", 1,
        "ratio.py, line 1: transform is called by names of arguments; leave out *, ** and /."),
    "another word": ("def fit(X, rows):\n    return {}\ndef transform(state, X):\n    return X", "code/signature", 1,
        "ratio.py, line 1: fit asks for rows; it may ask for X, [y], [columns], [seed]."),
    "another word by name": ("def transform(X, *, rows):\n    return X", "code/signature", 1,
        "ratio.py, line 1: transform asks for rows; it may ask for X, [state]."),
    "no rows": ("def transform(state):\n    return 1", "code/signature", 1,
        "ratio.py, line 1: transform does not take X; it is given X, [state]."),
    "a model's fit without targets": ("def fit(X):\n    return {}\ndef predict(state, X):\n    return X",
        "code/signature", 1,
        "ratio.py, line 1: fit does not take y; it is given X, y, [columns], [seed], [weight], [n_classes]."),
    "predict without its state": ("def fit(X, y):\n    return {}\ndef predict(X):\n    return X", "code/signature", 3,
        "ratio.py, line 3: predict does not take state; it is given state, X."),
    "a score of predictions alone": ("def score(prediction):\n    return 1", "code/signature", 1,
        "ratio.py, line 1: score does not take y; it is given y, prediction, [weight]."),
    "a state that nobody takes": ("def fit(X):\n    return {}\n\ndef transform(X):\n    return X", "code/signature", 4,
        "ratio.py, line 4: fit makes a state, and transform does not take it."),
    "a state that nobody makes": ("def transform(state, X):\n    return X", "code/signature", 1,
        "ratio.py, line 1: transform takes a state, and there is no fit to make it."),
    "targets of rows to answer for": ("def transform(X, y):\n    return y", "code/asks-for-target", 1,
        "ratio.py, line 1: transform asks for y: what answers for rows never gets their targets."),
    "the same, in other words": ("def fit(X, y):\n    return {}\ndef predict(state, X, labels):\n    return labels",
        "code/asks-for-target", 3,
        "ratio.py, line 3: predict asks for labels: what answers for rows never gets their targets."),
    "a newer contract": ("\nCONTRACT = 2\ndef transform(X):\n    return X", "code/contract", 2,
        "ratio.py, line 2: it was written for contract 2; this Assay has contract 1."),
    "a contract that is none": ("CONTRACT = 'one'\ndef transform(X):\n    return X", "code/contract", 1,
        "ratio.py, line 1: it was written for contract 'one'; this Assay has contract 1."),
    "two functions of one name": ("def transform(X):\n    return 1\ndef transform(X):\n    return 2",
        "code/defined-twice",
        None, "ratio.py defines transform twice; only the last would count."),
    "no Python": ("def transform(X)\n    return X", "code/syntax", 1, "ratio.py, line 1: expected ':'."),
}  # fmt: skip


@each("name", REFUSED)
def test_what_does_not_fit_is_refused_in_words_that_name_the_line(name):
    text, reason, line, message = REFUSED[name]
    with pytest.raises(CodeError) as caught:
        shape(text)
    assert (caught.value.reason, caught.value.line) == (reason, line)
    assert caught.value.message == message


@pytest.mark.parametrize(("text", "kind", "asks"), [
    ("def transform(X):\n    return X", "step", {"transform": ("X",)}),
    ("def fit(X, columns, y):\n    return {}\ndef transform(X, state):\n    return X", "step",
     {"fit": ("X", "columns", "y"), "transform": ("X", "state")}),
    ("def fit(X, y, weight, n_classes, seed):\n    return {}\ndef predict(state, X):\n    return X", "model",
     {"fit": ("X", "y", "weight", "n_classes", "seed"), "predict": ("state", "X")}),
    ("def score(y, prediction, *, weight):\n    return 1", "metric", {"score": ("y", "prediction", "weight")}),
    ("CONTRACT = 1\ndef transform(X, shift=2, *, scale=3):\n    return X['a']", "step", {"transform": ("X",)}),
    ("def transform(X):\n    return helper(X)\ndef helper(rows, *more):\n    return rows['a']",
        "step", {"transform": ("X",)}),
])  # fmt: skip
def test_a_source_is_what_its_functions_make_it(text, kind, asks):
    found = shape(text)
    assert (found.kind, dict(found.asks)) == (kind, asks)
    assert found.learns == ("fit" in asks)
    assert found.reads_target == ("y" in asks.get("fit", ()))


def test_constants_in_capitals_are_read_without_running_anything():
    found = shape(
        "HIGHER = False\nNAMES = ['a', 2]\nlower = 3\nMADE = len('abc')\ndef transform(X):\n    return X['a']"
    )
    assert found.constants == {"HIGHER": False, "NAMES": ["a", 2]}


SAID_WRONGLY = [
    "HIGHER_IS_BETTER: bool = 'no'",
    "HIGHER_IS_BETTER = 1",
    "HIGHER_IS_BETTER = not True",
    "NEEDS = 'labels'",
]


@pytest.mark.parametrize("line", SAID_WRONGLY)
def test_what_a_source_says_of_itself_is_one_of_the_things_that_can_be_said(line):
    with pytest.raises(CodeError, match="written as it is") as caught:
        shape(f"{line}\ndef score(y, prediction):\n    return 1.0")
    assert caught.value.reason == "code/signature"
    typed = shape("HIGHER_IS_BETTER: bool = False\ndef score(y, prediction):\n    return 1.0")
    assert typed.constants["HIGHER_IS_BETTER"] is False


def test_every_word_that_a_function_may_ask_for_is_taken():
    for kind, functions in FUNCTIONS.items():
        text = "\n".join(
            f"def {one}({', '.join((*asked.needs, *asked.may))}):\n    return 1" for one, asked in functions.items()
        )
        assert shape(text).kind == kind


def test_trusted_sources_may_use_anything_and_must_fit_the_contract_all_the_same():
    source = CodeSource("ratio", "import socket\ndef transform(X):\n    return X['a']")
    assert source.checked(trusted=True) is source
    with pytest.raises(CodeError, match="line 1: it imports socket"):
        source.checked()
    with pytest.raises(CodeError, match="asks for y"):
        CodeSource("ratio", "def transform(X, y):\n    return y").checked(trusted=True)


def test_a_source_is_read_from_a_file_and_named_by_it(tmp_path):
    file = tmp_path / "my ratio-2.py"
    file.write_bytes(b"\xef\xbb\xbfdef transform(X):\r\n    return X['a']\r\n")
    source = read_source(file)
    assert (source.name, source.file) == ("my_ratio-2", "my_ratio-2.py")
    assert source.text == "def transform(X):\n    return X['a']\n"
    assert source.digest == digest_of(source.text)
    assert len(source.digest) == 64


def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path):
    (tmp_path / "latin.py").write_bytes("# größer".encode("latin-1"))
    with pytest.raises(UsageError, match=r"latin\.py is no UTF-8 text, so no Python"):
        read_source(tmp_path / "latin.py")
    with pytest.raises(UsageError, match=r"gone\.py cannot be read: No such file"):
        read_source(tmp_path / "gone.py")
    (tmp_path / "long.py").write_text("x = 1\n" * 200_000)
    with pytest.raises(
        CodeError, match=r"long\.py has 1,200,000 bytes; a source may have 200,000 characters"
    ) as caught:
        read_source(tmp_path / "long.py")
    assert caught.value.reason == "code/too-long"


def test_a_digest_is_64_digits_or_none_yet():
    check_digest("step 'code_step'", "")
    check_digest("step 'code_step'", digest_of("x"))
    for wrong in ("abc", "Z" * 64, digest_of("x").upper()):
        with pytest.raises(UsageError, match="The step 'code_step' names its source by its SHA-256"):
            check_digest("step 'code_step'", wrong)
