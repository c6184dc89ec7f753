"""A program that writes ratings and prints each one that was acknowledged; tests run several of it, or kill it.

python writing.py many URL NUMBER              one after the other: about 40 users and 97 items
python writing.py one URL WRITER THREADS EACH  threads that all rate the same item as the same user
"""

import sys
import threading

from foretaste.store import Store, Stored


def tell(user: str, kept: Stored) -> None:
    sys.stdout.write(f"{user} {kept.item} {kept.rating} {kept.revision} {kept.updated_at}\n")
    sys.stdout.flush()


def many(url: str, number: int) -> None:
    with Store(url) as store:
        for n in range(number):
            kept = store.put(f"u{n % 40}", n % 97, n)
            tell(f"u{n % 40}", kept)


def one(url: str, writer: int, threads: int, each: int) -> None:
    lock = threading.Lock()

    def write(store: Store, thread: int) -> None:
        for n in range(each):
            kept = store.put("anna", 1, writer * 1_000_000 + thread * 1_000 + n)
            with lock:
                tell("anna", kept)

    with Store(url) as store:
        team = [threading.Thread(target=write, args=(store, thread)) for thread in range(threads)]
        for thread in team:
            thread.start()
        for thread in team:
            thread.join()


if __name__ == "__main__":
    action = {"many": many, "one": one}[sys.argv[1]]
    action(sys.argv[2], *map(int, sys.argv[3:]))
