"""The gains that this lab's rows can show, and whether more search still pays, from the noise on record."""

from assay.evidence.smallest_gain import Advice, DetectableGains, TriedExperiment, advise, detectable_gains
from assay.evidence.vault_plan import price
from assay.journal.state import LabState
from assay.search.scorer import Scorer


def sight_of(state: LabState, scorer: Scorer) -> DetectableGains | None:
    """The smallest gains that a search over these rows can steer by, and that its vault could claim at the last
    opening, or at the first; None while the noise is unknown.
    """
    sigma, vault = scorer.noise(state).sigma, state.vault
    if sigma is None:
        return None
    if vault is None:
        return detectable_gains(sigma, search_rows=scorer.n_scored)
    opened = state.openings[-1] if state.openings else None
    whole = vault.seals == 1 or (opened is not None and opened.seal is None)
    return detectable_gains(
        sigma, search_rows=scorer.n_scored, vault_rows=vault.rows if whole else vault.rows // vault.seals,
        level=price(max(len(state.openings), 1)),
    )  # fmt: skip


def advice_of(state: LabState, seen: DetectableGains | None) -> Advice | None:
    """Advice on going on; None while the noise is unknown."""
    if seen is None:
        return None
    tried = []
    for entry in state.entries.values():
        against = None if entry.verdict is None else entry.verdict.against
        if against is None or entry.experiment.is_blend or entry.experiment.repeat_of is not None:
            continue
        tried.append(
            TriedExperiment(
                by=entry.experiment.by, gain=against.value, sigma=against.sigma, kept=entry.status == "kept"
            )
        )
    return advise(tried, sight=seen)
