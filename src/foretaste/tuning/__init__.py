"""Settings are searched on validation ratings: `foretaste tune`. Everything on top of `experiment`, and optuna in one file."""

from foretaste.tuning.driver import searchable, tune
from foretaste.tuning.effort import tuned_entries
from foretaste.tuning.outcome import Line, Tuned
from foretaste.tuning.search import Search, parse_time
from foretaste.tuning.stages import Standing

__all__ = ["Line", "Search", "Standing", "Tuned", "parse_time", "searchable", "tune", "tuned_entries"]
