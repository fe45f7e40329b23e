# A draft, a critic, a better draft: `llmspell run research.py "Why do we have leap seconds?" --model smart`
question = ARGS.get(0) or "Why do we have leap seconds, and why will they go?"
writer = Agent.create(
    name="writer",
    model=ARGS.model,
    system_prompt="You are a careful researcher. Answer in one paragraph. Say what is not certain.",
)
careful = Agent.reflect(
    agent=writer,
    criteria=["names a cause", "names a date", "says what is not certain"],
    rounds=3,
)
answer = careful.execute(question)
for i, it in enumerate(answer.metadata["rounds"], 1):
    print(f"round {i}: {it.verdict}" + (f" - {it.feedback}" if it.feedback else ""))
print(answer.text)
