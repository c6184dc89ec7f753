"""foretaste demo: the main job, end to end, on real data where there are any, and ten films for somebody new."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from foretaste.bundle import Bundle
from foretaste.choice import choose, decide_for, with_candidates
from foretaste.cli import options as o
from foretaste.cli.places import check_reports
from foretaste.cli.progress import TrainingProgress
from foretaste.cli.results import report_of, show_comparison, write_report
from foretaste.cli.tables import console, list_table
from foretaste.data.catalog import ItemId
from foretaste.data.movielens import LICENCE, fetch
from foretaste.data.synthetic import make_world
from foretaste.errors import DownloadError
from foretaste.experiment import run
from foretaste.recipe import Recipe
from foretaste.source import Source, load

NAME = "ml-latest-small"
LIKE_IT = (610, 9_724, 100_836)
"""Users, items and ratings of the data set, for the synthetic world that stands in for it."""
NEWCOMER = {"Toy Story (1995)": 4.0, "Matrix, The (1999)": 5.0, "Titanic (1997)": 1.5}


def demo_command(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for bundle and report.")] = Path("demo"),
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Use the synthetic world in any case.")] = False,
    seed: o.Seed = 0,
    quiet: o.Quiet = False,
) -> None:
    """Run the main job on ml-latest-small: split, train, measure, save, recommend to a newcomer."""
    Bundle.check_target(out, overwrite=True)
    check_reports(out)
    source = demo_data(synthetic=synthetic, seed=seed)
    recipe = with_candidates(Recipe(title="The demo: ml-latest-small, new users").with_seed(seed), source.ratings)
    with TrainingProgress(quiet=quiet) as progress:
        experiment = run(recipe, source, report=progress, decide=decide_for(source.ratings), details=True)
    made = experiment.comparison
    if made.interrupted:
        typer.echo("stopped by Ctrl-C: nothing is written", err=True)
        raise typer.Exit(130)
    choice = choose(made.fitted, made.split["valid_hidden"], source.ratings)
    folder = experiment.bundle(choice.label).save(out, overwrite=True)
    report = report_of(experiment) | {"bundle": str(folder), "choice": vars(choice)}
    page = write_report(report, folder)
    show_comparison(report)
    bundle = Bundle.load(folder)  # from the files alone, as a later process would
    taste = newcomer(bundle)
    rated = ", ".join(f"{bundle.catalog.title(bundle.row({i: r})[0].indices[0])} {r:g}" for i, r in taste.items())
    screen = console()
    screen.print()
    screen.print(list_table(bundle.recommend(taste, 10).items, f"Ten films for a newcomer who rated {rated}"))
    screen.print(f"\nbundle: {folder}\nreport: {page}", soft_wrap=True)
    screen.print(f"next:   foretaste recommend {folder} --rate 'TITLE=RATING'", soft_wrap=True)
    screen.print(f"        foretaste serve {folder}", soft_wrap=True)


def demo_data(*, synthetic: bool, seed: int) -> Source:
    """Return ml-latest-small from $FORETASTE_DATA, the cache or the network; else, in one line, a world of its size."""
    if not synthetic:
        try:
            folder = fetch(NAME)
            typer.echo(f"{NAME} from {folder}; {LICENCE}", err=True)
            return load(folder)
        except DownloadError as error:
            typer.echo(f"{error.message}; using a synthetic world of the same size instead", err=True)
    world = make_world(*LIKE_IT, seed=seed)
    typer.echo(f"synthetic world: a perfect model would have RMSE {world.floor_rmse:.4f}", err=True)
    return Source(world.ratings, world.catalog, name="synthetic world")


def newcomer(bundle: Bundle) -> dict[ItemId, float]:
    """Return three ratings: of three well-known films, or of the three most rated items."""
    ids = bundle.catalog.item_ids
    titles = list(bundle.catalog.titles or ())
    if all(title in titles for title in NEWCOMER):
        return {ids[[titles.index(title)]].tolist()[0]: rating for title, rating in NEWCOMER.items()}
    assert bundle.order is not None  # noqa: S101 (it was chosen among rating models)
    most = np.argsort(-bundle.order.count, kind="stable")[:3]
    return dict(zip(ids[most].tolist(), (5.0, 4.0, 1.5), strict=True))
