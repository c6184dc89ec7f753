"""The page of what numbers mean names the models that no search can try: those without a search space, and no others."""

import re
from pathlib import Path

from foretaste.models import MODELS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "evaluation.md"


def test_what_trials_do_not_search_is_named():
    sentence = re.search(r"has a search space\. (.*?) have none", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert set(re.findall(r"`(\w+)`", sentence[1])) == {name for name, kind in MODELS.items() if not kind.space}
