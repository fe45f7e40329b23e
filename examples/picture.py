# Ask about a picture: `llmspell run picture.py data/chart.png "Which bar is the tallest?" --model smart`
path, question = ARGS.get(0, "data/chart.png"), ARGS.get(1, "Which bar is the tallest?")
agent = Agent.create(name="viewer", model=ARGS.model, system_prompt="Say only what can be seen.")
print(agent.execute(text=question, images=[{"path": path}]).text)
