# Ask a model one question: `llmspell run ask.py "What does git rebase do?" --model fast`
question = ARGS.get(0) or "What does `git rebase` do?"
agent = Agent.create(
    name="answerer",
    model=ARGS.model,
    system_prompt="Answer in one or two plain sentences, without an introduction.",
)
answer = agent.execute(question)
print(answer.text)
used = answer.usage
print(f"({answer.model}: {used.input_tokens} tokens in, {used.output_tokens} out, ${answer.cost_usd:.6f})")
