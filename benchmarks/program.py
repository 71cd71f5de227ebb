"""A user's program: fit once from Python, say as JSON how long that took. Started by other benchmarks.

    python program.py '{"source": "churn.csv", "target": "left", "seconds": 20, "out": "churn.lab"}'

Wishes: source, target, metric, problem, drop, seconds, experiments, out, jobs, seed, without, preset, patience,
idle (researchers left out), text_models ("none" for none), text_store, warm, until ("boosted": stop at the first
boosted model). The script has no main guard on purpose: users forget it too.
"""

import json
import math
import sys
import threading
import time

import assay
from assay.core.clock import Budget
from assay.core.event import Event, Scored
from assay.data.options import TaskOptions
from assay.execute.prestart import warm_server
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.research import queue
from assay.search.settings import FitSettings

wishes = json.loads(sys.argv[1])
boosted = ("lightgbm", "catboost", "xgboost")
stop = threading.Event()
scored: list[tuple[float, str]] = []

if wishes.get("warm"):
    assay.warm()
    while (server := warm_server(())) is not None and not server.is_ready():
        time.sleep(0.05)

started = time.monotonic()


def hear(event: Event) -> None:
    """Note when each experiment was scored."""
    if isinstance(event, Scored):
        scored.append((time.monotonic() - started, event.what))
        if wishes.get("until") == "boosted" and event.what.startswith(boosted):
            stop.set()


summary = fit(
    wishes["source"],
    TaskOptions(
        target=wishes["target"], metric=wishes.get("metric"), problem=wishes.get("problem"),
        drop=tuple(wishes.get("drop", ())), seed=wishes.get("seed", 0),
    ),
    FitSettings(
        budget=Budget(seconds=wishes.get("seconds") or math.inf, experiments=wishes.get("experiments")),
        out=wishes.get("out"), jobs=wishes.get("jobs", 0), without=frozenset(wishes.get("without", ())),
        max_latency_ms=wishes.get("max_latency"), preset=wishes.get("preset", "balanced"),
        patience=wishes.get("patience", True), seed=wishes.get("seed", 0),
        text_models=tuple(wishes.get("text_models", ())), text_store=wishes.get("text_store", ""),
        researchers=tuple(name for name in queue(has_vault=False) if name not in wishes.get("idle", ())),
    ),
    context=RunContext(listener=hear, interrupt=stop),
)  # fmt: skip
seconds = time.monotonic() - started
print(json.dumps({
    "seconds": seconds, "scored": scored, "model": summary.model is not None, "experiments": summary.experiments,
    "failed": summary.failed, "stopped_by": summary.stopped_by, "utilisation": summary.utilisation,
}))  # fmt: skip
