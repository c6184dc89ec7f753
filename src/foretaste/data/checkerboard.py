"""The smallest world in which taste is everything: what a personal model must put first is known."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from foretaste.arrays import Csr, IntArray, as_csr
from foretaste.data.synthetic import check_bounds


@dataclass(frozen=True, eq=False)
class Checkerboard:
    """A world of two colours: even users like even items, odd users like odd ones, and both dislike the others.

    Args:
        seen: Users x items: what a model is given.
        hidden: Users x items: the one withheld cell of each user, of the user's own colour.
        withheld: int32 (users,): the column of that cell.
    """

    seen: Csr
    hidden: Csr
    withheld: IntArray


def make_checkerboard(
    n_users: int, n_items: int, *, unseen: int = 1, likes_only: bool = False, seed: int = 0
) -> Checkerboard:
    """Make the smallest world in which taste is everything: a personal model must rank the withheld item first.

    A user has 5 stars for all items of the own colour but the withheld one, and 1 star for all of the other colour but
    `unseen` ones. Over all users both are rated alike, so only the user's own row can tell the rest apart.

    Args:
        n_users: At least 4.
        n_items: At least 4.
        unseen: Items of the other colour that a user has not rated, 1 to n_items // 2 - 1, chosen at random.
        likes_only: For models that read any stored cell as an event: store only the own colour, with value 1. All items
            of the other colour are then unseen, whatever `unseen` says.
        seed: At least 0; decides which cells are withheld and unseen.

    Returns:
        Row i is user i, column j item j, values float32; every withheld item is seen by another user of its colour.

    Raises:
        ParamsError: A size is less than 4, `unseen` out of range, or the seed less than 0.
    """
    hint = "for example make_checkerboard(40, 20, unseen=1, seed=0)"
    for name, value, low in (("n_users", n_users, 4), ("n_items", n_items, 4), ("seed", seed, 0)):
        check_bounds(name, value, low, hint=hint)
    check_bounds("unseen", unseen, 1, n_items // 2 - 1, hint=hint)
    rng = np.random.default_rng(seed)
    users, items = np.arange(n_users, dtype=np.int32), np.arange(n_items, dtype=np.int32)
    own = users[:, None] % 2 == items % 2  # (users, items)
    withheld = np.empty(n_users, np.int32)
    for colour in (0, 1):
        mine = rng.permutation(users[colour::2])
        withheld[mine] = np.resize(rng.permutation(items[colour::2]), len(mine))  # each about equally often
    lot = np.where(own, 2.0, rng.random(own.shape))
    stored = own if likes_only else lot > np.sort(lot, axis=1)[:, unseen - 1 : unseen]
    stored[users, withheld] = False
    row, col = (place.astype(np.int32) for place in np.nonzero(stored))
    like = np.float32(1 if likes_only else 5)
    seen = sparse.csr_array((np.where(row % 2 == col % 2, like, np.float32(1)), (row, col)), shape=own.shape)
    hidden = sparse.csr_array((np.full(n_users, like), (users, withheld)), shape=own.shape)
    return Checkerboard(as_csr(seen), as_csr(hidden), withheld)
