"""API keys: what is kept of them, who may read it, and what is let in."""

import hashlib
import hmac
import os
import re
from datetime import date

import pytest

from foretaste.errors import InputError, NotFoundError
from foretaste.serve.door import keys as module
from foretaste.serve.door.keys import FIRST_LINE, LONGEST_KEY, Keys, add_key, read_keys

DAY = date(2026, 11, 26)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.txt"


def test_a_key_is_256_random_bits_and_only_its_hash_is_kept(path):
    name, text = add_key(path, "laptop", today=DAY)
    assert name == "laptop"
    assert re.fullmatch(r"[\w-]{43}", text)
    assert text not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    (key,) = read_keys(path)
    assert (key.name, key.made) == ("laptop", "2026-11-26")
    assert key.digest == hashlib.sha256(key.salt + text.encode()).digest()


def test_two_files_with_one_key_do_not_look_alike(tmp_path, monkeypatch):
    monkeypatch.setattr(module.secrets, "token_urlsafe", lambda _: "the same")
    digests = []
    for name in ("a", "b"):
        add_key(tmp_path / name, today=DAY)
        digests.append(read_keys(tmp_path / name)[0].digest)
    assert digests[0] != digests[1]


def test_names_are_counted_and_a_gap_is_filled(path):
    assert [add_key(path, today=DAY)[0] for _ in range(3)] == ["key-1", "key-2", "key-3"]
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("key-2")))
    assert add_key(path, today=DAY)[0] == "key-2"
    assert path.read_text().startswith(FIRST_LINE)
    assert path.read_text().count("#") == 1


def test_a_line_that_an_editor_left_without_its_end_is_not_run_into(path):
    add_key(path, "a", today=DAY)
    path.write_text(path.read_text().rstrip("\n"))
    add_key(path, "b", today=DAY)
    assert [key.name for key in read_keys(path)] == ["a", "b"]


def test_a_name_is_used_once(path):
    add_key(path, "laptop", today=DAY)
    before = path.read_text()
    with pytest.raises(InputError, match="has a key called 'laptop' already\nhint: choose another --name"):
        add_key(path, "laptop", today=DAY)
    assert path.read_text() == before


@pytest.mark.parametrize("name", ["", "two words", "a" * 65, "line\nbreak", "x:y"])
def test_a_name_that_would_break_the_file_is_refused(path, name):
    with pytest.raises(InputError, match="expected up to 64 letters"):
        add_key(path, name, today=DAY)
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o602, 0o666])
def test_a_file_that_others_can_read_or_change_is_refused(path, mode):
    add_key(path, today=DAY)
    path.chmod(mode)
    for call in (read_keys, Keys, lambda p: add_key(p, today=DAY)):
        with pytest.raises(InputError, match=f"has mode {mode:o}, so others can read .*\nhint: chmod 600"):
            call(path)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_group_may_read_it(path, mode):
    add_key(path, today=DAY)
    path.chmod(mode)
    assert len(read_keys(path)) == 1


@pytest.mark.parametrize(
    "line",
    ["hunter2-hunter2", "a 2026-11-26 sha256:00:11", "a 2026-11-26 md5:" + "0" * 32 + ":" + "0" * 64, "a  b  c"],
)
def test_a_line_that_is_no_key_is_named_by_number_and_not_quoted(path, line):
    add_key(path, today=DAY)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InputError, match="line 3 is not a key's: expected NAME DATE sha256:SALT:HASH") as caught:
        read_keys(path)
    assert line not in str(caught.value)


def test_other_files_are_refused_in_words(path, tmp_path, monkeypatch):
    with pytest.raises(NotFoundError, match="is not there\nhint: make it with: foretaste key"):
        Keys(path)
    with pytest.raises(InputError, match="is not a file"):
        read_keys(tmp_path)
    path.write_bytes(b"\xff\xfe\x00")
    path.chmod(0o600)
    with pytest.raises(InputError, match="is not text"):
        read_keys(path)
    path.write_bytes(b"# nothing yet\n\n")
    with pytest.raises(InputError, match="has no key\nhint: make one with"):
        Keys(path)
    path.write_bytes(b"x" * 1_000_001)
    with pytest.raises(InputError, match="1,000,001 bytes"):
        read_keys(path)
    path.unlink()
    for _ in range(2):
        add_key(path, today=DAY)
    monkeypatch.setattr(module, "MOST_KEYS", 2)
    with pytest.raises(InputError, match="has 2 keys, expected fewer than 2"):
        add_key(path, today=DAY)
    monkeypatch.setattr(module, "MOST_KEYS", 1)
    with pytest.raises(InputError, match="has 2 keys, expected 1 at most"):
        read_keys(path)


