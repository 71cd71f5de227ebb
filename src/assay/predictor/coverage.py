"""Coverage levels that a model can serve, and errors for the others."""

from assay.core.errors import UsageError, Where
from assay.predictor.passport import Passport

WHERE = Where(option="--coverage")


def interval_place(passport: Passport, coverage: float) -> int:
    """Index of the calibrated level for a regression model; UsageError where it has none."""
    if passport.classes:
        raise UsageError(
            f'"{passport.target}" has classes, so its predictions have sets of them, no intervals.', where=WHERE,
            do=("predict_set",),
        )  # fmt: skip
    return _place(passport, coverage)


def set_place(passport: Passport, coverage: float) -> int:
    """Index of the calibrated level for a classifier; UsageError where it has none."""
    if not passport.classes:
        raise UsageError(
            f'"{passport.target}" is a number, so its predictions have intervals, no sets.', where=WHERE,
            do=("predict_interval",),
        )  # fmt: skip
    return _place(passport, coverage)


def _place(passport: Passport, coverage: float) -> int:
    if not 0.0 < coverage < 1.0:
        raise UsageError(f"A coverage is a share between 0 and 1, such as 0.9, not {coverage:g}.", where=WHERE)
    known = passport.conformal
    if not known.levels:
        raise UsageError(
            f"This model has no intervals or sets: it had too few out-of-fold predictions ({known.units:,} "
            f"{known.unit}) to learn how far they reach.", where=WHERE, do=("fit on more rows",),
        )  # fmt: skip
    place = known.place(coverage)
    if place is None:
        raise UsageError(
            f"{known.units:,} {known.unit} cannot tell what {coverage:g} of new rows do: {known.levels[-1]:g} is the "
            "most.", where=WHERE, do=(f"--coverage {known.levels[-1]:g}",),
        )  # fmt: skip
    return place


def coverage_text(passport: Passport, coverage: float) -> str:
    """ "90 % of rows like the training rows lie between low and high; from 3,000 out-of-fold rows" """
    known = passport.conformal
    place = set_place(passport, coverage) if passport.classes else interval_place(passport, coverage)
    share = f"{100 * known.levels[place]:g} %"
    what = (
        f"of rows like the training rows the set holds the true class in {share}, whichever class that is"
        if passport.classes else f"{share} of rows like the training rows lie between low and high"
    )  # fmt: skip
    rare = [str(passport.classes[code]) for code in known.shared]
    if rare:
        what = f"{what.removesuffix(', whichever class that is')}, of {', '.join(rare[:3])} together (few rows)"
    said = f"{what}; from {known.units:,} out-of-fold {known.unit}"
    if known.ordered:
        said += ", the later ones in time. Rows still to come may differ from all before: no law binds them"
    return said
