"""What the ledger says of functions that people brought, and of the sandbox that holds them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRecord:
    """A source, from here on known by its digest, which is the key of its text among the artifacts.

    kind: "step", "model" or "metric"; contract: the version it is written for; by: who added it; message: with which.
    """

    digest: str
    name: str
    kind: str
    contract: int
    by: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRecord:
    """What held code in a session. layers: of the sandbox; holds: the barriers that were tried and held; lacking: why
    other layers are not there, in words; trusted: digests of sources that ran outside of it, as the user vouches for
    them; waits: why recipes with other sources wait, "" where they run.
    """

    layers: tuple[str, ...]
    holds: tuple[str, ...]
    lacking: tuple[tuple[str, str], ...] = ()
    trusted: tuple[str, ...] = ()
    waits: str = ""
