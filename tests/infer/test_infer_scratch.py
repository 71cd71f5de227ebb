"""What models of ours write while infer fits them goes with the fit."""

import gc

import numpy as np

from assay.core.target import Target
from assay.infer.learners import InMemoryFold
from assay.testing.memory_view import facts_of
from assay.testing.tables import tables_of_every_kind


def test_files_shared_by_models_go_with_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    table = tables_of_every_kind()["mixed"]
    target = Target(np.arange(table.n_rows, dtype=np.float64), 0, None)
    rows = InMemoryFold(train=table, test=table, train_target=target, test_target=target, facts=facts_of(table, target))
    files = [rows.shared_file(name, lambda path: path.touch()) for name in ("one", "other")]
    assert all(file.is_file() for file in files)
    assert len({file.parent for file in files}) == 1
    del rows, files
    gc.collect()
    assert not list(tmp_path.iterdir())
