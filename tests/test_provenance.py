"""What is told of versions, machine and command."""

import os

from foretaste import __version__, provenance
from foretaste.provenance import command_line, machine, versions


def test_versions_name_what_computes():
    found = versions()
    assert list(found)[:2] == ["python", "foretaste"]
    assert found["foretaste"] == __version__
    assert set(found) == {"python", *provenance.COMPUTING}


def test_what_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr(provenance, "COMPUTING", ("numpy", "no-such-package"))
    assert set(versions()) == {"python", "numpy"}


def test_the_machine_is_told_by_what_the_process_may_use(monkeypatch):
    found = machine()
    assert found["cpus"] == len(os.sched_getaffinity(0))
    assert found["memory_bytes"] > 100_000_000
    assert found["processor"]
    monkeypatch.delattr(os, "sched_getaffinity")
    assert machine()["cpus"] == os.cpu_count()


def test_a_command_can_be_typed_again_and_tells_no_folder():
    words = ["/opt/some/bin/foretaste", "compare", "my data.csv", "--set", "widths=[8]"]
    assert command_line(words) == "foretaste compare 'my data.csv' --set 'widths=[8]'"
    assert command_line([]) == "''"
