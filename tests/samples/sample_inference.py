"""An answer of `assay infer` with something in every field, for code that draws or documents one."""

from assay.core.task import Notice
from assay.infer.inference_result import (
    Assumption,
    Coefficient,
    ColumnImportance,
    ErrorEstimate,
    Inference,
    JointTest,
    MachineEffect,
    ModelFacts,
    PlotPoints,
    ProductEffect,
    SimpleSlope,
    UnivariateTest,
)


def inference() -> Inference:
    """Calls by age and job: a named effect, one it is adjusted for, clustered errors, everything measured."""
    hc3 = ErrorEstimate(kind="hc3", se=0.02, low=0.16, high=0.24, p=0.0001, df=795.0)
    intercept = Coefficient(name="(intercept)", column="", role="intercept", value=3.1, spreads=(hc3,))
    age = Coefficient(
        name="age", column="age", role="effect", value=0.2, spreads=(hc3,), visible=0.056, standard=0.4, size="medium",
        average=0.1, vif=1.2, words="spent is 0.20 higher for each further unit of age",
    )  # fmt: skip
    job = Coefficient(
        name="job = clerk", column="job", role="other", value=-0.3, level="clerk", against="none", holm=0.02,
        spreads=(ErrorEstimate(kind="hc3", se=0.1, low=-0.5, high=-0.1, p=0.01, df=795.0),), bh=0.015, size="small",
        vif=1.1, words="spent is 0.3 lower for job = clerk than for none",
    )  # fmt: skip
    joint = JointTest(
        columns=("job",), statistic=4.1, df=2, df2=795.0, p=0.017, method="Wald's F, HC3 errors", holm=0.03
    )
    return Inference(
        file="calls.csv", path="calls.csv", target="spent", question="numbers, 412 different ones", effect="age",
        adjust=("job",), rows=800, level=0.05, selection="every question was named before looking", tested=True,
        model=ModelFacts(
            family="gaussian", title="linear model", link="identity", family_why="the target is a number",
            errors="hc3", errors_why="they hold whether or not the spread is equal", rows=790, units=790,
            coefficients=3, loglik=-1200.5, aic=2409.0, explained=0.31, explained_name="R²", dispersion=8.7,
            equal_rows=610.0,
        ),
        coefficients=(intercept, age, job), whole=joint, columns=(joint,), jointly=joint,
        checks=(Assumption(name="linearity", verdict="look", message="effects bend", statistic=3.2, p=0.004,
                           do="look"),),
        alone=(UnivariateTest(column="age", test="Spearman", statistic=0.4, p=0.001, effect=0.4,
                              measure="rank correlation", rows=790, holm=0.002),),
        machine=(MachineEffect(
            method="partially linear", value=0.19, se=0.02, low=0.15, high=0.23, p=0.0001, rows=790,
            adjusted_by=("linear", "boosted trees"), reach=0.2, reach_p=0.15, trimmed=0, outside=0,
            partitions=11,
            assumption="an effect of age only if every common cause is among: job",
        ),),
        used=(ColumnImportance(columns=("age",), loss=1.5, low=1.1, high=1.9, p=0.0001, holm=0.0002),),
        used_metric="MSE",
        points=PlotPoints(fitted=(1.0, 2.0), residuals=(-0.5, 0.5), leverage=(0.01, 0.02), expected=(-0.7, 0.7)),
        left_out=("code left out: one value in all rows used",), notes=("each class is held against none",),
        notices=(Notice(code="data/cells", message="age: 2 cells read as missing", column="age"),), seconds=1.5,
        product=ProductEffect(name="age × job", columns=("age", "job"), centred=(("age", 40.1),),
                              slopes=(SimpleSlope(held="age at 40.1 (its mean)", at=40.1, coefficient=job),)),
    )  # fmt: skip
