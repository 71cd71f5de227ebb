"""The command line and the estimators take the same options, but for those that only one of them can have."""

import inspect
from dataclasses import fields

from assay import AutoClassifier
from assay.cli.command_options import AimArguments, BudgetArguments, TableArguments

ELSEWHERE = {"target", "weights", "problem", "sheet", "query"}
"""What Python gives as y, sample_weight or the class, and what only a file has."""
COMMAND_ALONE = {"memory", "unlabelled", "lab_memory"}
PYTHON_ALONE = {"lab", "force", "progress"}
"""--out and --force are options of the command itself; --events and --verbose its progress."""
SAID_OTHERWISE = {"jobs": "n_jobs", "seed": "random_state", "kind": "kinds", "text_model": "text_models"}


def test_both_faces_take_the_same_options() -> None:
    of_command = {one.name for group in (TableArguments, AimArguments, BudgetArguments) for one in fields(group)}
    of_python = set(inspect.signature(AutoClassifier.__init__).parameters) - {"self"} - PYTHON_ALONE
    assert {SAID_OTHERWISE.get(name, name) for name in of_command - ELSEWHERE - COMMAND_ALONE} == of_python
