"""What was read of a source is gone while the lab works: its rows lie in the lab's folder, where workers find them."""

import gc

import pandas as pd

from assay.core.event import Scored, Understood


def test_no_frame_of_the_source_is_held_during_the_search(run):
    found = []

    def hear(event):
        if isinstance(event, Understood | Scored):
            frames = [one for one in gc.get_objects() if type(one) is pd.DataFrame and len(one) == 150]
            found.append(len(frames))

    run(listener=hear, experiments=2)
    assert found
    assert not any(found)
