"""A lab that is steered, paused and killed: `research` is killed at random moments with messages arriving.

    python benchmarks/kill_research.py [--times 50] [--experiments 12]

Each run is an exact search that sets rows aside. While it works, messages arrive (a column is kept, a hint is taken
back, pauses and resumes, words that nobody understands), and it is killed with -9 at random moments, up to four times,
and started again. After each kill the hash chain verifies and nothing recorded is lost. In the end every message was
answered, each once; no experiment was run twice; the vault was opened once; and what was asked for, each recipe in its
order with its verdict, is that of the same search undisturbed. A word that comes between the opening and its figure is
a change, and the vault is opened again at its price; more openings than such words are a fault.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread

import numpy as np

from assay.core.contract import LedgerRecord
from assay.core.hint import Wish
from assay.journal.find_labs import is_lab
from assay.journal.replayed_state import replay
from assay.journal.steering_records import MessageRecord
from assay.ledger.verify import verify
from assay.steering.inbox import Inbox, new_id
from command import assay, run
from kill import records_of
from outcome import Outcome, all_of, at_least, parser, save
from tables import generated_csv

WITHOUT = "catboost,xgboost,realmlp,svm,extra_trees"
KEPT = Wish(kind="keep", subject="column", names=("n0",), strength=3)


@dataclass(kw_only=True)
class Story:
    """One lab's story. Each text is "" when all is well, else what was wrong."""

    number: int
    kills: int = 0
    messages: int = 0
    pauses: int = 0
    sessions: int = 0
    chain: str = ""
    lost: str = ""
    unanswered: str = ""
    twice: str = ""
    decisions: str = ""
    openings: int = 0
    reopened: str = ""


@dataclass
class Sender:
    """Sends messages at random times until it is stopped; keeps what it sent."""

    lab: Path
    rng: np.random.Generator
    stopped: Event
    sent: list[str]

    def work(self) -> None:
        """Until stopped."""
        while not self.stopped.wait(float(self.rng.uniform(0.1, 0.6))):
            if is_lab(self.lab) and not any(record.kind == "opening" for record in records_of(self.lab)):
                self.send()  # once the vault is being opened, a word is a change with its price

    def send(self) -> None:
        """One or two messages; a pause never alone."""
        kind = self.rng.choice(["keep", "undo", "words", "pause"])
        messages = {
            "keep": [MessageRecord(id=new_id(), kind="wish", wishes=(KEPT,))],
            "undo": [MessageRecord(id=new_id(), kind="undo", number=int(self.rng.integers(1, 9)))],
            "words": [MessageRecord(id=new_id(), kind="say", text="frobnicate the zebra")],
            "pause": [MessageRecord(id=new_id(), kind="pause")],
        }[str(kind)]
        self.put(messages)
        if kind == "pause":
            self.stopped.wait(0.3)
            self.put([MessageRecord(id=new_id(), kind="resume")])

    def put(self, messages: list[MessageRecord]) -> None:
        """Into the inbox."""
        for message in messages:
            self.sent.append(message.id)
            Inbox(self.lab).put(message)


def decisions(lab: Path) -> list[tuple[object, ...]]:
    """Each recipe that was asked for, in order, with what was decided; no blends, which pauses do not change."""
    state = replay(records_of(lab))
    return [
        (entry.experiment.key, entry.experiment.by, entry.status, None if entry.result is None else entry.result.score)
        for _, entry in sorted(state.entries.items())
        if not entry.experiment.is_blend
    ]


