"""The command score, which scores a model on labelled rows."""

from typing import Annotated

from assay.cli.command_options import Names, OutputOptions, listed
from assay.cli.model_argument import What, in_points, opened_model, say_check, split_words
from assay.cli.option_groups import option
from assay.cli.reading_options import ReadingArguments, read_like, say_reading


def score(
    what: What,
    reading: ReadingArguments,
    output: OutputOptions,
    metric: Annotated[Names, option("--metric", metavar="NAME", help="What counts as good, e.g. roc_auc.")] = None,
    by: Annotated[Names, option("--by", metavar="COLUMNS", help="Score rows by the values of a column.")] = None,
    leaderboard: Annotated[
        str | None, option("--leaderboard", metavar="FILE", help="Where the score stands among those of this file.")
    ] = None,
) -> int:
    """Score a model on new rows with the truth.

    assay score bank new.csv
    assay score bank new.csv --metric log_loss --by job
    """
    from assay.cli.score_lines import score_document, score_lines
    from assay.views.score_context import mark

    console = output.console()
    reference, file = split_words(what, "score")
    model, place = opened_model(reference, console, allow_code=reading.allow_code)
    model = reading.equipped(model)
    rows = in_points(read_like(file, model.passport, reading), model, console)
    say_check(console, model, model.check(rows.frame), rows.name, place, promises=False)
    say_reading(console, rows)
    found = mark(model, rows, metrics=listed(metric), by=listed(by), leaderboard=leaderboard)
    console.document(score_document(found))
    console.answer(score_lines(console.out.layout, found, place=place))
    return 0
