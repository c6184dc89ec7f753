"""The command itself: exit codes, and errors in words."""

import pytest

import foretaste
from foretaste.cli import app as module
from foretaste.cli.app import run


def test_version_goes_to_stdout(say):
    said = say("--version")
    assert (said.code, said.out.strip()) == (0, f"foretaste {foretaste.__version__}")


def test_help_lists_every_command(say):
    said = say("--help")
    assert said.code == 0
    for command in ("demo", "data", "train", "evaluate", "compare", "recommend", "predict"):
        assert command in said.out


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


@pytest.mark.parametrize("error", [KeyboardInterrupt, module.typer.Abort])
def test_ctrl_c_outside_training_is_exit_130(monkeypatch, error, capsys):
    def interrupted(**_):
        raise error

    monkeypatch.setattr(module, "app", interrupted)
    assert run([]) == 130
    assert "stopped" in capsys.readouterr().err


def test_main_exits_with_the_code(monkeypatch):
    monkeypatch.setattr(module, "app", lambda **_: 7)
    with pytest.raises(SystemExit, match="7"):
        module.main()
