# Show an answer as it arrives, and what the agent does meanwhile: `llmspell run stream.py --model fast`
agent = Agent.create(name="explainer", model=ARGS.model, tools=["calculator"])
for event in agent.stream(ARGS.get(0) or "How many seconds does a leap year have?"):
    if event.type == "text":
        print(event.text, end="", flush=True)
    elif event.type == "tool_start":
        print(f"[{event.name} {event.arguments.input}]")
    elif event.type == "done":
        print(f"\n[{event.usage.total_tokens} tokens]")
