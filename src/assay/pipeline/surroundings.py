"""What fitted steps and models need to know beside the table: text models of the machine, and who runs code."""

from dataclasses import dataclass, replace
from typing import TypeVar

from assay.embeddings.text_models import NOWHERE as NO_TEXT_MODELS
from assay.embeddings.text_models import TextModels, given
from assay.features.term_reading import reading
from assay.terms.kept_terms import NOTHING_KEPT, TermReader
from assay.user_code.access import NOWHERE as NO_CODE
from assay.user_code.access import CodeAccess, may_run

T = TypeVar("T")


@dataclass(frozen=True)
class Surroundings:
    """text_models: where encoders of texts are looked for; code: where sources are, and who runs them; terms:
    where terms of texts that were read before are kept."""

    text_models: TextModels = NO_TEXT_MODELS
    code: CodeAccess = NO_CODE
    terms: TermReader = NOTHING_KEPT

    def equipped(self, piece: T) -> T:
        """The step or model, with what it asks for."""
        return reading(may_run(given(piece, self.text_models), self.code), self.terms)

    def only_read(self) -> "Surroundings":
        """The same, adding nothing to the store of vectors and keeping no terms: for answers, which threads share."""
        return replace(self, text_models=self.text_models.only_read(), terms=NOTHING_KEPT)


NOWHERE = Surroundings()
