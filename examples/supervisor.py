# One agent gives work to two others: `llmspell run supervisor.py "the history of the zip file" --model smart`
topic = ARGS.get(0) or "the history of the zip file"
researcher = Agent.create(
    name="researcher",
    description="Finds facts about a topic, with years.",
    model=ARGS.model,
    system_prompt="List three facts, each with its year.",
)
editor = Agent.create(
    name="editor",
    description="Turns facts into one readable sentence.",
    model=ARGS.model,
    system_prompt="Write one sentence of the facts that you get. Add nothing.",
)
supervisor = Agent.create(
    name="supervisor",
    model=ARGS.model,
    tools=[researcher, editor],
    system_prompt="Let the researcher find facts and the editor write. Hand on what they give you; then answer.",
)
answer = supervisor.execute(f"Write one sentence about {topic}.")
print(answer.text)
for call in answer.tool_calls:
    print("asked " + call.name)
