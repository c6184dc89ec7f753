"""A table becomes matrices: who trains, who is asked, and which of their ratings are hidden."""

from foretaste.split.folds import split_folds, split_user_folds
from foretaste.split.given import split_given
from foretaste.split.holdout import Hide, Holdout, Split, hide
from foretaste.split.leave_out import split_leave_last_out, split_leave_one_out
from foretaste.split.new_users import split_new_users
from foretaste.split.official import split_official_folds
from foretaste.split.random import split_random
from foretaste.split.temporal import split_new_users_time, split_time

__all__ = [
    "Hide", "Holdout", "Split", "hide", "split_folds", "split_given", "split_leave_last_out", "split_leave_one_out",
    "split_new_users", "split_new_users_time", "split_official_folds", "split_random", "split_time", "split_user_folds",
]  # fmt: skip
