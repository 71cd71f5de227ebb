"""Labels of digits with leading zeros are handed back as the file writes them."""

import numpy as np
import pytest

from assay.compare.comparison import Terms, compare_files
from assay.data.cell import label_codes
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table


def task_of(folder, labels, **options):
    rows = "\n".join(f"{j % 7},{label}" for j, label in enumerate(labels))
    (folder / "rows.csv").write_text(f"x,code\n{rows}\n")
    return prepare(read_table(folder / "rows.csv"), TaskOptions(target="code", **options)).task


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["001", "0020", "0020"], ("0020", "001")),
        (["007", "011", "023"], ("007", "011", "023")),
        (["1", "20", "20"], (20, 1)),
        (["1", "001", "20", "20", "20"], (20, 1)),  # one number in two spellings: a number is meant
    ],
)
def test_classes_are_named_as_the_file_writes_them(tmp_path, labels, classes):
    assert task_of(tmp_path, labels * 20).classes == classes


def test_a_class_below_the_rows_looked_at_is_padded_like_the_others(tmp_path):
    assert task_of(tmp_path, ["001"] * 60_000 + ["002"] * 60_000).classes == ("002", "001")


@pytest.mark.parametrize("positive", ["0020", "20"])
def test_the_positive_class_may_be_named_with_or_without_its_zeros(tmp_path, positive):
    assert task_of(tmp_path, ["001", "0020", "0020"] * 20, positive=positive).classes[1] == "0020"


def test_a_label_is_found_as_text_before_as_a_number():
    code = label_codes(("1", "001", "other"))
    assert [code(cell) for cell in ("1", "001", 1, "01", None, "other")] == [0, 1, 0, -1, -1, 2]
    assert label_codes(("001", "0020"))(20) == 1


def test_predicted_labels_with_zeros_are_compared_with_true_ones(tmp_path):
    truth = ["001", "0020", "0020", "001", "0020"] * 20
    wrong = [*truth[:50], *reversed(truth[50:])]
    for name, labels in (("truth", truth), ("a", truth), ("b", wrong)):
        (tmp_path / f"{name}.csv").write_text("\n".join(["code", *labels]) + "\n")
    paths = [tmp_path / f"{name}.csv" for name in ("a", "b", "truth")]
    found = compare_files(*paths, Terms(metric="accuracy"))
    assert found.a_score.value == 1.0
    assert found.b_score.value == pytest.approx(np.mean([a == b for a, b in zip(wrong, truth, strict=True)]))
