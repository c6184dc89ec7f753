"""Every code that the doctor may name, with its usual severity and what it says; the guide has a row for each."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Rule:
    """What a code stands for.

    Args:
        severity: The usual one; a finding about very little is a note whatever its rule says.
        title: What is wrong, in one sentence.
    """

    severity: Literal["error", "warning", "note"]
    title: str


RULES: dict[str, Rule] = {
    "bad-rows": Rule("error", "Some rows are no ratings."),
    "repeated-pairs": Rule("warning", "Some people rate an item again with the same value."),
    "contradicting-pairs": Rule("warning", "Some people rate an item again with another value."),
    "burst-repeats": Rule("warning", "Some ratings stand twice within a minute, as if sent twice."),
    "repeated-events": Rule("note", "Some people clicked an item more than once."),
    "all-equal": Rule("warning", "Nearly all ratings are equal: a model of ratings would learn to say that one value."),
    "zeros-as-missing": Rule("warning", "Rating 0 looks like a missing rating."),
    "sentinel-values": Rule("warning", "A value far outside the scale looks like a mark for something else."),
    "two-scales": Rule("warning", "The ratings are on more than one scale."),
    "filled-value": Rule("warning", "One value in the middle of the scale looks filled in for everybody."),
    "transposed": Rule("warning", "The columns of users and items look swapped."),
    "alike-ids": Rule("warning", "Some ids differ only in case, blanks, leading zeros or a final .0."),
    "unknown-items": Rule("warning", "Some rated items are not in the catalogue file."),
    "missing-titles": Rule("warning", "Some items of the catalogue file have no title."),
    "repeated-titles": Rule("warning", "Some items have the same title."),
    "repeated-items": Rule("warning", "Some ids stand more than once in the catalogue file."),
    "mojibake": Rule("warning", "Some text was decoded wrongly."),
    "equal-times": Rule("warning", "All times are the same, so nothing comes before anything."),
    "impossible-times": Rule("warning", "Some times are before 1990 or in the future."),
    "mixed-times": Rule("warning", "Some times are in seconds and others in parts of a second."),
    "millisecond-times": Rule("note", "Times are in thousandths of a second or smaller parts."),
    "stray-times": Rule("note", "A few ratings are far away in time from all others."),
    "bulk-people": Rule("warning", "Some people gave all their ratings in one second."),
    "constant-people": Rule("warning", "Some people rate everything the same."),
    "copied-people": Rule("warning", "Some people are copies of others."),
    "reversed-people": Rule("warning", "Some people seem to use the scale the other way round."),
    "rates-everything": Rule("warning", "Somebody rated nearly the whole catalogue."),
    "single-ratings": Rule("warning", "Most people have one rating only."),
    "steep-popularity": Rule("note", "Few items have most of the ratings."),
    "rare-items": Rule("note", "Many items have one rating only."),
    "too-small": Rule("warning", "There are too few people or items to learn from."),
    "test-is-train": Rule("error", "The test file holds the same ratings as the train file."),
    "shared-ratings": Rule("error", "Some ratings of the test file are in the train file too."),
    "id-drift": Rule("error", "The files write the same ids in different ways."),
    "shifted-ids": Rule("error", "The ids of one file are off by one."),
    "foreign-ids": Rule("error", "The files have hardly an item in common."),
    "known-people": Rule("error", "People of the test file are in the train file, and the split says they are new."),
    "one-file-rated": Rule("error", "One file has ratings and the other has none."),
    "scales-differ": Rule("error", "The files are on different scales."),
    "train-after-test": Rule("warning", "What trains is newer than what is asked."),
    "random-in-time": Rule("note", "Training sees ratings that are newer than those it is asked about."),
    "bundle-ids": Rule("error", "The bundle writes the same items in another way."),
    "bundle-items": Rule("warning", "The bundle does not know many of the items."),
    "bundle-scale": Rule("error", "The ratings are not on the bundle's scale."),
    "bundle-future": Rule("warning", "The bundle learnt from ratings that are newer than those it is asked about."),
    "bundle-knows-people": Rule("note", "The bundle was trained from these very data."),
    "bundle-other-data": Rule("note", "The bundle was trained from other data."),
    "no-split": Rule("error", "The data cannot be divided so."),
    "noisy-split": Rule("warning", "Too little is hidden to tell a good model from a bad one."),
    "cold-items": Rule("warning", "Many hidden ratings are of items that nobody in training rated."),
    "strangers": Rule("warning", "Many hidden ratings are of people of whom nothing is known."),
    "unasked-people": Rule("note", "Many people have too few ratings to hide one of them."),
    "too-large": Rule("warning", "A usual model does not fit into this machine's memory."),
}  # fmt: skip
"""In the order in which findings of equal severity are told: the file, its values, ids, names, times, people, shape, other
files, the bundle, the split, the machine."""
