"""Where it fails: slices of the rows with a larger loss, and whether another law holds in them."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.study import Findings, Leaning, StudyFact
from assay.explain.error_slices import ErrorSlice
from assay.studies import register
from assay.studies.segment_columns import segment_proposals
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits
from assay.views.lab_errors import slices_of

MOST = 3
SECONDS_PER_CELL = 2e-5


@register("slices")
@dataclass(frozen=True)
class WeakSlices:
    """Conditions on rows with a larger out-of-fold loss (explain/error_slices). A slice is a finding where residuals
    follow the columns there, so that a model of its own would repair something; one where the loss is merely larger is
    a measure: every table has rows that are hard."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Where does it fail?", place=10, rows=300,
        asked_as=("where", "fail", "fails", "wrong", "errors", "error", "slice", "slices", "worst", "weak", "segment"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        """It needs errors, and a column that tells rows apart."""
        return "" if context.columns else "has no column to describe rows by"

    def seconds(self, context: StudyContext) -> float:
        return 2.0 + SECONDS_PER_CELL * len(context.y) * len(context.columns)

    def run(self, context: StudyContext) -> Findings:
        best = context.best
        if best is None or not context.has_errors:
            return Findings()
        found_now = slices_of(context.folder, context.state, best)
        slices = tuple(one for one in found_now if one.excess.value > 0)[:MOST]
        facts = tuple(_fact(one, context) for one in slices)
        found = [one for one in slices if one.correctable]
        leanings = tuple(Leaning(move="segment_models", factor=3.0, why=f"another law holds where {one.condition}")
                         for one in found[:1])  # fmt: skip
        made = (one for slice_ in found[:1]
                for one in segment_proposals(slice_, context))  # fmt: skip
        return Findings(facts=facts, leanings=leanings, proposals=tuple(made))


def _fact(one: ErrorSlice, context: StudyContext) -> StudyFact:
    share = f"{one.rows:,} of {int(context.scored.sum()):,} rows"
    excess, is_found = one.excess, one.correctable
    losses = f"the loss is {one.loss:.3g} against {one.rest:.3g} elsewhere"
    more = f"another law holds, which a model of these rows alone would follow ({losses})"
    said = f"where {one.condition} ({share}), {more if is_found else f'{losses}; no column says why'}"
    tested = one.gain if is_found and one.gain is not None else excess
    return StudyFact(
        code="slice", says=said, value=excess.value, low=excess.low, high=excess.high, sigma=excess.sigma,
        unit="loss", p=tested.p, columns=one.columns, where=one.condition, experiments=context.members,
        rows=tuple(int(row) for row in one.mask.nonzero()[0][:20]), is_measure=not is_found,
    )  # fmt: skip
