"""How the rows of an outer table move: the settings of a row-wise optimiser."""

from dataclasses import dataclass

from foretaste.errors import ParamsError

RULES = ("sgd", "adagrad", "rmsprop", "adam")
STATES = ("full", "row")
PANEL = 64
"""Units of a row that lie together in memory, and share a second moment under state ``"row"``."""

EPS = 1e-30
"""Smallest `eps`: less is zero in float32, and units that never had a gradient would be divided by it."""


@dataclass(frozen=True)
class RowOptimiser:
    """A rule for rows of which each step touches only some.

        sgd      w -= rate g
        adagrad  v += g^2;                      w -= rate g / (sqrt(v) + eps)
        rmsprop  v = beta2 v + (1 - beta2) g^2; w -= rate g / (sqrt(v) + eps)
        adam     m, v as usual, both with bias correction; w -= rate m / (sqrt(v) + eps)

    Rule for what a step does not touch: nothing is computed and nothing is lost. The moments of an untouched row stand
    still, and its bias correction counts its own steps, so a row seen ten times is treated as Adam treats any weight at
    its tenth step. Weight decay is decoupled (w <- w (1 - rate l2) a step) and caught up when the row is next used: the
    factors of the steps in between multiply to the decay that a dense pass would have applied step by step.

    Args:
        rule: One of `RULES`.
        state: ``"full"`` keeps v for every weight, as torch does; ``"row"`` one v for every `PANEL` units of a row, of the
            mean g^2 over them, which reads and writes a quarter to a half less memory a step.
        l2: Decoupled weight decay a step, times the learning rate.
        beta1: Decay of Adam's first moment.
        beta2: Decay of the second moment.
        eps: Added to the root of the second moment.

    Source: J. Duchi et al., "Adaptive subgradient methods", JMLR 2011; D. Kingma, J. Ba, "Adam", 2015, arXiv:1412.6980;
    I. Loshchilov, F. Hutter, "Decoupled weight decay", 2019, arXiv:1711.05101. Differs: lazy rows and ``"row"`` as above.
    """

    rule: str = "adam"
    state: str = "full"
    l2: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ParamsError(f'the optimiser is "{self.rule}", expected one of {", ".join(RULES)}')
        if self.state not in STATES:
            raise ParamsError(f'the optimiser\'s state is "{self.state}", expected full or row')
        for name in ("beta1", "beta2"):
            if not 0 < getattr(self, name) < 1:
                raise ParamsError(f"{name} is {getattr(self, name)}, expected more than 0 and less than 1")
        if self.eps < EPS:
            raise ParamsError(f"eps is {self.eps}, expected at least {EPS}")

    def groups(self, width: int) -> int:
        """Return how many second moments a row of so many units has."""
        if self.rule == "sgd":
            return 0
        return width if self.state == "full" else -(-width // PANEL)
