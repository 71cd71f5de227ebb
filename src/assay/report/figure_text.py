"""Figures and differences in words: origin and uncertainty."""

from assay.core.figure import ORIGIN_WORDS, Difference, Figure, decimals_for, level_text, number_text
from assay.report.phrases import bracketed, count_text

FIRST_LEVEL = 0.95
"""Level of an interval on the first look at a vault."""


def origin_words(figure: Figure) -> str:
    """The origin of a figure."""
    if figure.origin == "corrected":
        where = "out-of-fold" if figure.ahead is None else _ahead(figure.ahead)
        return f"{where}, corrected for choosing {'among what was tried' if figure.adaptive else 'the best'}"
    if figure.ahead is not None:
        return f"{_ahead(figure.ahead)}, {ORIGIN_WORDS[figure.origin]}"
    if is_further_look(figure):
        return "vault, opened again"
    return ORIGIN_WORDS[figure.origin]


def is_further_look(figure: Figure) -> bool:
    """Whether its interval is wider than on the first opening of a vault, as it accounts for earlier ones."""
    return figure.origin == "vault" and figure.level > FIRST_LEVEL


def further_look(figure: Figure) -> str:
    """Why a vault's interval is not of 95 %; "" where it is."""
    if not is_further_look(figure):
        return ""
    return f"{level_text(figure.level)}, not 95 %: each further look at a vault asks for a wider interval"


def _ahead(rows: int) -> str:
    """The next stretch of time."""
    return f"on the next {count_text(rows)} rows"


def promise_words(figure: Figure) -> str:
    """The origin of a promised figure, and that it is not certified where it is not."""
    words = origin_words(figure)
    promised = figure.certified or (figure.origin != "oof" and not figure.adaptive)
    return words if promised else f"{words}, not certified"


def short_origin(figure: Figure) -> str:
    """The origin in one or two words."""
    if figure.ahead is not None:
        words = "corrected" if figure.origin == "corrected" else "out-of-fold, not certified"
        return f"{_ahead(figure.ahead)}, {words}{', not certified' if figure.adaptive else ''}"
    if figure.origin == "oof":
        return "out-of-fold" if figure.certified else "out-of-fold, not certified"
    if figure.origin == "corrected":
        return "corrected, not certified" if figure.adaptive else "corrected"
    return origin_words(figure)


def place_words(difference: Difference) -> str:
    """The rows of a difference: "on the vault"."""
    places = {"vault": "on the vault", "test": "on the test rows", "confirm": "on confirm rows"}
    return places.get(difference.origin, ORIGIN_WORDS[difference.origin])


def quoted(figure: Figure, title: str) -> str:
    """ "ROC AUC 0.8081, 95 % 0.8008 to 0.8154" """
    interval = f", {figure.interval_text}" if figure.interval_text else ""
    return f"{title} {figure.text}{interval}"


def no_interval(*figures: Figure | None) -> str:
    """ "no interval: too few groups (17)", by the first figure that knows the reason."""
    for figure in figures:
        why, few, _ = ("", "", "") if figure is None else figure.method.partition(" for an interval")
        if few:
            return f"no interval: {why}"
    return "no interval"


def uncorrected(figure: Figure | None) -> str:
    """Why a figure is not corrected for choosing: "too few usable resamples (12) for …"; "" where nothing says so."""
    return "" if figure is None else figure.method.partition("not corrected: ")[2]


def gain_text(gain: Difference) -> str:
    """ "+0.009 (95 % 0.007 to 0.011)"; without an interval with the standard deviation."""
    return f"{gain.text}{bracketed(gain.interval_text or f'σ {gain.sigma_text}, no interval')}"


def noise_text(value: float, sigma: float | None) -> str:
    """A size relative to the noise, with the digits supported by the noise."""
    return number_text(value, decimals_for(sigma if sigma else value))


def size_with_error(difference: Difference) -> str:
    """ "13.6 ± 2.7": how large it is, whichever way, and its standard deviation, with the same decimals."""
    return f"{number_text(abs(difference.value), difference.decimals)} ± {difference.sigma_text}"


def sigma_known(sigma: float | None, *, is_planned: bool) -> str:
    """ "σ 0.003 planned" before experiments were compared, "σ 0.007 measured" after; "" where it is not known."""
    return "" if sigma is None else f"σ {noise_text(sigma, sigma)} {'planned' if is_planned else 'measured'}"


def difference_text(difference: Difference | None) -> str:
    """ "+0.0058, σ 0.0010, over #3"; an en dash when it was not measured."""
    if difference is None:
        return "–"
    over = f", over #{difference.over}" if difference.over is not None else ""
    return f"{difference.text}, σ {difference.sigma_text}{over}"
