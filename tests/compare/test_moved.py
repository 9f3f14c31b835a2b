"""Text that changed its side of the first run-time value: how the prefix of one side is priced in the order of the other.

The two sides' tokens are told apart by numbers of which no two sums are alike.
"""

from __future__ import annotations

import pytest

from bot.compare import Moved
from bot.prefix import Shift

LOST, WON = (300, 500), (7, 11)


def test_nothing_moved_by_default() -> None:
    still = Moved()
    assert (still.lost, still.won, still.vain, still.cached, still.hole) == ((0, 0), (0, 0), (0, 0), False, None)
    assert (still.any, still.net) == (False, 0)
    assert still.head_as_base == still.base_as_head == Shift(tokens=0, vain=0)


@pytest.mark.parametrize(("lost", "won"), [((1, 0), (0, 0)), ((0, 1), (0, 0)), ((0, 0), (1, 0)), ((0, 0), (0, 1))])
def test_any_side_that_moved_counts(lost: tuple[int, int], won: tuple[int, int]) -> None:
    assert Moved(lost=lost, won=won).any is True


def test_the_net_is_what_the_head_loses_less_what_it_wins() -> None:
    assert Moved(lost=LOST, won=WON).net == 500 - 11
    assert Moved(lost=(0, 0), won=WON).net == -11
    assert Moved(lost=LOST, won=(0, 0)).net == 500


def test_the_heads_text_in_the_bases_order() -> None:
    """It would keep what it lost and not have what it won, in its own tokens; of what the base writes in vain, the same."""
    assert Moved(lost=LOST, won=WON).head_as_base == Shift(tokens=500 - 11, vain=0)
    assert Moved(lost=LOST, won=WON, vain=(20, 3_000)).head_as_base == Shift(tokens=500 - 11, vain=20 - 7 + 11)
    assert Moved(lost=LOST, won=(90, 11), vain=(20, 0)).head_as_base.vain == 0, "never below nothing"
    assert Moved(lost=LOST, won=(7, 0), vain=(8, 0)).head_as_base.vain == 1
    assert Moved(lost=LOST, won=(0, 9), vain=(1, 0)).head_as_base.vain == 1 + 9
    assert Moved(lost=LOST, won=(0, 9), vain=(0, 5)).head_as_base.vain == 0, "the base writes nothing in vain"


def test_the_bases_text_in_the_heads_order() -> None:
    assert Moved(lost=LOST, won=WON).base_as_head == Shift(tokens=7 - 300, vain=0)
    assert Moved(lost=LOST, won=WON, vain=(20, 3_000)).base_as_head == Shift(tokens=7 - 300, vain=3_000 - 500 + 300)
    assert Moved(lost=LOST, won=WON, vain=(0, 100)).base_as_head.vain == 0, "never below nothing"
    assert Moved(lost=(0, 7), won=WON, vain=(0, 8)).base_as_head.vain == 1
    assert Moved(lost=(9, 0), won=WON, vain=(0, 1)).base_as_head.vain == 1 + 9
    assert Moved(lost=(9, 0), won=WON, vain=(5, 0)).base_as_head.vain == 0, "the head writes nothing in vain"
