"""The command that answers a question about a table: infer."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.expand import option
from assay.cli.options import Names, Output, kinds, listed
from assay.core.errors import StorageError, Where

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.data.options import TaskOptions
    from assay.data.raw import RawTable
    from assay.infer.asked import Asked, Fresh
    from assay.infer.result import Inference


@dataclass(frozen=True, slots=True)
class QuestionArguments:
    """What is asked, of which columns."""

    target: Annotated[str | None, option("--target", "-t", metavar="COLUMN", help="What to predict.")] = None
    effect: Annotated[str | None, option("--effect", metavar="COLUMN", help="The one column it is about.")] = None
    adjust: Annotated[Names, option("--adjust", metavar="COLUMNS", help="What the effect is adjusted for.")] = None
    jointly: Annotated[Names, option("--jointly", metavar="COLUMNS", help="Test these columns together.")] = None
    family: Annotated[
        str | None, option("--family", metavar="NAME", help="Law of the target, e.g. poisson, gamma, gaussian.")
    ] = None
    errors: Annotated[
        str | None, option("--errors", metavar="classical|hc3|cluster", help="Which standard errors count.")
    ] = None
    importance: Annotated[bool, option("--importance", help="Also measure what a model uses.")] = False
    drop: Annotated[Names, option("--drop", metavar="COLUMNS", help="Leave columns out.")] = None
    keep: Annotated[Names, option("--keep", metavar="COLUMNS", help="Use columns Assay would leave out.")] = None
    raw: Annotated[Names, option("--raw", metavar="COLUMNS", help="Columns or repairs to leave as they are.")] = None
    missing: Annotated[Names, option("--missing", metavar="TEXTS", help="Further texts that mean missing.")] = None
    kind: Annotated[Names, option("--kind", metavar="COLUMN=KIND", help="Say what a column is.")] = None
    group: Annotated[str | None, option("--group", metavar="COLUMN", help="Rows that belong together.")] = None
    order_by: Annotated[str | None, option("--order-by", metavar="COLUMN", help="Learn from earlier rows.")] = None
    weights: Annotated[str | None, option("--weights", metavar="COLUMN", help="How much each row counts.")] = None
    positive: Annotated[str | None, option("--positive", metavar="CLASS", help="The class it is about.")] = None
    sheet: Annotated[str | None, option("--sheet", metavar="NAME", help="Sheet of a workbook.")] = None
    query: Annotated[str | None, option("--query", metavar="SQL", help="Query, where FILE is a database.")] = None
    lab: Annotated[
        str | None,
        typer.Option(
            "--lab", metavar="LAB", help="What suggested the question: only rows it has not seen test it.",
            envvar="ASSAY_SUGGESTED_BY", show_default=False,  # not ASSAY_LAB, which would open a vault unasked
        ),
    ] = None  # fmt: skip
    seed: Annotated[int, option("--seed", metavar="N", help="Root of all randomness.")] = 0

    def options(self) -> "TaskOptions":
        """The table's part."""
        from assay.data.options import TaskOptions

        return TaskOptions(
            target=self.target, drop=listed(self.drop), keep=listed(self.keep), raw=listed(self.raw),
            missing=listed(self.missing), kinds=kinds(self.kind), group=self.group, order_by=self.order_by,
            weights=self.weights, positive=self.positive, sheet=self.sheet, query=self.query, seed=self.seed,
        )  # fmt: skip

    def asked(self, fresh: "Fresh") -> "Asked":
        """The question's part."""
        from assay.infer.asked import Asked

        return Asked(
            effect=self.effect, adjust=None if self.adjust is None else listed(self.adjust),
            jointly=listed(self.jointly), importance=self.importance, fresh=fresh,
            family=self.family, errors=self.errors,  # type: ignore[arg-type]  # Asked checks and names the known ones
        )  # fmt: skip


def infer(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A table: CSV, Parquet, Excel, …, - or a database URL.")],
    question: QuestionArguments,
    output: Output,
    everything: Annotated[bool, option("--all", help="Show all columns.")] = False,
    html: Annotated[str | None, option("--html", metavar="FILE", help="Write the findings as a page.")] = None,
    force: Annotated[bool, option("--force", help="Replace that page.")] = False,
) -> int:
    """Coefficients, tests and intervals for a question.

    assay infer bank.csv.gz --target y --effect age --adjust job,marital
    assay infer visits.csv --target visits --group patient --html visits.html
    """
    from assay.cli.inference import inference_lines
    from assay.cli.inference_document import infer_document
    from assay.data.read import read_table
    from assay.infer.table import infer_table

    console = output.console()
    page = None if html is None else _free(Path(html), force=force)
    options = question.options()
    raw = read_table(file, sheet=options.sheet, query=options.query, missing=options.missing, raw=options.raw)
    fresh = _noted(raw, console) if question.lab is None else _fresh(raw, question, console)
    try:
        found = infer_table(raw, options, question.asked(fresh), told=lambda what: console.passing(f"{what} …"))
    finally:
        console.passing("")
    if page is not None:
        _write(page, found)
    console.document(infer_document(found))
    console.answer(inference_lines(console.out.layout, found, everything=everything))
    return 0


def _noted(raw: "RawTable", console: "Console") -> "Fresh":
    """All rows; that a lab lies beside the file is said, as its search may have suggested the question."""
    from assay.cli.layout import Span, line
    from assay.infer.asked import Fresh
    from assay.lab.unseen import likely_lab

    lab = likely_lab(raw)
    if lab is not None:
        text = f"{lab.name} has searched these rows; if it suggested the question, ask with --lab {lab.stem}"
        console.say([line(Span(text, "warn"))])
    return Fresh()


def _fresh(raw: "RawTable", question: QuestionArguments, console: "Console") -> "Fresh":
    """The rows that the lab's search has not seen. A vault is opened only for a question that can be answered."""
    from assay.cli.place import open_lab
    from assay.infer.asked import Fresh
    from assay.infer.table import check_question
    from assay.lab.unseen import unseen_rows, write_opening

    lab = open_lab(question.lab, console)
    try:
        unseen = unseen_rows(lab, raw, missing=question.options().missing)
        if not len(unseen.rows):
            return Fresh(without_p=True, why=unseen.why)
        fresh = Fresh(rows=unseen.rows, level=unseen.level, why=unseen.why)
        numbers = check_question(raw, question.options(), question.asked(fresh))
        write_opening(lab, unseen, numbers=numbers)
    finally:
        lab.close()
    return fresh


def _free(page: Path, *, force: bool) -> Path:
    if page.exists() and not force:
        raise StorageError(f"{page} exists already.", where=Where(option="--html"), do=(f"--html {page} --force",))
    if not page.parent.is_dir():
        raise StorageError(f"{page} cannot be written: there is no folder {page.parent}.", where=Where(option="--html"))
    return page


def _write(page: Path, found: "Inference") -> None:
    from assay.report.inference_page import inference_html

    try:
        page.write_text(inference_html(found), encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{page} cannot be written: {error.strerror or error}.", where=Where(option="--html")
        ) from error
