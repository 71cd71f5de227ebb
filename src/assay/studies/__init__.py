"""Studies: questions about a lab's failures and its data, one kind a file, found through `registry`."""

from assay.core.registry import Registry
from assay.studies.study_contract import Study, StudyTraits

registry: Registry[Study] = Registry(
    noun="kind of study", package="assay.studies", group="assay.studies", traits=StudyTraits
)  # fmt: skip
register = registry.register
