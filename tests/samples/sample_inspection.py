"""An inspection with something in every field, for code that draws or documents one."""

from assay.core.figure import Figure
from assay.core.inspection import (
    Ask,
    ColumnDrift,
    ColumnView,
    Drift,
    Frequent,
    Inspection,
    LeakFound,
    Reading,
    Relation,
    Replay,
    Spread,
    TargetView,
    Twins,
    UnivariateScore,
)
from assay.core.task import Notice


def inspection() -> Inspection:
    """A table of orders: a proved leak, a suspicion, repairs, questions, a second file."""
    columns = (
        ColumnView(name="customer_no", kind="identifier", why="a different value in each row", missing=0.0, levels=0),
        ColumnView(
            name="score", kind="numeric", why="whole numbers", missing=0.088, levels=0,
            spark=(0.1, 0.15, 0.25, 0.2, 0.1, 0.1, 0.05, 0.05), notes=("-999 in 3,380 rows (8.8 %): read as missing",),
            repairs=("read as missing: -999",), refuse=("--raw score=missing",),
            spread=Spread(low=1.0, median=50.0, high=100.0, outliers=0.001),
            alone=UnivariateScore(value=0.62, measure="ROC AUC"), gaps=UnivariateScore(value=0.55, measure="ROC AUC"),
        ),
        ColumnView(
            name="city", kind="category", why="text", missing=0.0, levels=3, spark=(0.5, 0.3, 0.2),
            frequent=(Frequent(level="Bonn", share=0.5),), alone=UnivariateScore(value=0.51, measure="ROC AUC"),
        ),
        ColumnView(name="closed_on", kind="dropped", why="leak: is filled", missing=0.769, levels=0),
    )  # fmt: skip
    separability = Figure(value=0.51, metric="roc_auc", origin="oof", rows=4226, low=0.48, high=0.54, title="ROC AUC")
    return Inspection(
        file="orders.csv", path="orders.csv", size_bytes=6_100_000,
        read=Reading(encoding="latin-1", delimiter=";", decimal=",", skipped=("3 title lines left out",)),
        rows=38_412, n_columns=5, columns=columns,
        target=TargetView(name="churned", problem="binary", reason="2 different values",
                          shares=(("no", 0.769), ("yes", 0.231)), notes=("211 rows left out: churned is missing",)),
        leaks=(
            LeakFound(column="closed_on", code="leak/filled-with-target", verdict="proved", do="--keep closed_on",
                      what="closed_on is filled in every row with churned = yes and in no other"),
            LeakFound(column="duration", code="leak/known-later", verdict="suspected", do="--drop duration", score=0.81,
                      measure="ROC AUC", what="duration alone reaches ROC AUC 0.81"),
        ),
        asks=(Ask(code="ask/time", message="signed_up runs 2019-01 to 2024-03", do="--order-by signed_up",
                  column="signed_up"),),
        twins=Twins(repeated=37, near=5, looked_at=38_412),
        drift=Drift(other="may.csv", rows=2_113, separability=separability,
                    columns=(ColumnDrift(column="score", psi=0.02, distance=0.03, chance=0.04),)),
        replay=(Replay(step="target_mean", moved=(), shuffled=0.02, chance=0.2),),
        notices=(Notice(code="data/title-lines", message="3 title lines above the header left out"),),
        sampled=38_412, seconds=1.2,
        relations=(Relation(a="score", b="city", measure="correlation ratio", value=0.44, rows=9_800),),
    )  # fmt: skip
