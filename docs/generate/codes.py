"""Errors by kind, exit codes, and the codes of notices, found in the source."""

import re
from pathlib import Path

import assay
from assay.core import errors
from assay.sandbox.reasons import REASONS
from generate.markdown import heading, table

SOURCE = Path(assay.__file__).parent
CODE = re.compile(r"\"((?:ask|data|evidence|leak|budget|drift|model|value|session)/[a-z-]+)\"")

MEANINGS = {
    "budget/dropped-family": "A model family failed on every try, so that no more of it was tried.",
    "ask/code-value": "A number that may be a code, such as -1 for never. Left alone; `--missing` reads it as missing.",
    "ask/group": "Values of a column that names units come again (patients): `--group` keeps their rows in one fold.",
    "ask/money": "Amounts of several currencies in one column: read as they stand, or not at all if no one form fits.",
    "ask/split": "A column says which rows were a test once; `--drop` it, as new rows will not have it.",
    "ask/time": "The rows may have, or lie in, an order in time: `--order-by` learns from earlier rows only.",
    "budget/only-constant": "The search ended before any model was scored: the constant ships. Give more time.",
    "data/bad-bytes": "Bytes that are no UTF-8 in a file that otherwise is; the line of the first is named.",
    "data/bad-lines": "Lines with more cells than the header are left out; the first is named.",
    "data/cells": "Cells read in a way worth knowing: words among numbers, infinite values, day first.",
    "data/comment-lines": 'Rows that begin with "#" are left out where a line above the header does.',
    "data/dates-in-text": "Text that is read as dates; `--raw COLUMN=dates` leaves it.",
    "data/doubtful-cells": "Cells of new rows that are read, but hardly as meant: percentages without a sign.",
    "data/duplicate-column": "One name stands twice in the header; equal columns are merged, different ones numbered.",
    "data/empty-column": "Columns with neither name nor cell, as trailing delimiters leave them, are left out.",
    "data/empty-name": "A column without a name is called by its position.",
    "data/far-target": "So few targets hold nearly all variance that scores of squared errors are about them alone.",
    "data/few-rows": "So few rows that every score is rough.",
    "data/footer-lines": "Remarks and empty lines below the table are left out.",
    "data/header-rows": "Two rows of names, groups of columns above columns, are joined.",
    "data/hidden-rows": "Rows that a workbook hides are read like the others.",
    "data/drift": "The last rows in order of time are unlike those before them; it names the columns.",
    "data/index-order": "Rows and targets of an estimator have one index in two orders; they go together by position.",
    "data/infinite-target": "Rows whose target is infinite or no number are left out.",
    "data/inner-mark": "Byte order marks inside a text file, as files pasted together have them, are left out.",
    "data/json-rows": "A JSON file holds its rows under one name, beside other things that are left out.",
    "data/label-spelling": "Spellings of one class that differ in letter case, or y beside yes, are read as one.",
    "data/merged-cells": "Cells that a workbook merged over rows hold in each of them, not in the first alone.",
    "data/missing-target": "Rows without a target are left out; nothing can be learned from them.",
    "data/monotone": "Columns with which the prediction only rises or only falls, as asked; some families cannot.",
    "data/nested": "Objects inside cells (JSON, structs of Parquet) are taken apart, as in `user.age`; lists are not.",
    "data/nul-bytes": "NUL bytes, which no text holds, are left out of a text file.",
    "data/number-names": "The names of all columns are numbers as in a row of data: a line of names may be missing.",
    "data/numbers-in-text": "Text that is read as numbers; `--raw COLUMN=numbers` leaves it.",
    "data/unlabelled": "Rows without a target that `--unlabelled` names are kept beside the lab, in no fold.",
    "data/unlabelled-cap": "Of very many rows without a target some are kept, drawn at random.",
    "data/unlabelled-target": "The file of `--unlabelled` has targets; they are not read.",
    "data/rare-class": "A class with under five rows can hardly be learned, and not be scored.",
    "data/later-rows": "The rows lie in order of a date and change along it, so that folds are later rows; "
    "`--order-by none` deals them at random.",
    "data/label-rows": "Rows of units, or of labels that name the columns once more, are left out.",
    "data/rough": 'Numbers of the target are said to be rough ("ca. 40"); read as the number they name.',
    "data/limits": 'Cells of the target say only where a number lies ("<0.5"); read as the number they name.',
    "data/repeated-header": "The header stands again inside the file; those lines are left out.",
    "data/near-repeated-rows": "Rows that repeat others but for a number, noise or spelling are kept in one fold.",
    "data/known-rows": "Rows that are scored are among those that the model learned from, or of its opened vault.",
    "data/valid-overlap": "Rows that are scored equal rows of other folds of --valid in all features.",
    "data/repeated-rows": "Rows with equal features are kept in one fold, or divided where new ones repeat them too.",
    "data/sheet": "Of several sheets the first visible one that holds a table is read; `--sheet NAME` takes another.",
    "data/target-code": "Targets such as -999, far from all others, look like a code for missing; `--missing -999`.",
    "data/target-marks": "Words that mean missing among targets that are numbers; those rows are left out.",
    "data/text-layout": "A text file that is aligned by blanks, drawn with strokes or quoted otherwise.",
    "data/times-in-text": "Text that is read as times of day or as durations; `--raw COLUMN=times` leaves it.",
    "data/title-lines": "Lines above the header are left out.",
    "data/total-line": "Last lines of totals, or rows whose formulas add up those above, are left out.",
    "data/unread-cells": "Cells of new rows are no numbers or dates as the model reads them: taken as missing.",
    "data/unsaved-formulas": "Formulas of a workbook that no program has computed yet have no value.",
    "data/opaque-column": "Columns of an estimator's rows hold bytes or lists, which no step reads; they are left out.",
    "data/extra-columns": "Rows given to an estimator have columns that its fit did not have; they are ignored.",
    "data/far-values": "New rows hold numbers or dates further outside of those learned from than these are apart.",
    "data/unseen-values": "A tenth of new rows or more hold values of a column that training never met.",
    "evidence/few-rows-carry": "A few rows make much of the loss, so that the figure says little of other rows.",
    "evidence/no-promise": "The scores of stretches of time differ so much that those of the next may be anything, or "
    "models answer worse the further ahead rows are: no figure is promised, and the scores are shown.",
    "evidence/rows-only": "Fewer than three stretches of time could be scored: how later ones differ cannot be known, the interval is of these rows only.",
    "model/above-limit": "The shipped model is above `--max-latency` or `--max-size`: nothing that keeps them was made in time.",
    "model/large": "The shipped model is larger than usual. `--max-size` sets a limit.",
    "model/late": "Members that could not be fitted on all rows in time did not ship.",
    "model/no-fold-models": "The models of single folds did not ship beside those of all rows, for size.",
    "data/opaque-column": "Columns of bytes or lists, which no step reads, are left out. Make a column of each number.",
    "model/with-code": "The model calls functions of people. Whoever loads it must allow that: `allow_code=True`.",
    "model/without-code": "A model that calls functions of people is better than what ships; `--ship-code` ships it.",
    "model/texts-unread": "What ships reads no words of a column of texts: models that read it had no time, or scored worse.",
    "model/slow": "One row takes longer than usual. `--max-latency` sets a limit.",
    "model/families-failed": "Several kinds of model failed for one reason: a fault of Assay or of an installed library.",
    "session/code-waits": "Recipes that call functions of people wait for a machine whose sandbox holds them.",
    "session/place-read": "Folders of text models that the lab's last session was set to read, read again.",
    "session/place-unused": "A file that the lab's last session was set to write to is not written unless named anew.",
    "session/unchanged": "Nothing was tried and nothing said in a session: the model and its figure stay as they are.",
    "text/model-unused": "A pretrained encoder of texts is not used: a package is missing, or a row or the reading would take too long.",
    "text/store-rebuilt": "A file of the store of vectors was damaged. It is begun anew; what it held is made again.",
    "text/store-unwritable": "The folder in which vectors of texts are kept cannot be written; texts are read anew each time.",
    "vault/copied": "A copy of the lab went on elsewhere: its openings of the vault count, as far as they are known.",
    "vault/still-sealed": "A hint made void what would have been certified, so the vault was not opened.",
    "vault/was-readable": "The modes of `LAB/sealed` let others than its owner read it, as after a copy; they are put right.",
    "leak/gaps": "The gaps of a column alone tell the target. Asked about and kept; `--drop COLUMN`.",
    "leak/identifier": "Numbers of rows tell the target all the same; they are no features.",
    "leak/label-in-text": "Texts contain the class of their row, as in 'SPAM: …'. Asked about and kept; `--drop COLUMN`.",
    "leak/known-later": "A telling column whose name says that it is known only afterwards. Asked about and kept.",
    "leak/nearly-target": "A column alone says nearly what the target says. Asked about and kept.",
    "leak/row-order": "The place of a row in the file tells the target.",
    "leak/unit": "A column names units whose rows share the answer. Kept; `--group COLUMN` keeps them in one fold.",
    "leak/equals-target": "A column says what the target says in every row. Dropped; `--keep COLUMN` refuses.",
    "leak/filled-with-target": (
        "A column is filled exactly with one value of the target. Dropped; `--keep COLUMN` refuses."
    ),
}
EXITS = (
    ("0", "done; also after one Ctrl-C when a model was handed back"),
    ("1", "`doctor` found something missing; `audit`, `replay`: something differs"),
    ("2", "cannot be done as asked: usage, input, a missing extra, changed data, disk, rights"),
    (
        "3",
        "the budget ended without one scored model; the lab holds what failed. Or only the constant could be fitted in "
        "time: it ships, and knows nothing of the columns (with `--vault` nothing ships, as no vault is opened for it)",
    ),
    ("70", "a fault of Assay's own; the traceback is saved and its path printed"),
    ("130", "Ctrl-C twice"),
)
INTRO = """Every message says what happened, where, and a command or a change that helps. With `--json` an error is
also one `error/1` document on standard output. In Python, errors are `AssayError` (a `ValueError`) with `kind`,
`where`, `nearest`, `do`; notices are warnings under `AssayWarning` with `code`, `column`, `do`."""


