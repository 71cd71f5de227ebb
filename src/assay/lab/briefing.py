"""The brief of a lab that is held for writing, written down in its ledger."""

from assay.core.codec import to_json
from assay.lab.beside import digest_of_file
from assay.lab.beside_record import BRIEF, BriefRecord, is_plain_name
from assay.lab.open_lab import OpenLab
from assay.lab.summary import brief
from assay.report.write import write


def write_brief(lab: OpenLab) -> None:
    """Write the brief into the lab's folder, and what was written into its ledger, which must be open for writing.

    The record takes no time of the lab, as the brief tells the time. The same ledger gives the same brief again.
    """
    paths = write(brief(lab), lab.path)
    files = tuple(sorted((path.name, digest_of_file(path)) for path in paths))
    record = BriefRecord(lab=lab.name if is_plain_name(lab.name) else "", files=files)
    if lab.state.brief != record:
        body = {"value": to_json(record), "seconds_in": lab.state.seconds}
        lab.state.apply(lab.ledger.append(BRIEF, body, durable=True))
