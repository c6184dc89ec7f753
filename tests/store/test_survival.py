"""What was acknowledged survives a killed process, and of many writers of one rating the last one wins, whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from foretaste.store import Store

WRITING = Path(__file__).with_name("writing.py")
PROCESSES, THREADS, EACH = 2, 25, 6


def start(*words):
    return subprocess.Popen([sys.executable, str(WRITING), *map(str, words)], stdout=subprocess.PIPE, text=True)


def read(line):
    user, item, rating, revision, updated_at = line.split()
    return user, item, float(rating), int(revision), int(updated_at)


@pytest.mark.slow
@pytest.mark.parametrize("after", [3, 800, 2500])
def test_no_acknowledged_write_is_lost_when_the_writer_is_killed(url, after):
    writer = start("many", url, 10_000)
    lines = [writer.stdout.readline() for _ in range(after)]
    writer.kill()  # SIGKILL: nothing in the process may run any more
    lines += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    acknowledged = [read(line) for line in lines if line.endswith("\n")]
    assert after <= len(acknowledged) < 10_000, "it was killed on the way"
    with Store(url) as store:
        kept = {(user, one.item): one for user in {row[0] for row in acknowledged} for one in store.ratings(user)}
        latest = {(user, item): rest for user, item, *rest in acknowledged}
        missing = []
        for cell, (rating, revision, updated_at) in latest.items():
            found = kept.get(cell)
            same = found is not None and (found.rating, found.revision, found.updated_at) == (
                rating,
                revision,
                updated_at,
            )
            later = found is not None and found.revision > revision  # the one that was on its way
            if not same and not later:
                missing.append((cell, revision))
        assert missing == []
        assert sum(one.revision > max(row[3] for row in acknowledged) for one in kept.values()) <= 1
        assert store.put("anna", 1, 1).revision > max(one.revision for one in kept.values())


@pytest.mark.slow
def test_fifty_writers_of_one_rating_and_the_highest_revision_has_won(url):
    Store(url).close()
    writers = [start("one", url, number, THREADS, EACH) for number in range(PROCESSES)]
    acknowledged = [read(line) for writer in writers for line in writer.communicate(timeout=120)[0].splitlines()]
    assert [writer.returncode for writer in writers] == [0] * PROCESSES
    assert len(acknowledged) == PROCESSES * THREADS * EACH
    assert len({row[3] for row in acknowledged}) == len(acknowledged), "no revision is given twice"
    last = max(acknowledged, key=lambda row: row[3])
    with Store(url) as store:
        (found,) = store.ratings("anna")
        assert (found.item, found.rating, found.revision, found.updated_at) == last[1:]
        assert store.revision("anna") == last[3]


@pytest.mark.slow
def test_counts_of_several_processes_are_all_there(url):
    Store(url).close()
    code = (
        "import sys\nfrom foretaste.store import Store\n"
        f"with Store({url!r}) as store:\n    for n in range(60): store.add_counts('arms', {{'a': 1, 'b': n % 2}})"
    )
    others = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [other.wait(120) for other in others] == [0, 0, 0]
    with Store(url) as store:
        assert store.counts("arms") == {"a": 180, "b": 90}
