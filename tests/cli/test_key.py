"""foretaste key."""

import re

from foretaste.serve.door.keys import Keys


def test_it_prints_the_key_alone_on_stdout_and_keeps_its_hash(say, tmp_path):
    file = tmp_path / "keys.txt"
    said = say("key", file, "--name", "laptop")
    assert said.code == 0
    assert re.fullmatch(r"[\w-]{43}\n", said.out)
    assert Keys(file).owner(said.out.strip()) == "laptop"
    assert "keep it now" in said.err
    assert f"revoke it: delete its line in {file}" in said.err
    assert said.out.strip() not in said.err + file.read_text()


def test_a_second_key_joins_the_first(say, tmp_path):
    file = tmp_path / "keys.txt"
    first, second = say("key", file), say("key", file)
    keys = Keys(file)
    assert [keys.owner(said.out.strip()) for said in (first, second)] == ["key-1", "key-2"]


def test_a_file_that_others_can_read_is_refused_in_words(say, tmp_path):
    file = tmp_path / "keys.txt"
    say("key", file)
    file.chmod(0o644)
    said = say("key", file)
    assert (said.code, said.out) == (2, "")
    assert (
        said.err
        == f"error: {file} has mode 644, so others can read or change it; expected 600\nhint: chmod 600 {file}\n"
    )


def test_a_folder_that_is_not_there_is_told(say, tmp_path):
    said = say("key", tmp_path / "none" / "keys.txt")
    assert said.code == 2
    assert "keys.txt cannot be read or written: " in said.err
