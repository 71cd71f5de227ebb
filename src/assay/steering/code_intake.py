"""Sources that come with messages: read, recorded by their digest, and laid down for workers. Nothing runs here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import CodeError, LabError
from assay.core.recipe import Recipe, Step
from assay.features import traits_of as step_traits
from assay.journal.code_records import CodeRecord
from assay.journal.journal import Journal
from assay.journal.steering_records import MessageRecord
from assay.models import traits_of as model_traits
from assay.user_code.access import laid_down, put_source
from assay.user_code.function_contract import VERSION
from assay.user_code.source import CodeSource


@dataclass(frozen=True)
class CodeIntake:
    """Of the lab whose data folder this is. trusts: gives digests of sources that its user vouches for, as of now."""

    journal: Journal
    data: Path
    trusts: Callable[[], frozenset[str]] = frozenset

    def read(self, message: MessageRecord) -> CodeSource | None:
        """The source of a message, None where it has none. ValueError says what is wrong with it."""
        if not message.source:
            return None
        source = CodeSource(_file_name(message.source_name), message.source)
        try:
            source.checked(trusted=source.digest in self.trusts())
        except CodeError as error:
            raise ValueError(f"{error.message.removesuffix('.')} ({error.reason})") from error
        return source

    def record(self, source: CodeSource | None, message: MessageRecord) -> None:
        """Record a source that was read, and lay it down for workers."""
        if source is None:
            return
        known = self.journal.state.steering.code
        latest = next((one.digest for one in reversed(known.values()) if one.name == source.name), "")
        if latest != source.digest:  # an older file of that name that comes back is the latest again
            self.journal.ledger.put_bytes(source.text.encode(), ".py")
            record = CodeRecord(
                digest=source.digest, name=source.name, kind=source.shape.kind, contract=VERSION, by=message.by,
                message=message.id,
            )  # fmt: skip
            self.journal.write("code", record, durable=True)
        put_source(self.data, source.text)

    def check_known(self, recipe: Recipe, source: CodeSource | None) -> None:
        """ValueError for a recipe that calls a source which neither the lab nor its message has, or as what it is
        not.
        """
        known = {digest: (one.name, one.kind) for digest, one in self.journal.state.steering.code.items()}
        if source is not None:
            known[source.digest] = source.name, source.shape.kind
        for name, digest, kind in calls_of(recipe):
            if digest not in known:
                raise ValueError(
                    f"its {name} calls the source {digest[:12] or 'of no digest'}, which is not in the lab"
                )
            file, own = known[digest]
            if own != kind:
                raise ValueError(f"its {name} calls {file}.py, which is a {own} and no {kind}")


def calls_of(recipe: Recipe) -> tuple[tuple[str, str, str], ...]:
    """(step or family, digest of the source that it calls, kind of source) of all that calls any."""
    found = [(step.name, _digest(step), "step") for step in recipe.steps if step_traits(step.name).runs_code]
    if model_traits(recipe.model.name).runs_code:
        found.append((recipe.model.name, _digest(recipe.model), "model"))
    return tuple(found)


def _digest(step: Step) -> str:
    return str(dict(step.params).get("code", ""))


def _file_name(name: str) -> str:
    return "".join(one if one.isalnum() or one in "_-" else "_" for one in name[:60]) or "code"


def lay_down(journal: Journal, data: Path) -> None:
    """Put all sources of the ledger where workers look for them."""
    for record in journal.state.steering.code.values():
        text = _kept(journal, data, record.digest)
        if text is not None:
            put_source(data, text)


def _kept(journal: Journal, data: Path, digest: str) -> str | None:
    """A source from the artifacts; where it was lost there, as it was laid down before, and kept again; None where it
    is gone altogether: recipes that call it fail, and say so.
    """
    try:
        return journal.ledger.bytes(digest, check=True).decode()
    except LabError:
        text = laid_down(data, digest)
        if text is not None:
            journal.ledger.put_bytes(text.encode(), ".py")
        return text
