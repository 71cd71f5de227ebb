"""Commands that verify results: audit, replay, compare."""

import shlex
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.command_options import LabArgument, OutputOptions
from assay.cli.option_groups import option

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.compare.comparison import Terms

PredictionFiles = Annotated[
    list[str],
    typer.Argument(metavar="A B...", help="Predictions of the same rows: two tables, or more to be ranked."),
]
TruthFile = Annotated[str, typer.Argument(metavar="TRUTH", help="The table with what really happened.")]
Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[LAB] [NUMBER]", help="An experiment: a number, best or base; all if none is given."),
]

DIFFERS = 1


def audit(
    output: OutputOptions,
    lab: LabArgument = None,
    head: Annotated[
        list[str] | None, option("--head", metavar="N:HASH", help="Ask that the ledger has this head, noted earlier.")
    ] = None,
) -> int:
    """Recompute every number and verdict.

    assay audit bank
    assay audit bank --head 97:5f3a0c27be419d68 --json
    """
    from assay.cli.comparison_lines import audit_lines
    from assay.cli.json_documents import audit_document
    from assay.cli.lab_argument import audited

    console = output.console()
    found = audited(lab, head or (), console)
    console.document(audit_document(found))
    console.answer(audit_lines(console.out.layout, found, lab=lab or found.lab))
    return 0 if found.ok else DIFFERS


def replay(
    output: OutputOptions,
    words: Words = None,
    jobs: Annotated[int, option("--jobs", metavar="N", help="Worker processes (all cores if not given).")] = 0,
) -> int:
    """Run an experiment or a lab again and compare.

    assay replay bank 17
    assay replay bank
    """
    from assay.audit.replay import replay as run_again
    from assay.cli.comparison_lines import replay_lines, replay_progress
    from assay.cli.json_documents import replay_document
    from assay.cli.lab_argument import number_of, open_lab
    from assay.lab.workers import executor_of
    from assay.search.settings import FitSettings

    console = output.console()
    reference, word = lab_and_experiment(words or [])
    lab = open_lab(reference, console)
    number = None if word is None else number_of(lab, word)
    executor = executor_of(FitSettings(jobs=jobs), inline=False)
    try:
        found = run_again(lab, number, executor, on_progress=lambda done, n: console.say(replay_progress(done, n)))
    finally:
        executor.close(now=True)
    console.document(replay_document(found))
    console.answer(replay_lines(console.out.layout, found))
    return 0 if found.ok else DIFFERS


def lab_and_experiment(words: list[str]) -> tuple[str | None, str | None]:
    """(lab, experiment) of "[LAB] [NUMBER]", each None where it is omitted; UsageError for more words."""
    from assay.cli.lab_argument import is_experiment
    from assay.core.errors import UsageError

    lab, number = (words[:-1], words[-1]) if words and is_experiment(words[-1]) else (words, None)
    if len(lab) > 1:
        raise UsageError("assay replay takes [LAB] [NUMBER].", do=("assay replay LAB", "assay replay LAB 17"))
    return (lab[0] if lab else None), number


@dataclass(frozen=True, slots=True)
class TermsArguments:
    """Terms of a comparison of files."""

    target: Annotated[str | None, option("--target", "-t", metavar="COLUMN", help="The column with the truth.")] = None
    metric: Annotated[str | None, option("--metric", metavar="NAME", help="What counts as good, e.g. roc_auc.")] = None
    id_column: Annotated[
        str | None, option("--id", metavar="COLUMN", help="Match rows by this column, not by order.")
    ] = None
    column: Annotated[str, option("--column", metavar="COLUMN", help="The column of the predictions.")] = ""
    group: Annotated[str | None, option("--group", metavar="COLUMN", help="Keep rows of one value together.")] = None
    weights: Annotated[str | None, option("--weights", metavar="COLUMN", help="How much each row counts.")] = None
    positive: Annotated[str | None, option("--positive", metavar="CLASS", help="The positive class.")] = None
    seed: Annotated[int, option("--seed", metavar="N", help="Random seed.")] = 0

    def terms(self) -> "Terms":
        """The terms in the form of the lab."""
        from assay.compare.comparison import Terms

        return Terms(**asdict(self))


def compare(files: PredictionFiles, truth: TruthFile, terms: TermsArguments, output: OutputOptions) -> int:
    """Test prediction files against the truth.

    assay compare old.csv new.csv truth.csv --target y
    assay compare old.csv new.csv third.csv truth.csv --target y --metric log_loss --id customer
    """
    if len(files) < 2:
        from assay.core.errors import UsageError

        raise UsageError(
            f"{files[0]} alone cannot be compared: name two files of predictions or more, the truth last.",
            do=(f"assay compare {shlex.quote(files[0])} OTHER {shlex.quote(truth)}",),
        )
    show = _compare if len(files) == 2 else _rank
    show(tuple(files), truth, terms.terms(), output.console())
    return 0


def _compare(files: tuple[str, ...], truth: str, terms: "Terms", console: "Console") -> None:
    from assay.cli.comparison_lines import comparison_lines
    from assay.cli.json_documents import compare_document
    from assay.compare.comparison import compare_files

    found = compare_files(files[0], files[1], truth, terms)
    console.document(compare_document(found))
    console.answer(comparison_lines(console.out.layout, found))


def _rank(files: tuple[str, ...], truth: str, terms: "Terms", console: "Console") -> None:
    from assay.cli.ranking_lines import ranking_document, ranking_lines
    from assay.compare.ranking import rank_files

    found = rank_files(files, truth, terms)
    console.document(ranking_document(found))
    console.answer(ranking_lines(console.out.layout, found))
