"""Encodes codes for models that read none, in recipes without a step for them."""

from assay.core.recipe import Step

CODES_AS_COLUMNS = (
    Step.of("target_mean", above=50, m=10.0, keep=False), Step.of("one_hot", max_levels=50, min_rows=5),
)  # fmt: skip
