"""Pictures go from one thread to another: in order, bounded, cancelled, with errors."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, FilmError
from blender_addon.core.film import feed as feed_module
from blender_addon.core.film.facts import FilmFacts
from blender_addon.core.film.feed import FilmFeed


class Numbers:
    """A film whose pictures are their numbers; notes which thread read them."""

    def __init__(self, count=500, fails_at=None):
        self.facts = FilmFacts("numbers", (2, 1), 25.0, count)
        self.threads, self.read, self.open = set(), 0, 0
        self._fails_at = fails_at

    def pictures(self, first, last):
        self.open += 1
        try:
            for number in range(first, last + 1):
                self.threads.add(threading.get_ident())
                if number == self._fails_at:
                    raise FilmError("picture 7 cannot be read")
                self.read += 1
                yield None if number % 10 == 3 else np.full((1, 2, 3), number % 250, np.uint8)
        finally:
            self.open -= 1


@contextmanager
def looking(job):
    """Runs a job on a thread of its own; gives where its outcome will be."""
    outcome = {}

    def run():
        try:
            outcome["result"] = job()
        except BaseException as error:  # noqa: BLE001 - told to the test
            outcome["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread, outcome
    finally:
        thread.join(20.0)
        assert not thread.is_alive()


def serve_until_done(feed, thread):
    while thread.is_alive():
        feed.serve(0.001)
        thread.join(0.0005)


def numbers(pictures):
    return [None if each is None else int(each[0, 0, 0]) for each in pictures]


EXPECTED = [None if n % 10 == 3 else n % 250 for n in range(500)]


def test_on_its_own_thread_pictures_come_at_once():
    reader = Numbers()
    assert numbers(FilmFeed(reader).pictures(0, 499)) == EXPECTED


def test_on_another_thread_they_come_as_they_are_served():
    reader = Numbers()
    feed = FilmFeed(reader)
    with looking(lambda: numbers(feed.pictures(0, 499))) as (thread, outcome):
        serve_until_done(feed, thread)
    assert outcome["result"] == EXPECTED
    assert reader.threads == {threading.get_ident()}
    assert reader.open == 0


def test_no_more_are_decoded_ahead_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(feed_module, "_MOST_AHEAD", 5)
    reader = Numbers()
    feed = FilmFeed(reader)
    asked, go_on = threading.Event(), threading.Event()

    def slow():
        pictures = feed.pictures(0, 499)
        asked.set()
        first = next(pictures)
        go_on.wait(20.0)
        return [first, *pictures]

    with looking(slow) as (thread, outcome):
        asked.wait(20.0)
        while reader.read < 6:
            feed.serve(1.0)
        feed.serve(1.0)
        assert reader.read == 6  # one that is looked at, five that wait
        go_on.set()
        serve_until_done(feed, thread)
    assert numbers(outcome["result"]) == EXPECTED


def test_closing_wakes_who_waits_and_lets_the_film_go():
    reader = Numbers()
    feed = FilmFeed(reader)
    begun = threading.Event()

    def waits():
        for _ in feed.pictures(0, 499):
            begun.set()

    with looking(waits) as (_thread, outcome):
        while not begun.is_set():
            feed.serve(0.0)
        feed.close()
    assert isinstance(outcome["error"], Cancelled)
    assert reader.open == 0
    feed.serve(1.0)  # of no use any more, and no error


def test_an_error_of_decoding_arrives_where_the_pictures_are_wanted():
    feed = FilmFeed(Numbers(fails_at=7))
    seen = []

    def reads():
        seen.extend(feed.pictures(0, 20))

    with looking(reads) as (thread, outcome):
        serve_until_done(feed, thread)
    assert len(seen) == 7
    with pytest.raises(FilmError, match=r"picture 7 cannot be read"):
        raise outcome["error"]


def test_a_part_may_be_left_for_another():
    reader = Numbers()
    feed = FilmFeed(reader)

    def twice():
        pictures = feed.pictures(100, 400)
        begun = [next(pictures), next(pictures)]
        return [*begun, *feed.pictures(5, 7)]

    with looking(twice) as (thread, outcome):
        serve_until_done(feed, thread)
    assert numbers(outcome["result"]) == [100, 101, 5, 6, 7]
    assert reader.open == 0
