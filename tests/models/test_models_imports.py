"""Looking families up, and predicting with a stored model, imports no heavy library."""

import json
import subprocess
import sys

import numpy as np
import pytest

from assay.core.clock import Limits
from assay.core.seed import Seeds
from assay.models import registry
from assay.testing.memory_view import MemoryView
from assay.testing.tables import tiny_table, tiny_target

HEAVY = ("sklearn", "scipy", "pandas", "torch", "lightgbm", "xgboost", "catboost")

PREDICT = """
import json, sys
import numpy as np
from assay.core.contract import State
from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.table import Table
from assay.models import registry

names = registry.names()
folder, heavy = sys.argv[1], sys.argv[2].split(",")
meta = json.load(open(f"{folder}/meta.json"))
state = State(meta["name"], meta["meta"], dict(np.load(f"{folder}/arrays.npz")))
rows = np.load(f"{folder}/rows.npz")
table = Table.of(numeric=NumericBlock(rows["numeric"]), codes=CodeBlock(rows["codes"]))
fitted = registry.get(state.name).restore(state)
assert np.array_equal(fitted.predict(table), rows["expected"])
print(",".join(name for name in heavy if name in sys.modules))
"""


@pytest.mark.parametrize("name", ["constant", "rule", "linear", "extra_trees", "random_forest", "knn", "svm"])
def test_a_stored_model_predicts_the_same_bits_in_a_process_with_numpy_only(name, tmp_path):
    table = tiny_table(plain=True)
    view = MemoryView.of(table, tiny_target("multiclass", table))
    fitted = registry.get(name)().fit(view, limits=Limits(), seeds=Seeds(0))
    state, test = fitted.state(), view.table("test")
    (tmp_path / "meta.json").write_text(json.dumps({"name": state.name, "meta": state.meta}))
    np.savez(tmp_path / "arrays.npz", **state.arrays)
    np.savez(tmp_path / "rows.npz", numeric=test.numeric, codes=test.codes, expected=fitted.predict(test))
    done = subprocess.run(
        [sys.executable, "-c", PREDICT, str(tmp_path), ",".join(HEAVY)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
