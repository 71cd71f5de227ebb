"""Output of `status`, of `labs`, and of `assay` alone."""

import shlex
from dataclasses import dataclass

from assay.cli.line_layout import Line, LineLayout, Span, commands, first_that_fits, labelled, line, with_right
from assay.cli.terminal_table import TableColumn, table
from assay.core.figure import ORIGIN_WORDS, Figure, number_text
from assay.core.lab_views import LabStatus
from assay.report.figure_text import noise_text, short_origin, sigma_known, uncorrected
from assay.report.phrases import beside_text, bracketed, clock_text, count_text, plural, seconds_text, size_text
from assay.report.study_text import studied_texts

LABEL = 13


@dataclass(frozen=True, slots=True)
class LabRow:
    """A lab in a list: its status, path, size, and last use."""

    status: LabStatus
    path: str
    size_bytes: int
    used: str


def status_lines(layout: LineLayout, status: LabStatus, *, lab: str, again: str = "") -> list[Line]:
    """State, best, counts, noise, proposers, and the next command. lab: as named on the command line.

    again: the command that continues an unfinished search.
    """
    limit = ""
    if status.left_seconds is not None and status.state == "running":
        limit = f" of {clock_text(status.elapsed_seconds + status.left_seconds)}"
    time = f"{clock_text(status.elapsed_seconds)}{limit}" if limit else seconds_text(status.elapsed_seconds)
    why = f", {status.why_paused}" if status.state == "paused" else ""
    first = line(Span(status.lab, "number"), f" is {status.state}: {time}{why}")
    pid = "" if status.pid is None or status.state not in ("running", "paused") else f"process {status.pid}"
    lines = [with_right(layout, first, pid) if pid else first]
    lines += _facts(layout, status)
    lines += _steering(layout, status)
    name = shlex.quote(lab)
    typed = [(f"assay leaderboard {name}", "rank the experiments")]
    if status.has_model or status.snapshot:
        typed.append((f"assay predict {name} new.csv", "use the model"))
    if status.state == "paused":
        typed.append((f"assay resume {name}", "let it go on"))
    if status.state in ("running", "paused"):
        typed += [(f'assay hint {name} "…"', "tell it something"), (f"assay stop {name}", "end it with the best")]
    elif status.vault is not None and _may_certify(status):
        typed.append((f"assay certify {name}", "open the vault: the figure to quote"))
    if again:
        typed.append((again, "go on from here"))
    return [*lines, *commands(layout, typed)]


def _may_certify(status: LabStatus) -> bool:
    """Whether there is something that was not certified yet."""
    return status.has_model and not status.is_certified and status.kept + status.dropped > 0


def go_on_command(status: LabStatus, lab: str) -> str:
    """The command that goes on with a search that is unfinished, or whose model does not keep to what was said; ""
    while a session does.
    """
    is_left = status.state == "idle" or (status.state == "finished" and status.is_outdated)
    return f"assay research {shlex.quote(lab)}" if is_left else ""


def _facts(layout: LineLayout, status: LabStatus) -> list[Line]:
    lines: list[Line] = []
    if status.expect is not None:
        lines += labelled(layout, "expect", _figure_text(status.expect), size=LABEL)
        why = uncorrected(status.expect)
        lines += labelled(layout, "", f"not corrected for choosing: {why}", size=LABEL) if why else []
    if status.best is not None:
        best = f"{status.best.text} out-of-fold, {count_text(status.best.rows)} rows"
        leader = "" if status.best_number is None else f"   #{status.best_number} {status.best_what}"
        lines += labelled(layout, "best", f"{best}{leader}", size=LABEL)
    if status.restricted:
        lines += labelled(layout, "labels", status.restricted, size=LABEL)
    counts = [f"{status.kept} kept", f"{status.dropped} dropped", f"{status.stopped_early} stopped early",
              f"{status.failed} failed", *([f"{plural(status.repeats, 'repeat')}"] if status.repeats else []),
              *([f"{status.void} void"] if status.void else [])]  # fmt: skip
    running = f"; {len(status.running)} running" if status.running else ""
    unfinished = f"; {count_text(status.unfinished)} not ended" if status.unfinished else ""
    beside = beside_text(status.beside)
    beside = f"; beside them {beside}" if beside else ""
    done = f"{count_text(status.experiments)} done: {', '.join(counts)}{running}{unfinished}{beside}"
    lines += labelled(layout, "experiments", done, size=LABEL)
    for position, text in enumerate(status.running[:3]):
        lines += labelled(layout, "now" if position == 0 else "", text, size=LABEL)
    if status.sigma is not None and status.detectable is not None:
        known = sigma_known(status.sigma, is_planned=status.is_sigma_planned)
        noise = f"{known}; gains under {noise_text(status.detectable, status.sigma)}"
        claims = ""
        if status.claimable is not None:
            claims = f", under {noise_text(status.claimable, status.sigma)} not be claimed on the vault"
        lines += labelled(layout, "noise", f"{noise} cannot be seen with these rows{claims}", size=LABEL)
    lines += _vault(layout, status)
    if len(status.proposers) > 1:
        earns = ", ".join(f"{name} {kept} of {count_text(n)} kept" for name, n, kept in status.proposers)
        lines += labelled(layout, "who earns", earns, size=LABEL)
    lines += _plateau(layout, status)
    for text in studied_texts(status.studies):
        lines += labelled(layout, "studied", text, size=LABEL)
    return [*lines, *(labelled(layout, "head", status.head, size=LABEL) if status.head else ())]


