"""What was called is known while a command runs, without anything that could show a password."""

from foretaste.cli.called import COMMAND


def test_the_words_of_the_command_are_known(say):
    say("explain", "no-such-bundle", "--item", "postgresql://anna:secret@here/films")
    words = COMMAND.get()
    assert words[:3] == ("foretaste", "explain", "no-such-bundle")
    assert "secret" not in " ".join(words)
