"""The fast path takes what torch hands it: slices, transposes, and calls from several threads."""

from concurrent.futures import ThreadPoolExecutor

import torch

from foretaste.kernels import fast, reference
from tests.kernels.cases import make_case, make_table


def test_codes_and_gradients_need_not_be_contiguous():
    case, table = make_case(torch.float32), make_table(torch.float32, 70)
    table.rate = 0.0
    hidden = torch.randn(70, 7).T
    grad = torch.randn(2, len(case.values))[:, ::1][0::2][0]
    torch.testing.assert_close(
        fast.decode(table, None, hidden, case.batch), reference.decode(table, None, hidden, case.batch)
    )
    torch.testing.assert_close(
        fast.decode_step(table, None, hidden, grad, case.batch),
        reference.decode_step(table, None, hidden, grad, case.batch),
    )


def test_several_callers_at_once_get_what_one_gets(monkeypatch):
    monkeypatch.setattr(fast, "ALONE", 0)  # all of them ask for all threads
    case, table = make_case(torch.float32, rows=50, items=90), make_table(torch.float32, 200, items=90)
    wanted = fast.encode(table, case.values, case.batch)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: fast.encode(table, case.values, case.batch), range(32)):
            assert torch.equal(found, wanted)
