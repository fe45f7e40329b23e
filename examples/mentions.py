# An agent with tools answers from your files: `llmspell run mentions.py ./docs retries --model fast`
folder, word = ARGS.get(0, "./docs"), ARGS.get(1, "retries")
agent = Agent.create(
    name="librarian",
    model=ARGS.model,
    tools=["file-search", "calculator"],
    system_prompt="Look things up with the tools; never guess a number.",
    budget={"usd": 0.10},
)
answer = agent.execute(f"Which of the files in {folder} mention {word}, and how many times in all?")
print(answer.text)
for i, step in enumerate(answer.steps, 1):
    if step.kind == "tool":
        print(f"step {i}: {step.action}")
