"""Whether what the last session chose, shipped and certified is what another would."""

from dataclasses import dataclass

from assay.core.task import Notice
from assay.core.views import StoppedBy
from assay.journal.journal import Journal
from assay.journal.records import SessionRecord
from assay.journal.unchanged import asks_the_same, is_changed
from assay.lab.session_record import USED_UP, is_owed
from assay.views.record_views import is_outdated

STANDS = Notice(
    code="session/unchanged", message="nothing was tried and nothing said, so the model and its figure stay as they are"
)


@dataclass(frozen=True, slots=True)
class LastSession:
    """A lab as the last session left it. settings: None where it did not end with a model, or what it left is due for
    an opening or outdated.
    """

    settings: SessionRecord | None
    is_certified: bool

    @classmethod
    def of(cls, journal: Journal) -> "LastSession":
        """Of a lab in which no session runs yet."""
        state = journal.state
        has_ended = state.end is not None and state.model is not None
        is_whole = has_ended and not is_owed(state) and not is_outdated(state)
        return cls(state.session if is_whole else None, state.certified is not None or state.vault is None)

    def stands(self, journal: Journal, stopped_by: StoppedBy) -> bool:
        """Whether the session that ends now changed nothing since, and no opening is due by its end."""
        now = journal.state.session
        if self.settings is None or now is None or (stopped_by in USED_UP and not self.is_certified):
            return False
        since = journal.ledger.records(after=journal.state.end_record)
        return asks_the_same(self.settings, now) and not is_changed(since)
