"""What a synthetic world shows to people: titles, years and genres of items that do not exist, and dates of ratings."""

import numpy as np
from numpy.typing import NDArray

from foretaste.arrays import AnyArray, FloatArray, IntArray

GENRES = (
    "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
"""The eighteen genres that the MovieLens data sets use."""
_FREQUENCY = (14, 8, 3, 5, 26, 10, 4, 36, 5, 1, 8, 4, 5, 15, 7, 14, 4, 2)  # about how often each stands in MovieLens
_PULL = 2.0  # how much taste, against chance (standard deviation 1.28), decides about an item's genres
_OPENS, _ENDS = 789_652_004, 1_574_327_703  # Unix seconds: 1995-01-09 and 2019-11-21, the span of MovieLens 25M
_PACE, _LAG = 30, 60 * 86_400  # seconds a rating, and mean seconds from a release to its late ratings
_YEAR = 31_556_952  # seconds
_FIRST_YEAR, _LAST_YEAR, _MEAN_AGE = 1920, 2018, 18.0

_ADJECTIVES = (
    "Amber Ancient Bitter Blue Borrowed Brave Bright Broken Burning Careless Clever Cold Crimson Crooked Curious "
    "Dancing Distant Electric Empty Endless Faithful Fallen Final Floating Forgotten Frozen Gentle Gilded Golden "
    "Half-Open Hidden Hollow Honest Hungry Invisible Ivory Last Little Lonely Long Lost Lucky Midnight Northern "
    "Painted Paper Patient Quiet Reluctant Restless Salted Scarlet Second Secret Silent Silver Sleeping Southern "
    "Stolen Stubborn Sudden Unfinished Velvet Wandering"
)
_NOUNS = (
    "Accordion Admiral Alibi Almanac Apprentice Archive Aviator Bakery Balcony Bargain Beekeeper Bridge Carousel "
    "Cartographer Castle Chapel Clockmaker Comet Compass Corridor Daughter Detective Diary Dragonfly Echo Engine "
    "Falcon Ferry Garden Guest Harbour Harvest Heir Horizon Hotel Inventor Island Lantern Letter Lighthouse "
    "Locksmith Magician Map Melody Meridian Neighbour Orchard Orchestra Passenger Pharmacist Photograph Pilot Promise "
    "Recipe River Sailor Shadow Smuggler Staircase Station Stranger Teacher Umbrella Winter"
)
_PLACES = (
    "Aberdeen Antwerp Bergen Bologna Brno Cadiz Calais Cork Dakar Delft Dover Dresden Fez Galway Genoa Ghent Goa "
    "Granada Havana Hobart Izmir Jaipur Kiruna Kyoto Leipzig Lima Lisbon Luxor Malta Manaus Marseille Mombasa Montreal "
    "Nara Odense Oslo Palermo Porto Quito Riga Rouen Salta Samarkand Seville Tallinn Trieste Tromso Turin Valletta "
    "Vigo Vilnius Yalta York Zagreb"
)
_NAMES = (
    "Ada Agnes Albert Amira Anselm Beatrix Bruno Carmen Cecil Clara Conrad Dalia Edith Elias Emil Esther Felix Flora "
    "Greta Hanna Hector Hugo Ida Ines Iris Ivan Jonas Judith Karim Lena Leo Luisa Magda Marcel Martha Milo Mina Nadia "
    "Nils Olga Oscar Otto Paula Petra Rosa Rufus Selma Simon Sofia Theo Tilda Ursula Vera Viktor Wanda Yusuf Zelda"
)
_PATTERNS = (
    ("The {} {}", _ADJECTIVES, _NOUNS),
    ("The {} of {}", _NOUNS, _PLACES),
    ("{}'s {}", _NAMES, _NOUNS),
    ("{} in {}", _NAMES, _PLACES),
    ("{} and the {}", _NAMES, _NOUNS),
)


def make_titles(years: AnyArray, rng: np.random.Generator) -> tuple[str, ...]:
    """Make distinct titles such as ``"The Silent Harbour (1987)"``.

    Args:
        years: Release year of each item, integers (n,).
        rng: Decides which words meet.

    Returns:
        n titles, all different even without their years; once the word lists are used up (about 18,000 titles)
        the earlier ones come back as sequels, ``"The Silent Harbour 2 (1991)"``.
    """
    names = [
        pattern.format(a, b) for pattern, first, second in _PATTERNS for a in first.split() for b in second.split()
    ]
    order = rng.permutation(len(names))
    titles = []
    for i, year in enumerate(years.tolist()):
        part, place = divmod(i, len(names))
        titles.append(f"{names[order[place]]}{f' {part + 1}' if part else ''} ({year})")
    return tuple(titles)


def make_years(n_items: int, rng: np.random.Generator) -> AnyArray:
    """Draw release years, int64 (n_items,), 1920 to 2018, recent ones more often."""
    age = rng.exponential(_MEAN_AGE, n_items).astype(np.int64)
    return np.maximum(_LAST_YEAR - age, _FIRST_YEAR)


def make_genres(taste: FloatArray, rng: np.random.Generator) -> tuple[tuple[str, ...], ...]:
    """Give each item one to three genres that fit its taste factors.

    Each genre is a direction in the space of tastes; an item gets the genres whose directions it points to, blurred by
    chance and weighted by how common a genre is.

    Args:
        taste: Item vectors, float (n, factors).
        rng: Draws the directions and the blur.

    Returns:
        n tuples of names out of `GENRES`, each in alphabetical order.
    """
    n, factors = taste.shape
    directions = rng.standard_normal((factors, len(GENRES)))
    fit = np.einsum("nf,fg->ng", taste, directions)
    fit *= _PULL / max(float(fit.std()), 1e-12)
    order = np.argsort(-(fit + np.log(_FREQUENCY) + rng.gumbel(size=fit.shape)), axis=1)[:, :3]
    counts = rng.choice([1, 2, 3], size=n, p=[0.4, 0.4, 0.2])
    return tuple(
        tuple(GENRES[g] for g in sorted(row[:count]))
        for row, count in zip(order.tolist(), counts.tolist(), strict=True)
    )


def make_times(user: IntArray, item: IntArray, years: AnyArray, rng: np.random.Generator) -> NDArray[np.int64]:
    """Date ratings: each user rates in one session, and what was not out yet some weeks after its release.

    Args:
        user: Row of each rating, int32 (n,).
        item: Column of each rating, int32 (n,).
        years: Release year of each item, integers (items,).
        rng: Draws the sessions and the days of release.

    Returns:
        Unix seconds, int64 (n,), between 1995-01-09 and 2019-11-21 (a session that begins there may run over).
    """
    count = np.bincount(user)
    session = rng.uniform(_OPENS, _ENDS, len(count)).astype(np.int64)
    release = (_YEAR * (years - 1970 + rng.random(len(years)))).astype(np.int64)
    within = (_PACE * count[user] * rng.random(len(user), dtype=np.float32)).astype(np.int64)
    late = release[item] + (_LAG * rng.standard_exponential(len(item), dtype=np.float32)).astype(np.int64)
    return np.where(session[user] < release[item], np.minimum(late, _ENDS), session[user] + within)
