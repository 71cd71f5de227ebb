"""How much memory a process really uses."""


def memory_bytes(pid: int, *, above: int = 0) -> int:
    """Bytes that would be free if the process ended: its share of shared pages (PSS; where unknown, unshared bytes).

    Forked workers share hundreds of megabytes of libraries, so the resident size would count them once per worker.
    But it is 100 times cheaper to read and never smaller: when it is not `above`, it is the answer. 0: it is gone.
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
