from __future__ import annotations

import asyncio

from llmspell.effects.tally import Tally
from llmspell.journal.entries import Usage
from llmspell.journal.spending import Amount, Claim


def test_a_tally_counts_and_holds_nothing_back() -> None:
    async def main() -> None:
        tally = Tally()
        tally.add(Usage(input_tokens=3, output_tokens=4), 0.5)
        want, least = Amount(10**9, 10**9), Amount(1, 1)
        held = await tally.reserve(Claim(None, want, least, least))  # whose call it is does not matter
        assert held.amount == want
        held.lower(least)
        assert held.amount == least
        held.settle(Amount(1, 1))
        assert (tally.n_calls, tally.cost_usd, await tally.spent()) == (1, 0.5, Amount(500_000_000, 7))

    asyncio.run(main())
