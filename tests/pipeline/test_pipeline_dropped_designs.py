"""Designs that are dropped from a full cache: the least recently used go, whoever reads one is served all the same."""

from collections import OrderedDict
from threading import Event, Thread

from assay.core.clock import Limits
from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.models import registry as models
from assay.pipeline.fold_view import LabFoldView, open_kept_design
from assay.pipeline.shared_design import drop_design, key_of, open_design
from assay.pipeline.worker_cache import WORKER_CACHE
from assay.search.disk_room import CACHE_TABLES, LEAST_CACHE, LEAST_MODELS, MOST_MODELS, ROOM, DiskRoom, bytes_in
from assay.testing.encoders import assert_equal_tables

FREE = (Step.of("dates"), Step.of("one_hot"), Step.of("impute", indicators=True), Step.of("scale"))
MODEL = Step.of("lightgbm", max_rounds=20)


def experiment(number, steps):
    recipe = Recipe(steps=steps, model=MODEL)
    return Experiment(number=number, recipe=recipe, what="", question="", by="testing")


def test_the_least_recently_used_designs_go_first_and_those_in_use_stay(make_folder):
    folder = make_folder()
    tried = [experiment(number, FREE[:number]) for number in (1, 2, 3, 4)]
    room = DiskRoom(folder)
    places = {one.number: folder.cache / key_of(folder, one.recipe) for one in tried}
    for one in tried:
        open_design(folder, one.recipe.steps)
        room.drop_designs([one])
    room.drop_designs([tried[0]])  # used again
    assert all(place.exists() for place in places.values()), "they fit"
    room.cache_bytes = bytes_in(folder.cache) - bytes_in(places[2]) - 1
    room.drop_designs([tried[3]])
    assert [number for number, place in places.items() if place.exists()] == [1, 4]
    room.cache_bytes = 1
    room.drop_designs([tried[0]])
    assert [number for number, place in places.items() if place.exists()] == [1]


def test_a_session_that_begins_takes_the_oldest_files_for_the_least_used(make_folder):
    folder = make_folder()
    first, last = (folder.cache / open_design(folder, FREE[:number]).key for number in (4, 1))
    room = DiskRoom(folder, cache_bytes=bytes_in(last))
    room.drop_designs([])
    assert (first.exists(), last.exists()) == (False, True)


def test_a_design_in_use_outlives_its_files_and_is_made_again_with_the_same_bits(make_folder):
    folder = make_folder()
    held = open_design(folder, FREE)
    before = held.table.numeric.copy()
    drop_design(folder, held.key)
    assert not held.folder.exists()
    assert held.table.numeric.tobytes() == before.tobytes()
    assert_equal_tables(open_design(folder, FREE).table, held.table, "again")


def test_a_worker_fits_the_same_where_its_design_was_dropped_after_it_was_opened(make_folder):
    folder, seeds, recipe = make_folder(), Seeds(0), Recipe(steps=(*FREE, Step.of("without_text")), model=MODEL)

    def predicted():
        view = LabFoldView(folder, recipe, folder.split.fold(1), folder.task.loss, seeds)
        fitted = models.build(recipe.model).fit(view, limits=Limits(), seeds=seeds)
        return fitted.predict(view.table("test"))

    expected = predicted()
    drop_design(folder, key_of(folder, recipe))
    # its design is open, and its binned rows are gone from its memory
    opened = ((key, kept) for key, kept in WORKER_CACHE._kept.items() if key[0] == "design")
    WORKER_CACHE._kept = OrderedDict(opened)
    assert predicted().tobytes() == expected.tobytes()
    kept = open_kept_design(folder, recipe, folder.split.fold(1).train)
    assert_equal_tables(open_design(folder, recipe.steps).table, kept.table, "again")


def test_readers_beside_one_that_drops_always_get_the_whole_design(make_folder):
    folder = make_folder()
    expected, ended = open_design(folder, FREE), Event()

    def drop():
        while not ended.is_set():
            if expected.folder.exists():
                drop_design(folder, expected.key)

    dropping = Thread(target=drop)
    dropping.start()
    try:
        for _ in range(25):
            assert_equal_tables(open_design(folder, FREE).table, expected.table, "again")
    finally:
        ended.set()
        dropping.join()


def test_fold_models_get_what_the_rest_leaves_but_never_nothing(make_folder):
    folder = make_folder()
    table = bytes_in(folder.data)
    room = DiskRoom(folder)
    assert room.cache_bytes == max(LEAST_CACHE, CACHE_TABLES * table)
    assert room.model_bytes == ROOM + 2 * table
    room.record(ROOM // 2)
    assert room.model_bytes == ROOM // 2 + 2 * table
    cached = bytes_in(folder.cache / open_design(folder, FREE).key)
    room.drop_designs([])
    assert room.model_bytes == ROOM // 2 + 2 * table - cached
    room.record(ROOM)
    assert room.model_bytes == LEAST_MODELS
    assert DiskRoom(folder, cache_bytes=1).model_bytes <= MOST_MODELS
