"""A table becomes matrices: who trains, who is asked, and which of their ratings are hidden."""

from foretaste.split.given import split_given
from foretaste.split.holdout import Hide, Holdout, Split, hide
from foretaste.split.new_users import split_new_users
from foretaste.split.random import split_random

__all__ = ["Hide", "Holdout", "Split", "hide", "split_given", "split_new_users", "split_random"]
