# Label many lines at once, four at a time and for a dime at most: `llmspell run batch.py --model fast < reviews.txt`
import sys

agent = Agent.create(
    name="labeller",
    model=ARGS.model,
    system_prompt="Is the review positive, negative or mixed?",
    schema={"label": {"type": "string", "enum": ["positive", "negative", "mixed"]}},
    budget={"usd": 0.10},
)


def label(line):
    try:
        return agent.execute(line).data.label
    except LLMSpellError as error:
        return "failed: " + error.code  # one bad line does not stop the others


lines = [line.removesuffix("\n") for line in sys.stdin]
labels = Async.map(lines, label, limit=int(ARGS.limit or 4))
for name, line in zip(labels, lines):
    print(name, line, sep="\t")
print(f"({agent.get_metrics().executions} calls)")
