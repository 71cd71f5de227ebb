"""Writing the brief of a lab that is open for writing, and recording it in the ledger."""

from assay.core.codec import to_json
from assay.journal.digest_records import BRIEF, BriefRecord, is_plain_name
from assay.report.write_brief import write
from assay.ship.file_digests import digest_of_file
from assay.views.long_run import brief_form
from assay.views.open_lab import OpenLab
from assay.views.summary import brief


def write_brief(lab: OpenLab) -> None:
    """Write the brief into the lab's folder and record its files in the ledger, which must be open for writing.

    The record adds no time to the lab's, as the brief shows that time. The same ledger gives the same brief again.
    """
    paths = write(brief(lab), lab.path)
    files = tuple(sorted((path.name, digest_of_file(path)) for path in paths))
    record = BriefRecord(lab=lab.name if is_plain_name(lab.name) else "", files=files, form=brief_form(lab.state))
    if lab.state.brief != record:
        body = {"value": to_json(record), "seconds_in": lab.state.seconds}
        lab.state.apply(lab.ledger.append(BRIEF, body, durable=True))
