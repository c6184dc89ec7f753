"""foretaste doctor: what is printed, exit codes, JSON, and files that cannot be looked at."""

import pytest

from foretaste.cli.doctor import _duration
from foretaste.doctor import RULES
from tests.doctor.planting import Table


@pytest.fixture
def faulty(tmp_path):
    table = Table(200, 120, 6_000)
    table.rating[::9] = 99
    table.films[5] = (table.films[5][0], table.films[9][1])
    return table.write(tmp_path / "faulty")


def test_a_clean_world_has_nothing_wrong(say, tmp_path):
    said = say("doctor", Table(600, 120, 12_000).write(tmp_path / "w"), "--no-forecast")
    assert said.code == 0, said.err
    assert said.out.startswith("600 users, 120 items, 12,000 ratings: nothing is wrong.")
    for words in ("density 16.7 %", "0.5 to 5", "Gini", "new-users:", "120 of 120 items have a title"):
        assert words in " ".join(said.out.split())


def test_findings_are_told_worst_first_with_evidence_and_what_to_do(say, faulty):
    said = say("doctor", faulty, "--no-forecast")
    assert said.code == 0
    words = " ".join(said.out.split())
    assert "200 users, 120 items, 6,000 ratings: 2 warnings" in words
    assert words.index("WARNING sentinel-values") < words.index("WARNING repeated-titles")
    assert "667 of 6,000 (11 %) ratings are 99; all others go from 0.5 to 5." in words
    assert "Leave those rows out" in words
    assert "\x1b" not in said.out


@pytest.mark.parametrize("width", [80, 60])
def test_lines_fit_the_terminal_but_for_commands_to_copy(say, faulty, monkeypatch, width):
    monkeypatch.setattr("rich.console.Console.width", property(lambda _: width, lambda *_: None))
    said = say("doctor", faulty)
    long = [line for line in said.out.splitlines() if len(line) > width]
    assert all(line.startswith("    foretaste ") for line in long)
    assert "What one fit would take" in said.out
    assert "item_knn" in said.out


@pytest.mark.parametrize(("level", "code"), [(None, 0), ("never", 0), ("warning", 1), ("error", 0)])
def test_the_exit_code_is_for_pipelines(say, faulty, level, code):
    more = () if level is None else ("--fail-on", level)
    assert say("doctor", faulty, "--no-forecast", *more).code == code


def test_errors_fail_at_both_levels(say, tmp_path):
    path = tmp_path / "r.csv"
    path.write_text(
        "user,item,rating\n" + "".join(f"{u},{i},{1 + (u + i) % 5}\n" for u in range(9) for i in range(9)) + "9,9,no\n"
    )
    for level in ("warning", "error"):
        said = say("doctor", path, "--no-forecast", "--fail-on", level)
        assert said.code == 1
        assert 'line 83: rating is "no", expected a number' in said.out


def test_json_has_stable_codes(say, faulty):
    told = say("doctor", faulty, "--json", "--fail-on", "error").json()
    assert {"counts", "findings", "facts", "split", "models"} == set(told)
    assert told["counts"]["warnings"] == 2
    assert all(one["code"] in RULES for one in told["findings"])
    assert {"code", "severity", "title", "evidence", "advice", "examples", "command"} == set(told["findings"][0])
    assert {"model", "memory_bytes", "about_s"} == set(told["models"][0])
    assert told["split"]["kind"] == "new-users"


def test_two_files_a_split_and_a_bundle(say, world, bundle, tmp_path):
    table = Table(200, 120, 6_000)
    train, test = table.part(slice(0, 5_000)), table.part(slice(4_000, 6_000))
    paths = train.write(tmp_path / "a", "train.csv"), test.write(tmp_path / "a", "test.csv", films=False)
    told = say("doctor", paths[0], "--test", paths[1], "--split", "new-users", "--json", "--no-forecast").json()
    assert {one["code"] for one in told["findings"] if one["severity"] == "error"} == {"shared-ratings", "known-people"}
    told = say("doctor", world, "--bundle", bundle, "--json", "--no-forecast").json()
    assert "bundle-knows-people" in {one["code"] for one in told["findings"]}
    told = say("doctor", world, "--split", "time", "--json", "--no-forecast").json()
    assert told["split"]["kind"] == "time"


def test_reading_options_are_those_of_other_commands(say, tmp_path):
    path = tmp_path / "r.txt"
    path.write_text("who;film;stars\n" + "".join(f"{u};{i};{1 + (u + i) % 5}\n" for u in range(9) for i in range(9)))
    said = say("doctor", path, "--columns", "user=who,item=film", "--separator", ";", "--json", "--no-forecast")
    assert said.json()["facts"]["ratings"] == 81


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nowhere.csv",), "nowhere.csv"),
        (("DATA", "--fail-on", "note"), '--fail-on is "note", expected one of never, warning, error'),
        (("DATA", "--fail-on", "warnings"), 'hint: did you mean "warning"?'),
        (("DATA", "--split", "randm"), 'did you mean "random"?'),
        (("DATA", "--columns", "user"), "cannot read --columns"),
        (("DATA", "--hide", "much"), 'cannot read --hide "much"'),
    ],
)
def test_what_cannot_be_looked_at_is_refused(say, world, words, expected):
    said = say("doctor", *(world if word == "DATA" else word for word in words))
    assert said.code == 2
    assert expected in said.err


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.002, "0.1 s"), (0.44, "0.4 s"), (7.4, "7 s"), (14, "10 s"), (56, "60 s"), (200, "3 min"), (9_000, "2.5 h")],
)
def test_times_are_told_with_one_digit(seconds, words):
    assert _duration(seconds) == words


def test_the_help_names_every_option(say):
    said = say("doctor", "--help")
    assert all(name in said.out for name in ("--test", "--bundle", "--split", "--fail-on", "--json", "--forecast"))
    assert all(word in said.out for word in ("leave-last-out", "official-folds", "given:5", "all-but:5", "first:5"))
    assert said.code == 0
