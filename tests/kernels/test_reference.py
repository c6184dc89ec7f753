"""The torch path works in pieces: a step's memory does not grow with cells x width, and the pieces are the whole."""

import pytest
import torch

from foretaste.kernels import dense, reference
from tests.kernels.cases import make_case, make_table


def test_decoding_in_pieces_is_decoding_at_once(monkeypatch):
    case, table = make_case(torch.float64), make_table(torch.float64, 5)
    hidden = torch.randn(7, 5, dtype=torch.float64)
    whole = reference.decode(table, None, hidden, case.batch)
    monkeypatch.setattr(reference, "CHUNK", 15)  # three cells at a time
    torch.testing.assert_close(reference.decode(table, None, hidden, case.batch), whole)


@pytest.mark.parametrize("path", [reference, dense])
def test_the_gradient_at_the_code_is_of_the_table_before_its_move(path):
    case, table = make_case(torch.float64), make_table(torch.float64, 5)
    before = table.read()
    back = path.decode_step(table, None, torch.randn(7, 5, dtype=torch.float64), case.values, case.batch)
    torch.testing.assert_close(back, case.X @ before)
    assert not torch.equal(table.read(), before)
