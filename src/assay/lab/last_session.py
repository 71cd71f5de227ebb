"""Whether what the last session chose, shipped and certified is what another would."""

from dataclasses import dataclass
from pathlib import Path

from assay.core.task import Notice
from assay.core.views import StoppedBy
from assay.journal.journal import Journal
from assay.journal.unchanged import Ending, asks_the_same, is_changed
from assay.lab.session_record import USED_UP
from assay.ship.file_digests import is_as_written

STANDS = Notice(
    code="session/unchanged",
    message="nothing was tried and no rule changed, so the model and its figure stay as they are",
)


@dataclass(frozen=True, slots=True)
class LastSession:
    """A lab as the last session that ended with a model left it. path: the lab's folder."""

    ending: Ending
    path: Path

    @classmethod
    def of(cls, journal: Journal, path: Path) -> "LastSession":
        """Of a lab in which no session runs yet."""
        state = journal.state
        return cls(state.ending if state.end is None else Ending.of(state), path)

    def stands(self, journal: Journal, stopped_by: StoppedBy) -> bool:
        """Whether the session that ends now changed nothing since, its files are as they were written, and no opening
        is due by its end.
        """
        state, ending = journal.state, self.ending
        if ending.end is None or ending.session is None or ending.shipped is None or state.session is None:
            return False
        is_due = stopped_by in USED_UP and state.vault is not None and ending.certified is None
        if is_due or not asks_the_same(ending.session, state.session):
            return False
        is_whole = all(is_as_written(self.path / one.folder, one.files) for one in ending.shipped.bundles)
        return is_whole and not is_changed(journal.ledger.records(after=state.end_record))
