"""The model of a recipe fitted on a fold: once, or a second time with rows without a target."""

from assay.core.contract import Fitted, FoldView, Limits, Seeds
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.self_training import FreshRows, with_pseudo_labels
from assay.pipeline.step_surroundings import built_model


def fit_model(view: LabFoldView, *, limits: Limits, seeds: Seeds, rounds: int | None) -> Fitted:
    """rounds: see Model.fit; of the last fit, as the one before it only labels."""
    model, recipe = built_model(view.recipe.model, view.folder), view.recipe
    taught: FoldView = view
    if recipe.pseudo_labels:
        rows = FreshRows(
            table=view.unlabelled(), share=recipe.pseudo_labels,
            inner=view.folder.inner_numbers(view.train_rows, view.partition),
        )  # fmt: skip
        taught = with_pseudo_labels(view, rows, model, limits=limits, seeds=seeds.child("pseudo-labels"))
    return model.fit(taught, limits=limits, seeds=seeds, rounds=rounds)
