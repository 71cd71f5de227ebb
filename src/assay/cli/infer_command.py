"""The command infer, which answers a question about a table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.command_options import Names, OutputOptions, TableArguments, listed
from assay.cli.html_option import PageArguments, write_page
from assay.cli.option_groups import option

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.data.options import TaskOptions
    from assay.data.raw import RawTable
    from assay.infer.inference_question import Question, UnusedRows


@dataclass(frozen=True, slots=True)
class QuestionArguments:
    """The question about the columns."""

    effect: Annotated[
        str | None, option("--effect", metavar="COLUMN", help="The column the question is about; or a product: 'a*b'.")
    ] = None
    adjust: Annotated[Names, option("--adjust", metavar="COLUMNS", help="What the effect is adjusted for.")] = None
    jointly: Annotated[Names, option("--jointly", metavar="COLUMNS", help="Test these columns together.")] = None
    family: Annotated[
        str | None, option("--family", metavar="NAME", help="Distribution of the target, e.g. poisson.")
    ] = None
    errors: Annotated[
        str | None, option("--errors", metavar="classical|hc3|cluster", help="Which standard errors count.")
    ] = None
    exposure: Annotated[
        str | None, option("--exposure", metavar="COLUMN", help="What the counts were counted over, e.g. years.")
    ] = None
    importance: Annotated[bool, option("--importance", help="Also measure what a model uses.")] = False
    lab: Annotated[
        str | None,
        typer.Option(
            "--lab", metavar="LAB", help="Lab that suggested the question: test on rows it has not seen.",
            envvar="ASSAY_SUGGESTED_BY", show_default=False,  # not ASSAY_LAB, which would open a vault unasked
        ),
    ] = None  # fmt: skip

    def asked(self, unused: "UnusedRows") -> "Question":
        """The options as a Question."""
        from assay.infer.inference_question import Question

        return Question(
            effect=self.effect, adjust=None if self.adjust is None else listed(self.adjust),
            jointly=listed(self.jointly), importance=self.importance, exposure=self.exposure, unused=unused,
            family=self.family, errors=self.errors,  # type: ignore[arg-type]  # Asked checks and names the known ones
        )  # fmt: skip


def infer(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A table: CSV, Parquet, Excel, …, - or a database URL.")],
    table: TableArguments,
    question: QuestionArguments,
    view: PageArguments,
    output: OutputOptions,
    seed: Annotated[int, option("--seed", metavar="N", help="Random seed.")] = 0,
) -> int:
    """Coefficients, tests and intervals for a question.

    assay infer bank.csv.gz --target y --effect age --adjust job,marital
    assay infer visits.csv --target visits --group patient --html visits.html
    """
    from assay.cli.inference_document import infer_document
    from assay.cli.inference_lines import inference_lines
    from assay.data.read import read_table
    from assay.infer.infer_table import infer_table
    from assay.report.inference_page import inference_html

    console = output.console()
    page = view.free()
    options = table.options(seed=seed)
    raw = read_table(file, sheet=options.sheet, query=options.query, missing=options.missing, raw=options.raw)
    unused = _noted(raw, console) if question.lab is None else _fresh(raw, options, question, console)
    try:
        found = infer_table(raw, options, question.asked(unused), notify=lambda what: console.passing(f"{what} …"))
    finally:
        console.passing("")
    if page is not None:
        write_page(page, inference_html(found))
    console.document(infer_document(found))
    console.answer(inference_lines(console.out.layout, found, everything=view.everything))
    return 0


def _noted(raw: "RawTable", console: "Console") -> "UnusedRows":
    """All rows; with a note if a lab lies beside the file, as its search may have suggested the question."""
    from assay.cli.line_layout import Span, line
    from assay.infer.inference_question import UnusedRows
    from assay.journal.find_labs import short_name
    from assay.lab.unseen_rows import likely_lab

    lab = likely_lab(raw)
    if lab is not None:
        text = (
            f"{lab.name} has searched these rows; if it suggested the question, ask with --lab {short_name(lab.name)}"
        )
        console.say([line(Span(text, "warn"))])
    return UnusedRows()


def _fresh(raw: "RawTable", options: "TaskOptions", question: QuestionArguments, console: "Console") -> "UnusedRows":
    """The rows that the lab's search has not seen. A vault is opened only for a question that can be answered."""
    from assay.cli.lab_argument import open_lab
    from assay.infer.infer_table import check_question
    from assay.infer.inference_question import UnusedRows
    from assay.lab.unseen_rows import unseen_rows, write_opening

    lab = open_lab(question.lab, console)
    try:
        unseen = unseen_rows(lab, raw, missing=options.missing)
        if not len(unseen.rows):
            return UnusedRows(without_p=True, why=unseen.why)
        unused = UnusedRows(rows=unseen.rows, level=unseen.level, why=unseen.why)
        numbers = check_question(raw, options, question.asked(unused))
        write_opening(lab, unseen, numbers=numbers)
    finally:
        lab.close()
    return unused
