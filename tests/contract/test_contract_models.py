"""Every registered family passes the suite that authors of plug-ins run."""

import pytest

from assay.core.errors import MissingExtraError, UsageError
from assay.models import registry, traits_of
from assay.testing.models import CHECKS, check_model
from assay.testing.tables import PROBLEMS
from each import USUAL_FAMILIES, with_usual

OURS = [name for name, family in registry if not family.traits.runs_code]


@pytest.mark.parametrize("problem", with_usual(PROBLEMS, frozenset({"binary", "regression"})))
@pytest.mark.parametrize("name", with_usual(OURS, USUAL_FAMILIES))
def test_a_registered_family_keeps_the_contract_of_models(name, problem):
    if traits_of(name).only_classes and problem == "regression":
        with pytest.raises(UsageError, match="the target is a number"):
            check_model(name, problems=(problem,))
        return
    try:
        report = check_model(name, problems=(problem,))
    except MissingExtraError as error:
        pytest.skip(f"{name}: {error.message}")
    assert len(report.passed) == len(CHECKS)
