"""One side of a pair: fit by whatever code is found first, answer the test rows, say what it took. Started by pairs.py.

python pairs_side.py '{"source": …, "test": …, "answer": …, "target": …, …}'     (wishes of program.py, and these)
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

wishes = json.loads(sys.argv[1])
test, answer = pd.read_parquet(wishes.pop("test")), wishes.pop("answer")
program = [sys.executable, str(Path(__file__).with_name("program.py")), json.dumps(wishes)]
told = json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)

import assay  # noqa: E402  # the fit had a process of its own

model = assay.load(wishes["out"])
is_class = len(model.classes) > 0
p = np.asarray(model.predict_proba(test) if is_class else model.predict(test))
pd.DataFrame(p, columns=[str(one) for one in model.classes] if is_class else ["value"]).to_parquet(answer)
rows, took = [test.iloc[[i]] for i in range(min(200, len(test)))], []
for row in (*rows[:20], *rows):
    start = time.process_time_ns()
    model.predict(row)
    took.append(1e-6 * (time.process_time_ns() - start))
size = sum(file.stat().st_size for file in (Path(wishes["out"]) / "model").rglob("*") if file.is_file())
print(json.dumps({
    "seconds": told["seconds"], "experiments": told["experiments"], "utilisation": told["utilisation"],
    "row_ms": float(np.median(took[20:])), "bytes": size,
}))  # fmt: skip
