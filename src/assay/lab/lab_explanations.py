"""What `explain` says of a lab, from the rows and out-of-fold predictions that it stored; its vault is not read."""

from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from assay.core.array import AnyArray
from assay.core.errors import LabError, UsageError, nearest_names
from assay.explain.effect_curves import ColumnCurve, effect_curves
from assay.explain.error_slices import ErrorSlice
from assay.explain.feature_columns import FeatureColumn, feature_columns
from assay.explain.label_noise import LabelNoise
from assay.journal.shipped_model import shipped_prediction
from assay.predictor.predictor import Predictor
from assay.views.lab_errors import first_level, rejected_labels, slices_of, witnesses
from assay.views.open_lab import OpenLab


def lab_columns(lab: OpenLab) -> tuple[FeatureColumn, ...]:
    """The features of the lab's rows."""
    return feature_columns(lab.folder.table, lab.task.schema)


def explained_prediction(lab: OpenLab) -> AnyArray | None:
    """(n,) or (n, k) out-of-fold predictions of what ships, before that of the champion; None before there are any."""
    shipped = shipped_prediction(lab.state, lab.oof)
    if shipped is not None:
        return shipped
    return None if lab.champion is None else lab.oof(lab.champion)


def lab_slices(lab: OpenLab) -> tuple[ErrorSlice, ...]:
    """Where what ships fails; () where nothing can be seen, or nothing is scored yet."""
    prediction = explained_prediction(lab)
    if prediction is None:
        return ()
    with threadpool_limits(1):  # many small products: more threads only wait for each other
        return slices_of(lab.folder, lab.state, prediction)


def lab_suspects(lab: OpenLab) -> tuple[LabelNoise, tuple[int, ...]] | None:
    """Labels that all models reject, and the experiments asked; None with fewer than two families to ask."""
    numbers = witnesses(first_level(lab.state, higher_is_better=lab.metric.higher_is_better), lab.oof)
    if len(numbers) < 2:
        return None
    import scipy.optimize  # noqa: F401  # a limit counts for libraries that are loaded

    with threadpool_limits(1):
        predictions = [stored for number in numbers if (stored := lab.oof(number)) is not None]
        return rejected_labels(lab.folder, lab.state, predictions), numbers


def lab_effect(lab: OpenLab, name: str, *, model: Predictor | None = None) -> tuple[ColumnCurve, ...]:
    """The effect of an input column on the model that ships, with the lab's rows; model: where it is open already.

    UsageError for a name that is none of the columns it looks at; LabError where there is no model yet.
    """
    columns = lab_columns(lab)
    column = _named(columns, name)
    if model is None:
        if lab.state.end is None:
            raise LabError(f"{lab.name} has no model yet.", do=("assay research LAB --until 10m",))
        model = Predictor.in_lab(lab.path / "model", lab.folder.surroundings)
    return effect_curves(
        [model.of_table], lab.folder.table, column, columns, is_class=lab.task.problem.is_class, seed=lab.task.seed
    )


def _named(columns: Sequence[FeatureColumn], name: str) -> FeatureColumn:
    """A column by its name; a text by the name of its column is refused, as its length is not what it says."""
    for column in columns:
        if column.name == name:
            if column.name != column.source:
                raise UsageError(f'"{name}" is read off a text; its words are shown by assay explain LAB.')
            return column
    known = [column.name for column in columns if column.name == column.source]
    raise UsageError(
        f'There is no curve of "{name}": it is no column of numbers, dates or categories that the model looks at.',
        nearest=nearest_names(name, known), do=(f"columns: {', '.join(known[:8])}",),
    )  # fmt: skip
