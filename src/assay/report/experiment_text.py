"""One experiment in words: the same facts for the terminal and the appendix of the brief."""

from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.array import Json, JsonObject
from assay.core.errors import AssayError
from assay.core.figure import number_text
from assay.core.lab_views import HintView, Record
from assay.core.recipe import Step
from assay.core.traits import HasWords
from assay.features import registry as steps
from assay.models import registry as models
from assay.pipeline.row_weights import NONE, words_of
from assay.report.brief_text import failure_text
from assay.report.event_text import as_sentence
from assay.report.figure_text import difference_text, origin_words, place_words
from assay.report.phrases import (
    bracketed,
    clock_text,
    count_text,
    p_text,
    row_time_text,
    seconds_text,
    share_text,
    sigma_text,
    size_text,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A named line, and an explanation that is left out where space is short."""

    name: str
    text: str
    aside: str = ""


def headline(record: Record) -> str:
    """ "#17 catboost depth 6, pdays −1 = never" """
    return f"#{record.number} {record.what}"


def status_text(record: Record) -> str:
    """ "kept in bank.lab, by features, 0:29" """
    return f"{record.status} in {record.lab}, by {record.by}, {clock_text(record.asked_at_seconds)}"


def facts(record: Record) -> tuple[Fact, ...]:
    """All known facts of it, in a fixed order."""
    return (
        Fact("question", record.question),
        *_asked_by(record),
        *_predicted(record),
        *_measured(record),
        *_failure(record),
        *_verdict(record),
        *_folds(record),
        _cost(record),
        Fact("recipe", ", ".join([record.key, *(f"parent #{parent}" for parent in record.parents)])),
    )


def _asked_by(record: Record) -> tuple[Fact, ...]:
    """The hints it follows, the move it is, and why it got its slot."""
    hints = [Fact("hint", f"{hint.id} {hint.kind} {hint.what}") for hint in record.hints]
    move = [Fact("move", record.move, record.reason)] if record.move else []
    slot = [Fact("slot", record.reason)] if record.reason and not record.move else []
    return (*hints, *move, *slot)


def _predicted(record: Record) -> tuple[Fact, ...]:
    parts = [] if record.predicted_sigma is None else [sigma_text(record.predicted_sigma)]
    if record.predicted_keep is not None:
        parts.append(f"kept with {share_text(record.predicted_keep, 0)}")
    return (Fact("predicted", ", ".join(parts), "written before the run"),) if parts else ()


def _measured(record: Record) -> tuple[Fact, ...]:
    lines: list[Fact] = []
    if record.score is not None:
        score = record.score
        shown = f"{score.text} {origin_words(score)}{bracketed(score.interval_text)}"
        n_folds = len(record.folds)
        folds = f", {n_folds} folds" if n_folds > 1 else ""
        lines.append(Fact("score", shown, f"{count_text(score.rows)} rows{folds}"))
    if record.against is not None:
        diff = record.against
        over = "champion" if diff.over is None else f"#{diff.over}"
        p = "" if diff.p is None else f", p {p_text(diff.p)}"
        shown = f"{diff.text}, σ {diff.sigma_text}, so {sigma_text(diff.z, signed=False)}{p}"
        lines.append(Fact(f"against {over}", shown, "same rows, fold overlap corrected"))
    gained = record.gained
    if gained is not None and (record.against is None or gained.over != record.against.over):
        shown = f"{gained.text}, σ {gained.sigma_text}, so {sigma_text(gained.z, signed=False)}"
        lines.append(Fact(f"over #{gained.over}", shown, _what_adds(record)))
    if record.confirm is not None:
        shown = f"{record.confirm.text}, σ {record.confirm.sigma_text}"
        lines.append(Fact("confirmed", shown, "fresh partition"))
    return tuple(lines)


def _what_adds(record: Record) -> str:
    rows = "what rows without a target add to it"
    return rows if record.recipe.get("pseudo_labels") else "what the columns add to it"


def _failure(record: Record) -> tuple[Fact, ...]:
    failure = record.failure
    if failure is None:
        return ()
    fold = "" if failure.fold is None else f", fold {failure.fold + 1}"
    return (Fact("failed", f"{failure_text(failure)}{fold}: {failure.message}"),)


def _verdict(record: Record) -> tuple[Fact, ...]:
    if record.void_by is not None:
        return (
            Fact("verdict", f"void by {_named(record.void_by)}; what was decided: {record.verdict_why or 'nothing'}"),
        )
    if record.status == "kept" and record.change is not None:
        return (Fact("verdict", f"kept; {place_words(record.change.gain)} {record.change.word}"),
                Fact(place_words(record.change.gain), difference_text(record.change.gain)))  # fmt: skip
    if record.status == "kept":
        where = "this lab's vault" if record.has_vault else "a vault (this lab has none)"
        return (Fact("verdict", f"kept; what may be claimed is decided on {where}"),)
    if record.status in ("dropped", "repeat", "stopped early", "not ended"):
        why = f": {record.verdict_why}" if record.verdict_why else ""
        return (Fact("verdict", f"{record.status}{why}"),)
    return ()


def _named(hint: HintView) -> str:
    return f"{hint.id}, {hint.kind} {hint.what}"


def _folds(record: Record) -> tuple[Fact, ...]:
    if len(record.folds) < 2:
        return ()
    decimals = 4 if record.score is None else record.score.decimals
    ordered = sorted(record.folds, key=lambda fold: fold.fold)
    return (Fact("folds", "  ".join(number_text(fold.score, decimals) for fold in ordered)),)


def _cost(record: Record) -> Fact:
    run = [seconds_text(record.wall_seconds), f"CPU {seconds_text(record.cpu_seconds)}"]
    if record.peak_bytes:
        run.append(f"peak {size_text(record.peak_bytes)}")
    model = [f"model {size_text(record.size_bytes)}", row_time_text(record.row_ms)] if record.size_bytes else []
    return Fact("cost", ", ".join(run), ", ".join(part for part in model if part))


def recipe_lines(recipe: JsonObject, rounds: int | None = None) -> tuple[str, ...]:
    """A recipe one step a line, the model last: "catboost depth=6 rate=0.08 (412 rounds used)"."""
    steps = recipe.get("steps")
    lines = [_step_line(step) for step in steps] if isinstance(steps, list) else []
    model = _step_line(recipe.get("model"))
    transform = recipe.get("transform")
    if transform not in (None, "identity"):
        lines.append(f"target {transform}")
    lines.append(words_of(str(recipe.get("weighting", NONE))))
    share = recipe.get("pseudo_labels")
    if isinstance(share, float) and share:
        lines.append(f"rows without a target teach, too, as predicted (weight {share:g})")
    lines.append(model if rounds is None else f"{model} ({count_text(rounds)} rounds used)")
    return tuple(line for line in lines if line)


def _step_line(step: Json) -> str:
    if not isinstance(step, dict):
        return ""
    words = own_words(Step.from_json(step)) if "name" in step else ""
    if words:
        return words
    params = step.get("params")
    shown = [f"{name}={_value(value)}" for name, value in params.items()] if isinstance(params, dict) else []
    return " ".join([str(step.get("name", "")), *shown])


def own_words(own: Step) -> str:
    """What a step or family says of itself; "" where it says nothing, or is not installed any more."""
    try:
        registry = next((one for one in (steps, models) if own.name in one), None)
        built: object = None if registry is None else registry.build(own)
    except (AssayError, TypeError, ValueError):
        return ""
    return built.in_words if isinstance(built, HasWords) else ""


def _value(value: Json) -> str:
    if isinstance(value, list):
        inner = ",".join(_value(item) for item in value[:4])
        return f"{inner},…" if len(value) > 4 else inner
    return f"{value:g}" if isinstance(value, float) else str(value)


def why(record: Record) -> tuple[Fact, ...]:
    """Why it was tried, what decided it, and its result."""
    tried = f"{as_sentence(record.question)} Proposed by {record.by} at {clock_text(record.asked_at_seconds)}."
    if record.predicted_sigma is not None:
        tried += f" It promised {sigma_text(record.predicted_sigma)}."
    if record.hints:
        tried += f" {' and '.join(_named(hint) for hint in record.hints)} asked for it."
    elif record.reason:
        tried += f" It got its slot: {record.reason}."
    void = (
        () if record.void_by is None else (Fact("Void because", as_sentence(f"Of the hint {_named(record.void_by)}")),)
    )
    lines = [Fact("Tried because", tried), *_decided(record), *void]
    since = [f"parent of {_few(record.children)}"] if record.children else []
    if record.weight > 0:
        since.append(f"weight {record.weight:.2f} in the shipped blend")
    if since:
        lines.append(Fact("Since then", as_sentence("; ".join(since))))
    return tuple(lines)


def _few(numbers: Sequence[int], at_most: int = 12) -> str:
    more = f" and {count_text(len(numbers) - at_most)} more" if len(numbers) > at_most else ""
    return " ".join(f"#{number}" for number in numbers[:at_most]) + more


def _decided(record: Record) -> tuple[Fact, ...]:
    if record.failure is not None:
        return (Fact("Failed because", as_sentence(f"{failure_text(record.failure)}: {record.failure.message}")),)
    measured = "" if record.against is None else f" Measured: {difference_text(record.against)}."
    reason = as_sentence(record.verdict_why) + measured
    if record.status == "kept" and record.change is not None:
        finding = f"{difference_text(record.change.gain)} on rows that chose nothing."
        name = "A finding" if record.change.found else "Not a finding"
        return Fact("Kept because", reason.strip() or "It was the first with a score."), Fact(name, finding)
    if record.status == "kept":
        none = "; without --vault `fit` sets none aside"
        sealed = f"Findings are decided on a vault when the search ends{'' if record.has_vault else none}."
        return Fact("Kept because", reason.strip() or "It was the first with a score."), Fact("Not a finding", sealed)
    if record.status == "stopped early":
        return (Fact("Stopped because", reason.strip() or "It could neither win nor help the blend any more."),)
    if record.status == "not ended":
        return (Fact("Not ended", reason.strip()),)
    if record.status == "repeat":
        return (Fact("A repeat", f"{reason} It says how much is luck, and is never kept."),)
    if record.status == "dropped":
        return (Fact("Dropped because", reason.strip() or "It did not beat the champion of its time by 1 σ."),)
    return ()
