"""The command itself: exit codes, and errors in words."""

import pytest
from safetensors import SafetensorError

import foretaste
from foretaste.cli import app as module
from foretaste.cli.app import run


def test_version_goes_to_stdout(say):
    said = say("--version")
    assert (said.code, said.out.strip()) == (0, f"foretaste {foretaste.__version__}")


def test_help_lists_every_command(say):
    said = say("--help")
    assert said.code == 0
    for command in ("demo", "data", "train", "evaluate", "compare", "recommend", "predict", "explain"):
        assert command in said.out


def test_every_command_is_listed_and_has_its_own_help(say):
    listed = say("--help").out
    for command in module.COMMANDS:
        assert f" {command} " in listed
        assert say("-v", command, "--help").out.split()[:3] == ["Usage:", "foretaste", command]


def test_only_the_command_that_is_called_is_loaded():
    names = [command.name for command in module.app_of(["--verbose", "key", "train"]).registered_commands]
    assert names == ["key"]
    everything = module.app_of(["keys"])
    assert len(everything.registered_commands) + len(everything.registered_groups) == len(module.COMMANDS)


def test_a_user_error_is_words_on_stderr_and_exit_2(say):
    said = say("train", "no-such-file.csv")
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith('error: there is no file, folder or public data set "no-such-file.csv"')
    assert "Traceback" not in said.err


def test_an_unknown_option_is_exit_2(say):
    assert say("train", "x", "--modle", "autorec").code == 2


def test_an_unknown_command_is_exit_2(say):
    assert say("recomend").code == 2


def failing(monkeypatch, error):
    def fail(_):
        raise error

    monkeypatch.setattr(module, "_invoke", fail)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), module.typer.Abort()])
def test_ctrl_c_outside_training_is_exit_130(monkeypatch, error, capsys):
    failing(monkeypatch, error)
    assert run([]) == 130
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), SystemExit(1)])
def test_a_reader_that_has_gone_is_no_failure(monkeypatch, error, capsys):
    failing(monkeypatch, error)
    assert run([]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "a/b"), "error: a/b cannot be read or written: permission denied\n"),
        (OSError(28, "No space left on device"), "error: the output cannot be written: no space left on device\n"),
        (SafetensorError("disk full"), "error: a file cannot be read or written: disk full\n"),
        (MemoryError(), "error: this needs more memory than there is\nhint: keep fewer users"),
        (MemoryError("Unable to allocate 3 TiB"), "more memory than there is: Unable to allocate 3 TiB\nhint: "),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried\nmore"), "there is: DefaultCPUAllocator: not"),
    ],
)
def test_what_the_machine_refuses_is_one_sentence_and_exit_2(monkeypatch, error, words, capsys):
    failing(monkeypatch, error)
    assert run([]) == 2
    assert words in capsys.readouterr().err


def test_a_mistake_of_ours_stays_a_traceback(monkeypatch):
    failing(monkeypatch, RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        run([])


def test_brackets_in_a_wrong_word_are_shown_as_they_are(say):
    assert "[/b]" in say("[/b]").err
    assert "[/b]" in say("train", "x", "--[/b]").err


CLOSED_PIPES = [
    "foretaste data describe {world} | true",
    "foretaste data describe {world} --json | true",
    "foretaste data describe {world} | head -1",
    "foretaste --help | head -1",
    "foretaste --version | true",
]


@pytest.mark.slow
@pytest.mark.parametrize("line", CLOSED_PIPES)
def test_a_closed_pipe_is_silence_and_exit_0(shell, world, line):
    said = shell(line.format(world=world))
    assert (said.code, said.err) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("line", ["foretaste recomend 2>&1 | true", "foretaste train nothing.csv 2>&1 | true"])
def test_an_error_that_nobody_reads_is_still_exit_2(shell, line):
    said = shell(line)
    assert (said.code, said.err) == (2, "")


@pytest.mark.slow
@pytest.mark.parametrize("options", ["", "--json"])
def test_a_full_disk_behind_stdout_is_one_sentence_and_exit_2(shell, world, options):
    said = shell(f"foretaste data describe {world} {options} > /dev/full")
    assert (said.code, said.err) == (2, "error: the output cannot be written: no space left on device\n")