def _steering(layout: LineLayout, status: LabStatus) -> list[Line]:
    """What a person said, what came of it, and what waits in the inbox."""
    lines: list[Line] = []
    for place, hint in enumerate(status.hints):
        parts = [f"{hint.id} {hint.kind} {hint.what}"]
        if hint.void:
            parts.append(f"{plural(hint.void, 'experiment')} void")
        if hint.tries:
            gained = f", {number_text(hint.gained, 1, signed=True)} σ" if hint.kept else ""
            parts.append(f"{plural(hint.tries, 'try', 'tries')}, {hint.kept} kept{gained}")
        lines += labelled(layout, "hints" if place == 0 else "", "; ".join(parts), size=LABEL)
    waiting = [one for one in status.inbox if one.state == "waiting"]
    if waiting:
        names = ", ".join(" ".join(dict.fromkeys((one.kind, one.what))).strip() for one in waiting[:3])
        lines += labelled(layout, "inbox", f"{plural(len(waiting), 'message')} not taken yet: {names}", size=LABEL)
    if status.is_outdated and not status.snapshot:
        maker = "the session" if status.state in ("running", "paused") else "assay research"
        text = f"made of experiments that are void; {maker} makes one that keeps to the hints"
        lines += labelled(layout, "model", text, size=LABEL, role="warn")
    if status.snapshot and status.state != "finished":
        lines += labelled(layout, "model", "a snapshot of the best so far", size=LABEL)
    return lines


def _vault(layout: LineLayout, status: LabStatus) -> list[Line]:
    """Rows set aside, openings, and claims so far."""
    vault = status.vault
    if vault is None:
        return []
    times = {0: "never opened", 1: "opened once"}.get(vault.openings, f"opened {vault.openings} times")
    seals = "" if vault.seals < 2 else f", under {vault.seals} seals, one for each report"
    claimed = plural(len(vault.findings), "change") if vault.findings else "none"
    is_sealed = not status.is_certified
    sealed = "sealed until the vault is opened" + (" for this model" if vault.openings else "")
    findings = sealed if is_sealed else f"{claimed}; {vault.why}"
    return [
        *labelled(layout, "findings", findings, size=LABEL),
        *labelled(layout, "vault", f"{count_text(vault.rows)} rows, {times}{seals}", size=LABEL),
        *(part for copy in vault.copies for part in labelled(layout, "", copy, size=LABEL, role="warn")),
    ]


def _plateau(layout: LineLayout, status: LabStatus) -> list[Line]:
    """How long nothing was kept, and whether continuing promises anything."""
    lines: list[Line] = []
    if status.since_keep is not None and (status.advice or status.would_help or status.state == "running"):
        text = f"{plural(status.since_keep, 'experiment')} since the last keep"
        lines = labelled(layout, "plateau", f"{text}; {status.advice}" if status.advice else text, size=LABEL)
    for sentence in status.would_help:
        lines += labelled(layout, "" if lines else "plateau", sentence, size=LABEL)
    return lines


def _figure_text(figure: Figure) -> str:
    inner = ", ".join(part for part in (figure.interval_text, short_origin(figure)) if part)
    return f"{figure.title or figure.metric} {figure.text}{bracketed(inner)}"


def _standing(status: LabStatus) -> str:
    if status.expect is not None:
        return _figure_text(status.expect)
    if status.best is not None:
        running = ", running" if status.state == "running" else ""
        return f"{status.best.title or status.best.metric} {status.best.text} out-of-fold so far{running}"
    return f"no score yet, {status.state}"


def _score(status: LabStatus) -> str:
    figure = status.expect or status.best
    return "no score yet" if figure is None else f"{figure.text} {ORIGIN_WORDS[figure.origin]}"


def labs_lines(layout: LineLayout, rows: tuple[LabRow, ...]) -> list[Line]:
    """One line per lab: promised score, number of experiments, size, path."""
    if not rows:
        return [line("No labs here."), *commands(layout, [("assay fit FILE --target COLUMN", "makes one")])]
    repeats = len({row.status.lab for row in rows}) < len(rows)  # then only the folder tells them apart
    columns = [
        TableColumn("lab", [row.status.lab for row in rows], right=False, role="number"),
        TableColumn("stands at", [_standing(row.status) for row in rows], right=False, stretch=True, least=44),
        TableColumn("experiments", [count_text(row.status.experiments) for row in rows], gives=3),
        TableColumn("size", [size_text(row.size_bytes) for row in rows]),
        TableColumn("used", [row.used for row in rows], right=False, gives=2),
        TableColumn("where", [row.path for row in rows], right=False, gives=0 if repeats else 1),
    ]
    return table(layout, columns)


def welcome_lines(layout: LineLayout, version: str, labs: tuple[LabStatus, ...]) -> list[Line]:
    """Output of `assay` alone: how to start, and the newest labs here."""
    lines = [
        line(Span(f"Assay {version}", "number"), ", an automated machine-learning researcher"),
        *commands(
            layout,
            [
                ("assay fit data.csv --target price", "the best model in five minutes, with the evidence"),
                ("assay demo", "all of it on a bundled table, one minute"),
            ],
            column=43,
        ),
    ]
    for position, status in enumerate(labs[:3]):
        label = "Labs here" if position == 0 else ""
        named = (Span(f"{label:<13}", "dim"), f"{status.lab:<12}")
        left = first_that_fits(layout, line(*named, _standing(status)), line(*named, _score(status)))
        lines.append(with_right(layout, left, plural(status.experiments, "experiment")))
    start = "assay status -" if labs else "assay fit --help"
    left = line(Span(f"{'Continue' if labs else 'Begin':<13}", "dim"), start)
    return [*lines, with_right(layout, left, "all commands: assay --help", role="")]
