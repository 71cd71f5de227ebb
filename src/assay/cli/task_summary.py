"""Summary of the table and task as understood, shown before anything is fitted."""

from collections import Counter

from assay.cli.line_layout import Line, LineLayout, Span, joined, labelled, line, with_right
from assay.core.event import NoiseKnown, Understood
from assay.core.schema import SECONDS, Column, Kind
from assay.core.task import Task
from assay.report.event_text import with_stop
from assay.report.figure_text import noise_text
from assay.report.phrases import count_text, name_list, plural, seconds_text, share_text

LABEL = 10
NOTICES = 4
KINDS_IN_ORDER: tuple[Kind, ...] = ("numeric", "boolean", "category", "ordinal", "datetime", "text")


def head_lines(layout: LineLayout, seen: Understood) -> list[Line]:
    """One line each for table, target, columns and notices."""
    task = seen.task
    aside = f", {count_text(seen.set_aside)} more set aside in a vault" if seen.set_aside else ""
    size = f"{count_text(task.n_rows)} rows × {task.n_columns} columns{aside}"
    first = line(Span(task.source, "number"), f"   {size}, read in {seconds_text(seen.read_seconds)}")
    place = f"lab {seen.lab}, new" if seen.is_new else f"lab {seen.lab}"
    lines = [with_right(layout, first, place)]
    lines += labelled(layout, "target", target_text(seen), size=LABEL + 2)
    lines += labelled(layout, "columns", columns_text(task), size=LABEL + 2)
    lines += labelled(layout, "labels", task.restricted, size=LABEL + 2) if task.restricted else []
    for position, notice in enumerate(task.notices[:NOTICES]):
        text = " ".join(with_stop(part) for part in (notice.message, notice.do) if part)
        lines += labelled(layout, "noticed" if position == 0 else "", text, size=LABEL + 2)
    if len(task.notices) > NOTICES:
        lines += labelled(layout, "", f"{len(task.notices) - NOTICES} more in the brief", size=LABEL + 2)
    if seen.continued_at is not None:
        again = f"Continuing {seen.lab} at experiment {seen.continued_at}; nothing was lost."
        lines.append(line(again))
    return lines


def target_text(seen: Understood) -> str:
    """ "y: \"yes\" in 5,289 rows (11.7 %), \"no\" in 39,922 → binary, ROC AUC, 5 stratified folds" """
    task = seen.task
    folds = f"{task.n_folds} {task.split_kind} folds" if task.n_folds > 1 else "one part held out"
    _, fewer, why = task.split_reason.partition("; not 5")  # as data.split says it
    return (
        f"{task.target}: {_values(task, seen.class_rows)} → {task.problem}, {seen.metric_title or task.metric}, "
        f"{folds}{fewer}{why}"
    )


def _values(task: Task, class_rows: tuple[int, ...]) -> str:
    if not task.problem.is_class:
        unit = task.schema[task.target].unit
        return SECONDS if unit == "seconds" else f"numbers, in {unit}" if unit else "numbers"
    if len(class_rows) != task.n_classes:
        return name_list(tuple(str(label) for label in task.classes), 4)
    total = sum(class_rows) or 1
    if task.problem.form == "probability":
        (low, high), (n_low, n_high) = task.classes, class_rows
        share = share_text(n_high / total)
        return f'"{high}" in {plural(n_high, "row")} ({share}), "{low}" in {count_text(n_low)}'
    order = sorted(range(task.n_classes), key=lambda code: -class_rows[code])
    shown = tuple(f'"{task.classes[code]}" in {plural(class_rows[code], "row")}' for code in order)
    return f"{plural(task.n_classes, 'class', 'classes')}, {name_list(shown, 3)}"


def columns_text(task: Task) -> str:
    """Number of used columns by kind, and why others are not used."""
    features = task.schema.features
    counts = Counter(column.kind for column in features)
    used = ", ".join(f"{counts[kind]} {kind}" for kind in dict.fromkeys((*KINDS_IN_ORDER, *counts)) if counts[kind])
    parts = [f"{count_text(len(features))} used: {used}"]
    parts += [_left_out(c) for c in task.schema.of_kind("dropped", "identifier", "constant")[:3]]
    left = len(task.schema.of_kind("dropped", "identifier", "constant")) - 3
    return joined([*parts, f"{left} more left out" if left > 0 else ""])


def _left_out(column: Column) -> str:
    """ "duration left out as asked", "id left out: a different one in each row" """
    if column.is_string and column.kind == "identifier":
        return f"{column.name} left out as a whole, parts of it are used: {column.reason}"
    joint = " " if column.reason.startswith("left out") else " left out: "
    return f"{column.name}{joint}{column.reason}"


def noise_origin(noise: NoiseKnown) -> str:
    """The source of the noise, so that planned and measured values are not confused."""
    return "planned from the number of rows" if noise.is_planned else "measured over the experiments so far"


def noise_lines(layout: LineLayout, noise: NoiseKnown) -> list[Line]:
    """The smallest gain these rows can show."""
    sigma = noise_text(noise.sigma, noise.sigma)
    least = noise_text(noise.detectable, noise.sigma)
    text = (
        f"σ {sigma} between similar models, {noise_origin(noise)}; gains under {least} cannot be seen with these rows"
    )
    if noise.claimable is not None:
        text += f", under {noise_text(noise.claimable, noise.sigma)} not be claimed on the vault"
    return labelled(layout, "noise", text, size=LABEL + 2)
