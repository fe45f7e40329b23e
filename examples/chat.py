# Talk to a model that remembers what was said, a line at a time: `llmspell run chat.py --model fast`
import sys

agent = Agent.create(name="companion", model=ARGS.model, system_prompt="You are brief and friendly.")
talk = agent.conversation()
for line in sys.stdin:
    line = line.removesuffix("\n")
    if line == "/clear":
        talk.clear()
        print("(forgotten)")
    elif line:
        print("> " + line)
        print(talk.send(line).text)
print(f"({len(talk.history())} messages are kept)")
