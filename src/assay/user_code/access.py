"""Where the sources of a lab or a bundle lie, and who may run them: handed to the steps and models that need it."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self, TypeVar, runtime_checkable

from assay.core.atomic_files import atomic_file
from assay.core.errors import CodeError, LabError, Where
from assay.core.user_folder import user_folder
from assay.sandbox.sandbox import CallLimits
from assay.user_code.runners import CodeRunner, NoRunner, TrustedRunner
from assay.user_code.source import CodeSource, digest_of
from assay.user_code.trust import trusted_by

T = TypeVar("T")
FOLDER = "code"
"""In a lab's data folder: DIGEST.py for each source."""
SECONDS = 60.0
"""Of one call."""
_NOWHERE = NoRunner("Code runs in a lab, or in a model that was loaded with allow_code=True.")


@dataclass(frozen=True)
class CodeAccess:
    """folder: of sources by digest, None: those that a state holds itself. runner: of those that nobody vouches for;
    trusted: digests of those that run in this process, by `own`; limits: of one call, but of a model's fit, which has
    those of its job.
    """

    folder: Path | None = None
    runner: CodeRunner = _NOWHERE
    trusted: frozenset[str] = frozenset()
    known: tuple[CodeSource, ...] = ()
    """Sources that lie in no folder yet."""
    limits: CallLimits = field(default=CallLimits(wall_seconds=SECONDS, cpu_seconds=SECONDS))
    own: CodeRunner = field(default_factory=TrustedRunner, compare=False, repr=False)

    @classmethod
    def of_lab(cls, data: Path, runner: CodeRunner) -> Self:
        """Of a lab's data folder. What is trusted stands in the folder of whoever runs this, and never in a lab, which
        may come from anybody.
        """
        return cls(data / FOLDER, runner, trusted_by(user_folder(os.environ, kind="STATE")))

    def runs(self, source: CodeSource) -> CodeRunner:
        """Who runs a source."""
        return self.own if source.digest in self.trusted else self.runner

    def source(self, digest: str, name: str) -> CodeSource:
        """The source of that digest. LabError where it is not there, or is another one; CodeError where there is no
        lab."""
        found = next((one for one in self.known if one.digest == digest), None)
        if found is not None:
            return found
        if self.folder is None:
            raise CodeError("code/no-sandbox", f"The source of {name} ({digest[:12]}) is not here: there is no lab.")
        file = self.folder / f"{digest}.py"
        try:
            if not file.is_file():  # a pipe put there would be waited for without end
                raise FileNotFoundError(file)
            text = file.read_bytes().decode()  # as it was written: another end of lines is another digest
        except (OSError, UnicodeDecodeError) as error:
            raise LabError(
                f"The source of {name} ({digest[:12]}) is not in {self.folder}.", where=Where(file=str(file)),
                do=("assay research LAB  (puts it there from the ledger)",),
            ) from error  # fmt: skip
        if digest_of(text) != digest:
            raise LabError(
                f"{file} is not the source that was added: its SHA-256 is {digest_of(text)[:12]}.",
                where=Where(file=str(file)), do=("delete it, and go on: assay research LAB",),
            )  # fmt: skip
        return CodeSource(name, text)


NOWHERE = CodeAccess()


def put_source(data: Path, text: str) -> None:
    """Lay a source down for workers."""
    folder = data / FOLDER
    if folder.is_symlink():
        raise LabError(f"{folder} leads out of the lab.", where=Where(file=str(folder)), do=("delete the link",))
    folder.mkdir(parents=True, exist_ok=True)
    file, body = folder / f"{digest_of(text)}.py", text.encode()
    if not file.is_file() or file.read_bytes() != body:
        with atomic_file(file) as temporary:
            temporary.write_bytes(body)


def laid_down(data: Path, digest: str) -> str | None:
    """The source of that digest as it was laid down; None where it is not there, or another."""
    try:
        return CodeAccess(data / FOLDER).source(digest, "source").text
    except LabError:
        return None


@runtime_checkable
class RunsCode(Protocol):
    """A step or model, fitted or not, that calls a person's functions."""

    def with_code(self, code: CodeAccess) -> Self:
        """The same, told where sources are and who runs them."""
        ...


def may_run(piece: T, code: CodeAccess) -> T:
    """The piece, told of `code` where it calls functions."""
    return piece.with_code(code) if isinstance(piece, RunsCode) else piece
