"""The model of a recipe fitted on a fold: once, or a second time with rows without a target."""

from functools import partial

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import Fitted, FoldView, Limits, Seeds
from assay.core.split import Fold
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.self_training import FreshRows, LeftOut, with_pseudo_labels
from assay.pipeline.step_surroundings import built_model


def fit_model(view: LabFoldView, *, limits: Limits, seeds: Seeds, rounds: int | None) -> Fitted:
    """rounds: see Model.fit; of the last fit, as the one before it only labels."""
    model, recipe = built_model(view.recipe.model, view.folder), view.recipe
    taught: FoldView = view
    if recipe.pseudo_labels:
        rows = FreshRows(
            table=view.unlabelled(), share=recipe.pseudo_labels,
            inner=view.folder.inner_numbers(view.train_rows, view.partition),
            left_out=partial(_left_out, view) if view.base.rest and view.nested is None else None,
        )  # fmt: skip
        taught = with_pseudo_labels(view, rows, model, limits=limits, seeds=seeds.child("pseudo-labels"))
    return model.fit(taught, limits=limits, seeds=seeds, rounds=rounds)


def _left_out(view: LabFoldView, held: Index) -> LeftOut:
    """The training rows of a view but a part of them, with all steps that look at the target fitted on the others."""
    rest = np.setdiff1d(np.arange(len(view.train_rows)), held)
    fold = Fold(view.fold.number, view.train_rows[rest], view.train_rows[held])
    own = LabFoldView(view.folder, view.recipe, fold, view.loss, view.seeds, view.partition, _base=view.base)

    def scale(values: Floats) -> Floats:
        if view.problem.is_class or own.link == view.link:
            return values
        return view.link.encode(own.link.decode(values))

    return LeftOut(view=own, fresh=own.unlabelled(), scale=scale)