def codes_in_source() -> tuple[str, ...]:
    """All notice codes written in src, the contract suites' examples aside."""
    files = (path for path in SOURCE.rglob("*.py") if "testing" not in path.parts)
    return tuple(sorted({code for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}))


def codes_page() -> str:
    """Errors, warnings, exit codes, notice codes. KeyError names a code that nobody has explained."""
    kinds = sorted(
        (cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.AssayError)),
        key=lambda cls: cls.kind,
    )
    explained = dict(_first_lines(errors.__doc__ or ""))
    rows = [
        (f"`{c.kind}`", f"`{c.__name__}`", explained.get(c.__name__, "the root of all"), str(c.exit_code))
        for c in kinds
    ]
    codes = [(f"`{code}`", MEANINGS[code]) for code in codes_in_source()]
    return (
        heading("Errors and warnings", INTRO)
        + "\n## Errors by kind\n\n" + table(("kind", "in Python", "meaning", "exit"), rows)
        + "\n## Notices by code\n\n" + table(("code", "meaning"), codes)
        + "\n## Why functions of people are refused, or fail\n\n"
        + table(("reason", "meaning"), [(f"`{code}`", meaning) for code, meaning in REASONS.items()])
        + "\n## Exit codes\n\n" + table(("exit", "meaning"), EXITS)
    )  # fmt: skip


def _first_lines(text: str) -> list[tuple[str, str]]:
    """(class, meaning) of the module's own list of errors."""
    return re.findall(r"^\s+(\w+Error)\s{2,}(.+)$", text, re.MULTILINE)
