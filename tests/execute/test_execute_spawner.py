"""Workers that are started afresh, and who listens to their end."""

import threading

from assay.execute.spawner import Spawner


def test_a_worker_that_nobody_listens_to_any_more_ends_without_noise() -> None:
    """What a thread raises is a warning, and warnings are errors."""
    before = set(threading.enumerate())
    worker = Spawner().start()
    worker.release()  # an idle worker then ends by itself
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()
