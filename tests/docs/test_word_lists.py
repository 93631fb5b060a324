"""The word lists that another implementer needs are on a page, all of them, as the code has them."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from tests.docs import word_lists
from tests.docs.word_lists import LISTS

OTHERS = {"_SIGNS", "_QUIET"}
"""In `automation`: a short way past letters that have none of the signs; they decide nothing."""


def test_the_page_has_what_the_code_has() -> None:
    assert word_lists.told() == word_lists.coded()


@pytest.mark.parametrize("module", LISTS, ids=lambda module: module.__name__)
def test_no_list_of_the_code_is_missing_on_the_page(module: ModuleType) -> None:
    lists = {
        name
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern | set | frozenset) and name.startswith("_")
    }
    assert lists - OTHERS <= set(LISTS[module].values())
    assert len(LISTS[module]) == len(set(LISTS[module].values()))
