"""The two outer layers against the dense formula and against finite differences."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from torch.autograd import gradcheck

from foretaste.arrays import as_csr
from foretaste.kernels import sparse_layers
from foretaste.kernels.batch import Batch, make_batch
from foretaste.kernels.sparse_layers import decode_cells, encode_rows

ROWS, ITEMS, WIDTH = 7, 11, 5


def problem(dtype: torch.dtype, seed: int = 0) -> tuple[Batch, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return a batch with an empty row (3) and empty items (0, 10), a full table, values, codes and the dense values."""
    rng = np.random.default_rng(seed)
    stored = rng.random((ROWS, ITEMS)) < 0.5
    stored[3] = False
    stored[:, [0, 10]] = False
    row, col = np.nonzero(stored)
    batch = make_batch(as_csr(csr_array((np.ones(len(row)), (row, col)), shape=(ROWS, ITEMS))))
    values, table, hidden = (
        torch.from_numpy(rng.normal(size=s)).to(dtype) for s in ((len(row),), (ITEMS, WIDTH), (ROWS, WIDTH))
    )
    dense = torch.zeros(ROWS, ITEMS, dtype=dtype)
    dense[row, col] = values
    return batch, table, values, hidden, dense


def test_encoding_is_the_dense_product() -> None:
    batch, table, values, _, dense = problem(torch.float32)
    out = encode_rows(table[batch.items], values, batch)
    torch.testing.assert_close(out, dense @ table, rtol=1e-5, atol=1e-5)
    assert out.dtype == torch.float32
    assert (out[3] == 0).all()


def test_decoding_is_the_dense_product_at_the_cells() -> None:
    batch, table, _, hidden, _ = problem(torch.float32)
    out = decode_cells(hidden, table[batch.items], batch)
    whole = hidden @ table.T
    torch.testing.assert_close(out, whole[batch.row, batch.items[batch.local]], rtol=1e-5, atol=1e-5)


def test_gradients_are_those_of_the_dense_formula() -> None:
    batch, table, values, hidden, dense = problem(torch.float32)
    ours = [table[batch.items].requires_grad_(), hidden.clone().requires_grad_()]
    weight = torch.linspace(-1, 1, len(values))
    (
        encode_rows(ours[0], values, batch).sin().sum() + (decode_cells(ours[1], ours[0], batch) * weight).sum()
    ).backward()
    theirs = [table.clone().requires_grad_(), hidden.clone().requires_grad_()]
    cells = (theirs[1] @ theirs[0].T)[batch.row, batch.items[batch.local]]
    ((dense @ theirs[0]).sin().sum() + (cells * weight).sum()).backward()
    torch.testing.assert_close(ours[0].grad, theirs[0].grad[batch.items], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours[1].grad, theirs[1].grad, rtol=1e-5, atol=1e-5)


def test_gradients_agree_with_finite_differences() -> None:
    batch, table, values, hidden, _ = problem(torch.float64)
    local = table[batch.items].requires_grad_()
    assert gradcheck(lambda t: encode_rows(t, values, batch), (local,))
    assert gradcheck(lambda h, t: decode_cells(h, t, batch), (hidden.requires_grad_(), local))


@pytest.mark.parametrize("chunk", [1, WIDTH, 3 * WIDTH + 1])
def test_the_size_of_the_chunks_changes_nothing(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, table, _, hidden, _ = problem(torch.float32)
    at_once = decode_cells(hidden, table[batch.items], batch)
    monkeypatch.setattr(sparse_layers, "CHUNK", chunk)
    assert torch.equal(decode_cells(hidden, table[batch.items], batch), at_once)


def test_rows_without_any_cell_are_zeros() -> None:
    batch = make_batch(as_csr(csr_array((3, 4))))
    table = torch.ones(0, WIDTH, requires_grad=True)
    out = encode_rows(table, torch.ones(0), batch)
    assert torch.equal(out, torch.zeros(3, WIDTH))
    assert len(decode_cells(torch.ones(3, WIDTH), table, batch)) == 0


def test_the_values_take_no_gradient() -> None:
    batch, table, values, _, _ = problem(torch.float32)
    values.requires_grad_()
    encode_rows(table[batch.items].requires_grad_(), values, batch).sum().backward()
    assert values.grad is None
