"""What the API's description says of every field that says nothing of itself, and an answer of each route as an example."""

from typing import Any

FIELDS: dict[str, str] = {
    "arm": "`main` or `challenger`: which side of an A/B test answered.",
    "at": "When, in UTC.",
    "available": "Bundles that can be deployed.",
    "because": "Your ratings that did most to it, the strongest first; null where `explain` was not asked for.",
    "challenger": "The second model; null where there is none.",
    "code": "What kind of trouble it is, in one word for programs.",
    "fields": "Where in the request something is wrong, where that can be told.",
    "genres": "As the data set names them.",
    "high": "Upper end of the interval, in units of ratings; null where none was asked for.",
    "hint": "What to do about it.",
    "item": "The item's id, as the data set writes it.",
    "items": "The items.",
    "level": "With what chance the intervals hold; null without any.",
    "limit": "How many, at most.",
    "low": "Lower end of the interval, in units of ratings; null where none was asked for.",
    "main": "The model that answers whoever gets no other.",
    "message": "What is wrong, with the value, and what was expected.",
    "model": "Which model answered.",
    "name": "Of the bundle's folder.",
    "offset": "How many to leave out at the beginning.",
    "path": "Where it stands, as in `ratings.0.rating`.",
    "rating": "On the scale of the data, see /v1/model.",
    "request": "The request's id, which stands in the log too.",
    "share": "Of the visitors that get the challenger, 0 to 1.",
    "title": "As the data set writes it.",
    "updated_at": "When it was given, in UTC.",
    "user": "The user's id.",
    "version": "First 12 hex digits of the bundle's checksum: another model has another one.",
    "year": "The year at the end of the title; null where there is none.",
}
"""By name, wherever it stands."""
OWN: dict[tuple[str, str], str] = {
    ("Arm", "lists"): "Lists that its people got.",
    ("Arm", "visitors"): "Different people who got one; of more than 4,096 an estimate.",
    ("Arm", "ratings"): "What they rated after a list.",
    ("Arm", "hits"): "Ratings of items that were in their last list.",
    ("Arm", "hits_per_list"): "Hits by lists; null where there are no lists.",
    ("Arm", "hits_per_list_low"): "Lower end of its 95 % interval over people; null where they are too few.",
    ("Arm", "hits_per_list_high"): "Upper end.",
    ("Arm", "mean_rating"): "Of the ratings after a list; null where there are none.",
    ("Arm", "mean_rating_low"): "Lower end of its 95 % interval over people; null where they are too few.",
    ("Arm", "mean_rating_high"): "Upper end.",
    ("Because", "item"): "What was rated.",
    ("Change", "action"): "`swap`, `rollback`, `challenger` or `no challenger`.",
    ("Difference", "of"): "`hits_per_list` or `mean_rating`: the challenger's minus the main model's.",
    ("Difference", "value"): "The difference; null where an arm has nothing of it.",
    ("Difference", "low"): "Lower end of its 95 % interval; null where there are too few people.",
    ("Difference", "high"): "Upper end.",
    ("Difference", "p"): "How often chance alone gives a difference as large where there is none.",
    ("Films", "items"): "Best first; without text the most rated first.",
    ("Map", "items"): "Ids, the best known first.",
    ("Map", "n_ratings"): "Of each item, see `n_ratings` of an item.",
    ("Map", "titles"): "Of each item, as the data set writes it.",
    ("PredictIn", "items"): "Ids of the items whose ratings are predicted.",
    ("PredictIn", "level"): "Of the intervals: with what chance they hold.",
    ("Predictions", "ignored"): "Ids that the model does not know, rated or asked for.",
    ("Predictions", "predictions"): "In the order asked for.",
    ("Problems", "error"): "What is wrong.",
    ("RecommendIn", "level"): "Of the intervals: with what chance they hold.",
    ("Recommendations", "items"): "Best first.",
    ("Similar", "item"): "What was asked about.",
    ("Similar", "items"): "Most similar first, and fewer than asked for where no more are similar.",
    ("Trial", "arms"): "What came of each model; empty where nothing is tested.",
    ("Trial", "differences"): "Challenger minus main.",
    ("UserRatings", "ratings"): "The latest first.",
    ("Years", "from"): "The first year.",
    ("Years", "to"): "The last year.",
}
"""By shape and name, where a name means something of its own there."""
_REF = {"name": "films", "version": "3f2a9c1b77d0", "arm": "main"}
_HEAT = {"item": 6, "title": "Heat (1995)", "year": 1995, "genres": ["Action", "Crime", "Thriller"], "n_ratings": 102}
_WHY = [{"item": 1, "title": "Toy Story (1995)", "rating": 5.0, "effect": 0.213}]
_LINE = _HEAT | {"predicted": 4.21, "score": 4.17, "low": 3.12, "high": 4.96, "because": _WHY}
_DEPLOYED = {"main": {"name": "films", "version": "3f2a9c1b77d0"}, "challenger": None, "share": 0.0, "previous": None,
             "history": [], "available": ["films", "films-2"]}  # fmt: skip
EXAMPLES: dict[str, Any] = {
    "recommend": {"items": [_LINE], "ignored": [], "considered": 9722, "model": _REF, "level": 0.8, "fallback": None},
    "predict": {"predictions": [_LINE], "ignored": [999999], "model": _REF, "level": 0.8},
    "list_ratings": {"user": "anna", "ratings": [{"item": 6, "title": "Heat (1995)", "rating": 4.5,
                     "updated_at": "2026-11-26T10:00:00.000001Z", "known": True}]},
    "erase_user": {"erased": 17},
    "models": {"models": [_REF | {"share": 1.0}]},
    "model": {"name": "films", "version": "3f2a9c1b77d0", "arm": "main", "model": "autorec", "task": "rating",
              "scale": [0.5, 5.0], "step": 0.5, "items": 9724, "things": {"one": "film", "many": "films"},
              "interval_levels": [0.5, 0.8, 0.9, 0.95], "genres": [{"name": "Action", "items": 1828}],
              "years": [1902, 2018], "explains": True, "test": {"rmse": 0.853}},
    "live": {"status": "ok"},
    "ready": {"status": "ready", "model": _REF},
    "deployment": _DEPLOYED,
    "swap": _DEPLOYED,
    "rollback": _DEPLOYED,
    "set_challenger": _DEPLOYED | {"challenger": {"name": "films-2", "version": "9b01c4d2e8aa"}, "share": 0.1},
    "clear_challenger": _DEPLOYED,
    "arms": {"main": _REF, "challenger": None, "share": 0.0, "arms": [], "differences": [],
             "reading": "No test is under way: there is no challenger."},
}  # fmt: skip
"""An answer of each operation whose shape brings none."""


def explain_fields(schemas: dict[str, Any]) -> None:
    """Give every field of every shape its words, where it has none."""
    for name, schema in schemas.items():
        for field, told in schema.get("properties", {}).items():
            words = OWN.get((name, field)) or FIELDS.get(field)
            if words and "description" not in told:
                told["description"] = words


def explain_operation(operation: dict[str, Any]) -> None:
    """Give an operation's parameters their words, and its answer an example, where they have none."""
    for given in operation.get("parameters", ()):
        if given["name"] in FIELDS:
            given.setdefault("description", FIELDS[given["name"]])
    example = EXAMPLES.get(operation["operationId"])
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json")
    if example is not None and content is not None:
        content.setdefault("example", example)
