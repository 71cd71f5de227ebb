"""A model while the search goes on: the blend so far from its fold models, not refitted, beside what has shipped."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from assay.core.errors import LabError
from assay.core.task import Notice
from assay.ensemble.candidate import Blend
from assay.research.portfolio import FLOOR
from assay.search.result_recorder import ResultRecorder
from assay.search.second_level import with_below
from assay.search.serving_cost import LARGE_BYTES
from assay.search.session import Session
from assay.ship.calibration_and_labels import Decision
from assay.ship.shipping import Shipping, barred_from, has_bag
from assay.ship.snapshot_folder import FOLDER, forget_snapshot

EVERY_SECONDS = 60.0


@dataclass
class Snapshots:
    """Writes one with the first model that is scored, then where the blend has changed, at most once in EVERY_SECONDS;
    one of rules and constants makes way for any other at once. say: hears where none can be made.

    Nothing of it is recorded: it is made of what is, and promises no more than the search shows.
    """

    session: Session
    recorder: ResultRecorder
    say: Callable[[Notice], None]
    blend: Blend | None = None
    at: float = -EVERY_SECONDS

    def begin(self) -> None:
        """Forget one of an earlier session in a lab where anything is void: it may be made of that."""
        if self.session.state.steering.void:
            forget_snapshot(self.session.folder.path)

    def turn(self) -> None:
        """Write one if it is due; delete one whose members are void."""
        state, seconds = self.session.state, self.session.journal.session_seconds
        if self.blend is not None and any(state.entries[n].is_void for n in self.blend.numbers):
            forget_snapshot(self.session.folder.path)
            self.blend, self.at = None, seconds - EVERY_SECONDS
        if state.blend is None or state.blend == self.blend:
            return
        is_floor = self.blend is not None and self._is_floor(self.blend)
        if self._is_floor(state.blend) if is_floor else seconds - self.at < EVERY_SECONDS:
            return
        self.blend, self.at = state.blend, seconds
        try:
            self._write(state.blend)
        except LabError as error:
            self.say(Notice(code="snapshot/not-made", message=f"no snapshot of the model: {error.message}"))

    def _is_floor(self, blend: Blend) -> bool:
        return all(self.session.state.entries[number].experiment.entry in FLOOR for number in blend.numbers)

    def _write(self, blend: Blend) -> None:
        folder, shipping = self.session.folder, Shipping(self.session, self.recorder)
        entries = self.session.state.entries
        if shipping.expected_bytes(blend, ()) > LARGE_BYTES:
            leader = self.recorder.scorer.leader(self.session.state) or blend.numbers[0]
            blend = Blend(numbers=(leader,), weights=(1.0,))
        members = with_below(self.session.state, blend.numbers)
        if not all(has_bag(folder, entries[number].experiment) for number in members):
            return
        prediction = replace(blend, learned=None).predict(self.recorder.oof)
        metric, labels = self.recorder.scorer.metric, self.session.settings.labels
        decision = Decision.of(prediction, folder, metric, labels, away=barred_from(self.session.state, blend.numbers))
        figure = self.recorder.scorer.quick_figure(prediction)
        shipping.save(replace(blend, learned=None), {}, figure, decision, name=FOLDER)
