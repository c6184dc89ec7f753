"""The cache: what was used last stays, it never grows past its bytes, and it counts."""

import threading

from foretaste.serve.answers.cache import ENTRY_BYTES, Cache

SIZE = 1000
ROOM = 5 * (SIZE + ENTRY_BYTES)


def filled(keys: str) -> Cache[str]:
    cache = Cache[str](ROOM)
    for key in keys:
        cache.put(key, key.upper(), SIZE)
    return cache


def test_what_was_put_is_found_and_counted() -> None:
    cache = filled("ab")
    assert cache.get("a") == "A"
    assert cache.get("z") is None
    assert (cache.hits, cache.misses, len(cache)) == (1, 1, 2)


def test_what_was_used_last_stays() -> None:
    cache = filled("abcde")
    cache.get("a")
    cache.put("f", "F", SIZE)
    assert [cache.get(key) for key in "abcdef"] == ["A", None, "C", "D", "E", "F"]


def test_it_never_grows_past_its_bytes() -> None:
    cache = Cache[int](ROOM)
    for key in range(1000):
        cache.put(key, key, SIZE + key % 300)
        assert cache.bytes <= ROOM
    assert len(cache) == 4
    assert cache.bytes == sum(SIZE + key % 300 + ENTRY_BYTES for key in range(996, 1000))


def test_a_key_that_is_put_again_counts_once() -> None:
    cache = filled("a")
    cache.put("a", "other", 2 * SIZE // 3)
    assert cache.get("a") == "other"
    assert (len(cache), cache.bytes) == (1, 2 * SIZE // 3 + ENTRY_BYTES)


def test_what_is_too_large_drives_nothing_out() -> None:
    cache = filled("abc")
    cache.put("large", "L", ROOM // 2)
    assert cache.get("large") is None
    assert len(cache) == 3
    none = Cache[str](0)
    none.put("a", "A", 0)
    assert len(none) == 0


def test_threads_may_share_it() -> None:
    cache = Cache[int](ROOM)

    def work(first: int) -> None:
        for key in range(2000):
            cache.put((first + key) % 50, key, SIZE)
            cache.get(key % 50)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.hits + cache.misses == 8000
    assert cache.bytes == len(cache) * (SIZE + ENTRY_BYTES) <= ROOM