def tell(number: int, folder: Path, *, experiments: int, kills: int, rng: np.random.Generator) -> Story:
    """Run undisturbed, then disturbed; compare."""
    table = generated_csv(folder, 700, numeric=5, categories=2, seed=number)
    command = assay(
        "research", table, "--target", "y", "--experiments", str(experiments), "--without", WITHOUT, "--seed",
        str(number), "--jobs", "2", "--quiet",
    )  # fmt: skip
    calm, lab = folder / "calm.lab", folder / "steered.lab"
    began = time.monotonic()
    run([*command, "--out", str(calm)], folder=folder).sound()
    usual = time.monotonic() - began
    (lab / "sealed").mkdir(parents=True)
    shutil.copy(calm / "sealed" / "key", lab / "sealed" / "key")  # so that both have the same vault
    story, sent = Story(number=number), list[str]()
    stopped = Event()
    sender = Thread(target=Sender(lab, np.random.default_rng(number), stopped, sent).work, daemon=True)
    sender.start()
    for _ in range(kills):
        process = subprocess.Popen(
            [*command, "--out", str(lab)], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(float(rng.uniform(0.5, 1.1 * usual)))
            break
        except subprocess.TimeoutExpired:
            before = records_of(lab)
            process.kill()
            process.wait()
            story.kills += 1
            after = records_of(lab)
            story.chain = story.chain or "; ".join(fault.message for fault in verify(after))
            if [r.hash for r in after[: len(before)]] != [r.hash for r in before]:
                story.lost = story.lost or f"{len(before)} records before kill {story.kills}, others after it"
    stopped.set()
    sender.join()
    run([*command, "--out", str(lab)], folder=folder).sound()
    _look(story, lab, sent)
    one, other = decisions(calm), decisions(lab)
    if one != other:
        place = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
        story.decisions = f"at {place + 1}: {one[place : place + 1]} against {other[place : place + 1]}"
    return story


def _look(story: Story, lab: Path, sent: list[str]) -> None:
    """What became of the messages and the experiments."""
    records = records_of(lab)
    story.chain = story.chain or "; ".join(fault.message for fault in verify(records))
    kinds = [record.kind for record in records]
    story.messages, story.pauses, story.sessions = len(sent), kinds.count("paused"), kinds.count("session")
    story.openings = kinds.count("opening")
    story.reopened = _reopened(records)
    values = [r.body["value"] for r in records if r.kind == "answered"]
    answered = [str(value["id"]) for value in values if isinstance(value, dict)]
    waiting = {message.id for message in Inbox(lab).waiting()}
    missing = [one for one in sent if one not in answered and one not in waiting]
    again = sorted({one for one in answered if answered.count(one) > 1})
    made = [r.body["value"] for r in records if r.kind == "hint"]
    places = [(value["message"], value["place"]) for value in made if isinstance(value, dict)]
    doubled = [place for place in places if places.count(place) > 1]
    story.unanswered = (
        f"{missing[:3]} never, {again[:3]} twice, {doubled[:3]} made twice" if missing or again or doubled else ""
    )
    results = [r.experiment or 0 for r in records if r.kind == "result"]
    story.twice = str(sorted({n for n in results if results.count(n) > 1})) if len(results) > len(set(results)) else ""


def _reopened(records: Sequence[LedgerRecord]) -> str:
    """The openings that no word of a person came before, other than the first."""
    found, said = [], True
    for record in records:
        value = record.body["value"]
        is_undone = record.kind == "undone" and isinstance(value, dict) and bool(value["message"])
        said = said or record.kind == "hint" or is_undone
        if record.kind == "opening":
            found += [] if said else [record.number]
            said = False
    return f"record {found}" if found else ""


def main() -> None:
    """Tell stories until there are as many kills as asked for; save."""
    arguments = parser(__doc__)
    arguments.add_argument("--times", type=int, default=50, help="kills in all")
    arguments.add_argument("--experiments", type=int, default=12)
    arguments.add_argument("--seed", type=int, default=0)
    args = arguments.parse_args()
    rng = np.random.default_rng(args.seed)
    stories: list[Story] = []
    while sum(story.kills for story in stories) < args.times:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            stories.append(tell(len(stories), folder, experiments=args.experiments, kills=5, rng=rng))
        print(asdict(stories[-1]), flush=True)

    def named(part: str) -> list[str]:
        return [f"lab {story.number}: {getattr(story, part)[:160]}" for story in stories if getattr(story, part)]

    n, kills = len(stories), sum(story.kills for story in stories)
    never = [f"lab {s.number}: none" for s in stories if s.openings == 0]
    checks = (
        at_least("kills", kills, args.times, ""),
        all_of("the hash chain verifies after each", named("chain"), n),
        all_of("nothing recorded is lost", named("lost"), n),
        all_of(
            f"each of {sum(s.messages for s in stories)} messages answered and acted on once", named("unanswered"), n
        ),
        all_of("no experiment run twice", named("twice"), n),
        all_of("the same decisions as undisturbed", named("decisions"), n),
        all_of("the vault is opened once, and again only after a person's word", never + named("reopened"), n),
    )
    method = (
        f"{n} exact searches of {args.experiments} experiments with rows set aside, {kills} kills, "
        f"{sum(s.pauses for s in stories)} pauses, {sum(s.sessions for s in stories)} sessions."
    )
    save(Outcome(name="kill_research", title="Kill -9 with messages", checks=checks, method=method,
                 details=[asdict(story) for story in stories]), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
