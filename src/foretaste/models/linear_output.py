"""Scores that are linear in a code: the seam between a row autoencoder and what scores by its codes alone."""

from dataclasses import dataclass
from typing import Protocol

from foretaste.arrays import AnyArray, Csr, FloatArray, cell_dots, codes_by_table, shift_and_clip


@dataclass(frozen=True, eq=False)
class LinearOutput:
    """Some rows as a fitted model sees them: score = row_offset + col_offset + codes @ decoder.T, before clipping.

    The mean rating stands in `row_offset`. A column without ratings in `fit` has a decoder row and an offset of 0, so that
    `row_offset` alone is what the model expects of a column of which it knows nothing.

    Args:
        codes: float32 (rows, k).
        decoder: float32 (columns, k); may be the model's own array: not to be changed.
        row_offset: float32 (rows,).
        col_offset: float32 (columns,).
    """

    codes: FloatArray
    decoder: FloatArray
    row_offset: FloatArray
    col_offset: FloatArray

    def scores(self, scale: AnyArray) -> FloatArray:
        """Return all scores, kept within a scale, float32 (rows, columns)."""
        return shift_and_clip(codes_by_table(self.codes, self.decoder), self.row_offset, self.col_offset, scale)

    def cells(self, rows: AnyArray, cols: AnyArray) -> FloatArray:
        """Return the scores of chosen cells, not clipped, float32 (n,)."""
        return cell_dots(self.codes, self.decoder, rows, cols) + self.row_offset[rows] + self.col_offset[cols]


class LinearModel(Protocol):
    """What a model offers so that `ItemRows` can be made of it: one property and one method, both public."""

    @property
    def code_width(self) -> int:
        """Length k of a code, known from the settings alone."""

    def linear_output(self, X: Csr) -> LinearOutput:
        """Return the rows of `X` as codes and offsets, with the decoder; also while `fit` calls its measure."""
