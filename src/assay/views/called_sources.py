"""The functions of people that an experiment calls, as text."""

from assay.core.errors import UsageError
from assay.search.code_gate import sources_called
from assay.views.open_lab import OpenLab


def called_sources(lab: OpenLab, number: int) -> str:
    """The sources, each under a line that names it; UsageError where there are none."""
    digests = sources_called(lab.state, lab.entry(number).experiment.recipe)
    if not digests:
        raise UsageError(f"#{number} calls no functions of yours.", do=(f"assay show {lab.name} {number} --recipe",))
    parts = []
    for digest in digests:
        known = lab.state.steering.code.get(digest)
        name, by = ("code", "") if known is None else (known.name, known.by)
        added = f", added by {' '.join(by.split())[:60]}" if by else ""
        text = lab.ledger.bytes(digest, check=True).decode("utf-8")
        parts.append(f"# {name}.py{added}, SHA-256 {digest}\n{text.rstrip()}\n")
    return "\n".join(parts)