def test_a_file_that_may_not_be_read_is_refused_in_words(path, monkeypatch):
    add_key(path, today=DAY)
    (path.parent / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="loop cannot be read: too many levels of symbolic links"):
        Keys(path.parent / "loop")
    with pytest.raises(InputError, match="cannot be read: not a directory"):
        Keys(path / "keys.txt")

    def closed(*_args, **_more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module.Path, "read_text", closed)  # whoever runs the tests may be allowed everything
    with pytest.raises(
        InputError, match=r"keys.txt cannot be read: permission denied\nhint: let it belong to the account"
    ):
        Keys(path)


def test_each_key_is_known_and_nothing_else(path):
    texts = dict(add_key(path, today=DAY) for _ in range(3))
    keys = Keys(path)
    for name, text in texts.items():
        assert keys.owner(text) == name
        assert keys.owner(text[:-1]) is None
        assert keys.owner(text + "x") is None
    for text in ("", "x", "é\udce9", "\x00", "a" * LONGEST_KEY, "a" * (LONGEST_KEY + 1)):
        assert keys.owner(text) is None


def test_every_key_is_compared_even_after_one_fits(path, monkeypatch):
    texts = [add_key(path, today=DAY)[1] for _ in range(4)]
    keys, calls = Keys(path), []
    monkeypatch.setattr(
        module.hmac, "compare_digest", lambda a, b, real=hmac.compare_digest: calls.append(1) or real(a, b)
    )
    for text in (texts[0], texts[3], "wrong"):
        calls.clear()
        keys.owner(text)
        assert len(calls) == 4


def test_a_deleted_line_is_a_revoked_key_at_once(path):
    texts = [add_key(path, today=DAY)[1] for _ in range(3)]
    keys = Keys(path)
    assert keys.owner(texts[1]) == "key-2"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("key-2 ")))
    assert [keys.owner(text) for text in texts] == ["key-1", None, "key-3"]
    name, text = add_key(path, "late", today=DAY)
    assert keys.owner(text) == name


def test_a_change_under_the_same_time_and_size_is_seen(path):
    first = add_key(path, "a", today=DAY)[1]
    keys, status, old = Keys(path), path.stat(), path.read_text()
    second = add_key(path, "b", today=DAY)[1]
    path.write_text(FIRST_LINE + path.read_text().splitlines(keepends=True)[2])
    assert len(path.read_text()) == len(old)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (keys.owner(first), keys.owner(second)) == (None, "b")


def test_a_file_that_settled_is_not_read_at_every_request(path, monkeypatch):
    text = add_key(path, today=DAY)[1]
    keys, reads = Keys(path), []
    monkeypatch.setattr(module, "read_keys", lambda p: reads.append(p) or read_keys(p))
    keys.owner(text)
    assert reads, "just made: it may change again under the same stamp"
    now = module.time.time
    monkeypatch.setattr(module.time, "time", lambda: now() + 60)
    keys.owner(text)
    reads.clear()
    for _ in range(5):
        assert keys.owner(text) == "key-1"
    assert reads == []


def test_a_file_that_went_bad_lets_nobody_in_and_the_log_says_why(path, caplog):
    text = add_key(path, today=DAY)[1]
    keys, good = Keys(path), path.read_text()
    for spoil, words in (
        (lambda: path.write_text(good + "nonsense\n"), "line 3 is not a key's"),
        (lambda: path.chmod(0o644), "has mode 644"),
        (path.unlink, "is not there"),
    ):
        spoil()
        caplog.clear()
        assert keys.owner(text) is None
        assert "no key is accepted" in caplog.text
        assert words in caplog.text
    path.write_text(good)
    path.chmod(0o600)
    assert keys.owner(text) == "key-1"
