"""The file that a lab was made from, read again: whether its rows are as they were, and the vault dealt from them."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from assay.core.codec import from_json
from assay.core.errors import AssayError, LabError
from assay.core.task import Notice, Task
from assay.data.options import TaskOptions
from assay.inspect.order_in_time import as_begun
from assay.journal.find_labs import short_name, shown_path
from assay.journal.source_stamp import Stamp
from assay.lab.lab_folder import check_same, vaulted_lab_command
from assay.search.settings import FitSettings
from assay.search.suspicious_columns import as_answered
from assay.search.task_setup import read_source, understand
from assay.vault.vault import Vault, vault_at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceRows:
    """The rows of the lab at a path, as its file has them now. settings: those it was last searched with, of which a
    vault's share is the one it was begun with, None without a vault.
    """

    path: Path
    task: Task
    settings: FitSettings

    @property
    def has_vault(self) -> bool:
        return self.settings.vault is not None

    def vault(self) -> Vault:
        """The rows set aside, dealt again; LabError where the file has changed or is gone."""
        vault = self._same_rows()
        assert vault is not None  # asked of a lab that has one
        return vault

    def _same_rows(self) -> Vault | None:
        """Read the file and ask the same question of it; LabError where that is another now."""
        stamp = Stamp.read(self.path)
        if stamp is None:
            raise LabError(
                f"{self.path.name} was not made from one file that lies here (but from a table in memory, a URL, or "
                "with rows that validate in a file of their own), so its vault cannot be dealt again from here.",
                do=("fit again with the same table: that goes on, and opens what is due",),
            )
        if not Path(stamp.path).is_file():
            raise LabError(
                f"The vault of {self.path.name} is dealt from {stamp.path}, which is gone.", do=("copy the file back",)
            )
        options = as_begun(from_json(TaskOptions, json.loads(stamp.options)), self.task)
        raw = read_source(stamp.path, options)
        seen, vault = vault_at(self.path, raw, options, self.settings.vault, begun=True)
        prepared = understand(seen, as_answered(options, self.task), self.settings, known=self.task)
        check_same(self.path, self.task, prepared.task, stamp=stamp)
        return vault

    def check(self, *, opens: bool) -> Notice | None:
        """Before a search: what a person should know of a file that is not as it was, None where it is.

        The file is read only where its size or its time of change differ. opens: whether the search is to end with an
        opening of the vault: then LabError where there could be none.
        """
        if self._looks_unchanged():
            return None
        try:
            self._same_rows()
        except AssayError as error:
            if self.has_vault and opens:
                raise LabError(
                    f"{error.message.rstrip('.')}, so at the end of this search its vault could not be opened.",
                    do=(
                        "put the file back as it was",
                        f"assay research {self._name} --until 1h  (goes on with its own rows; the vault stays sealed)",
                        f"{self._new_lab()}  (a new lab)",
                    ),
                ) from error
            return self._notice(error)
        self._stamp_again()
        return None

    def _looks_unchanged(self) -> bool:
        """Whether nothing need be read: the file is the one that was stamped, or is not needed."""
        stamp = Stamp.read(self.path)
        if stamp is None or not Path(stamp.path).is_file():
            return not self.has_vault
        return stamp.is_unchanged

    def _stamp_again(self) -> None:
        """The rows are as they were, so the next look need not read them."""
        stamp = Stamp.read(self.path)
        assert stamp is not None  # its rows were read
        now = Stamp.of(stamp.path, from_json(TaskOptions, json.loads(stamp.options)))
        if now is not None:
            now.write(self.path)

    def _notice(self, error: AssayError) -> Notice:
        said = error.message if isinstance(error, LabError) else f"Its file cannot be read as it was: {error.message}"
        goes_on = f"the search goes on with the {self.task.n_rows:,} rows that {self._name} has stored"
        if self.has_vault:
            message = f"{said.rstrip('.')}. Its vault cannot be opened as long as that is so; {goes_on}"
            return Notice(code="vault/file-changed", message=message, do=f"{self._new_lab()}  (a new lab)")
        message = f"{said.rstrip('.')}; {goes_on}"
        return Notice(code="lab/file-changed", message=message, do=f"{self._new_lab()}  (a new lab)")

    @property
    def _name(self) -> str:
        return shlex.quote(short_name(shown_path(self.path)))

    def _new_lab(self) -> str:
        """The command that begins a lab with the rows of the file as it is now."""
        return vaulted_lab_command(self.path, self.task, Stamp.read(self.path))
