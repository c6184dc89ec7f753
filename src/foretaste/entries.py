"""The lines of a comparison before anything is fitted: models with their settings, checked name by name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from foretaste.errors import ParamsError, nearest
from foretaste.models import model_class
from foretaste.models.base import Recommender
from foretaste.models.params import build_params, check_range
from foretaste.split.holdout import NEW_PEOPLE


@dataclass(frozen=True)
class Entry:
    """A line of a comparison.

    Args:
        model: Key of `MODELS`; hyphens accepted.
        settings: The model's settings, by name.
        label: What the line is called; the model's name by default.
        gate: Whether it stands there as a baseline, which others have to beat though it may be an autoencoder itself.
    """

    model: str
    settings: dict[str, Any] = field(default_factory=dict)
    label: str | None = None
    gate: bool = False

    def build(self, seed: int) -> Recommender[Any]:
        """Return the unfitted model; `seed` fills in where the settings name none.

        Raises:
            ParamsError: The model or a setting is unknown or out of range.
        """
        kind = model_class(self.model)
        known = kind.Params.__dataclass_fields__
        settings = {"seed": seed, **self.settings} if "seed" in known else self.settings
        return kind(build_params(kind.Params, settings))


def check_entries(
    entries: Sequence[Entry], seed: int = 0, subject: str | None = None, *, kind: str | None = None
) -> None:
    """Refuse a list of models that could not be compared, on a kind of split if it is named, before any time is spent.

    Raises:
        ParamsError: As `compare`.
    """
    labels = [entry.label or model_class(entry.model).name for entry in entries]
    if not labels:
        raise ParamsError("no model is named", hint="for example --models mean,bias,biased_mf,autorec")
    check_range("seed", seed, 0)
    for label in labels:
        if labels.count(label) > 1:
            raise ParamsError(f'"{label}" stands twice among the models', hint="give each its own label in a recipe")
    for entry in entries:
        if entry.build(seed).known_rows and kind in NEW_PEOPLE:
            name = model_class(entry.model).name
            more = ", or about people who show more than the train file has" if kind == "given-new-users" else ""
            raise ParamsError(
                f"{name} scores nobody but the people it was fitted on, and the split {kind} asks about others{more}",
                hint="use --split random, or leave it out; autorec reads anybody's ratings",
            )
    if subject is not None and subject not in labels:
        raise ParamsError(
            f'the verdict is to be about "{subject}", which is not among the models', hint=nearest(subject, labels)
        )
