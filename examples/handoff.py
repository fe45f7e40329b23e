# A first agent finds out who should answer, and hands the conversation over: `llmspell run handoff.py --model fast`
import sys

billing = Agent.create(
    name="billing",
    description="Invoices, payments, refunds.",
    model=ARGS.model,
    system_prompt="You handle invoices. Be exact about amounts.",
)
technical = Agent.create(
    name="technical",
    description="Errors, crashes, installation.",
    model=ARGS.model,
    system_prompt="You solve technical problems step by step.",
)
desk = Agent.create(
    name="desk",
    model=ARGS.model,
    system_prompt="Find out what it is about and hand over to the colleague who knows.",
    handoffs=[billing, technical],
)
for line in sys.stdin:
    answer = desk.execute(line.removesuffix("\n"))
    print(f"{answer.agent}: {answer.text}")
