"""The user's settings of a search, apart from the question itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from assay.core.clock import Budget
from assay.core.contract import Model
from assay.core.errors import UsageError, Where
from assay.core.labels import LabelRule
from assay.core.registry import Registry
from assay.research import queue
from assay.research import registry as researchers
from assay.search.preset import Preset, preset_named

DEFAULT_SECONDS = 300.0
SandboxRule = Literal["any", "required"]
FLOOR = "constant"


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """The budget, the place and the limits of one `fit`.

    executor: the registered name of what runs the jobs; out: lab folder (None: in the working folder, named after the
    file); force: replace a lab of another question; jobs: workers (0: all cores); memory_bytes: limit of one worker (0:
    none); without: families left out; families: the only ones that are tried beside the constant (none: all); patience:
    end early when a quarter of the time, a minute at least, gained nothing; researchers: names of those that propose
    experiments, in order of priority (none: the usual queue); vault: share of the rows set aside until the end (None:
    none); ship: after a vault the certified recipe fitted on all rows, or the certified model itself; labels: which
    label rows of two classes are given; text_models: folders of pretrained encoders in place of those of installed
    packages, or "none" for none at all; text_store: the folder in which their vectors are kept ("": this user's, "off":
    none). sandbox: "required" where functions of people run only in a sandbox that holds every barrier; ship_code:
    whether a model that calls such functions may ship. lab_memory: the file with what moves earned in other labs, which
    this one reads and adds to ("": this user's; "off": none, as it is unless asked for in Python).
    """

    budget: Budget = field(default_factory=lambda: Budget(seconds=DEFAULT_SECONDS))
    out: str | None = None
    force: bool = False
    executor: str = "local"
    jobs: int = 0
    memory_bytes: int = 0
    without: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    patience: bool = True
    seed: int = 0
    max_latency_ms: float | None = None
    max_size_bytes: int | None = None
    preset: str = "balanced"
    researchers: tuple[str, ...] = ()
    vault: float | None = None
    ship: Literal["all", "certified"] = "all"
    labels: LabelRule = field(default=LabelRule())
    text_models: tuple[str, ...] = ()
    text_store: str = ""
    sandbox: SandboxRule = "any"
    ship_code: bool = False
    lab_memory: str = "off"

    def __post_init__(self) -> None:
        if self.jobs < 0:
            raise UsageError(f"{self.jobs} workers cannot work. Give at least 1, or 0 for all cores: --jobs 2.")
        preset_named(self.preset)
        check_rule(self.sandbox)

    def allowed(self, known: Registry[Model]) -> "FitSettings":
        """The same with what `families` leaves out in `without`, too. The constant stays, as all are compared with it.

        UsageError for an unknown family, and where no family is left.
        """
        _check_families("--without", self.without, known)
        _check_families("--families", self.families, known)
        if not self.families:
            return self
        if not self.families - self.without:
            raise UsageError(
                "--families and --without together leave no model family.", where=Where(option="--families"),
                do=("leave one of them out",),
            )  # fmt: skip
        others = frozenset(known.names()) - self.families - {FLOOR}
        return replace(self, without=self.without | others)

    @property
    def wanted(self) -> Preset:
        """The preset as values."""
        return preset_named(self.preset)

    @property
    def proposers(self) -> tuple[str, ...]:
        """The researchers: for a readable model those that know such models, else as set, or all of the usual."""
        has_vault = self.vault is not None
        if self.wanted.readable:
            return queue(has_vault=has_vault, purpose=self.wanted.name)
        return self.researchers or queue(has_vault=has_vault)

    @property
    def asked(self) -> str:
        """The settings other than the length of the search and the families left out, in canonical words."""
        limits = f"{self.max_latency_ms} {self.max_size_bytes}"
        others = f" {' '.join(self.researchers)}" if self.researchers else ""
        labels = f" {self.labels.text}" if self.labels.text else ""
        ship = "" if self.ship == "all" else f" {self.ship}"
        code = " with code" if self.ship_code else ""
        return f"{self.preset} {limits}{others}{labels}{ship}{code}"

    @property
    def limits(self) -> str:
        """The user's limits of time and size, as they were typed; "" for none."""
        own = [] if self.max_latency_ms is None else [f"--max-latency {self.max_latency_ms:g}"]
        own += [] if self.max_size_bytes is None else [f"--max-size {self.max_size_bytes / 1e6:g}MB"]
        wish = self.wanted.row_ms is not None and self.max_latency_ms is None
        wish |= self.wanted.size_bytes is not None and self.max_size_bytes is None
        return " ".join([*([f"--preset {self.preset}"] if wish else []), *own])

    @property
    def row_ms_limit(self) -> float | None:
        """Milliseconds one row may take: as set, else the preset's; None: any."""
        return self.wanted.row_ms if self.max_latency_ms is None else self.max_latency_ms

    @property
    def size_limit(self) -> int | None:
        """Bytes the shipped model may have: as set, else the preset's; None: any."""
        return self.wanted.size_bytes if self.max_size_bytes is None else self.max_size_bytes

    @property
    def is_patient(self) -> bool:
        """Whether the search may end before its time when nothing is gained."""
        return self.patience and self.wanted.patience


def _check_families(option: str, names: frozenset[str], known: Registry[Model]) -> None:
    """Refuse families that do not exist, before any time is spent."""
    for name in sorted(names):
        if name not in known.names():
            near = known.nearest(name)
            raise UsageError(
                f"{option} {name}: no model family is called so. Known: {', '.join(known.names())}.",
                where=Where(option=option), nearest=near, do=tuple(f"{option} {one}" for one in near[:1]),
            )  # fmt: skip


def check_researchers(names: Sequence[str]) -> None:
    """UsageError for one that nobody knows."""
    for name in names:
        if name not in researchers:
            near = researchers.nearest(name)
            raise UsageError(
                f"--researchers {name}: no researcher is called so. Known: {', '.join(researchers.names())}.",
                where=Where(option="--researchers"), nearest=near, do=tuple(f"--researchers {one}" for one in near[:1]),
            )  # fmt: skip


def check_rule(sandbox: str) -> None:
    """UsageError for a rule of the sandbox that there is none of: a slip of the pen must not run what it would hold."""
    if sandbox not in get_args(SandboxRule):
        raise UsageError(f"sandbox={sandbox!r} is no rule: {' or '.join(map(repr, get_args(SandboxRule)))}.")
