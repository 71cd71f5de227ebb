"""Memory really used by a process."""


def memory_bytes(pid: int, *, above: int = 0) -> int:
    """Bytes that would be free if the process ended: its share of shared pages (PSS; if unavailable, unshared bytes).

    Forked workers share hundreds of megabytes of libraries, which the resident size counts once per worker. But it is
    100 times cheaper to read and never smaller, so it is the result when it is not `above`. 0: no such process.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        resident = int(process.memory_info().rss)
        if resident <= above:
            return resident
        full = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0
    return int(getattr(full, "pss", 0) or full.uss)
