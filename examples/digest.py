# What is in a text, found by steps that run at once: `git log | llmspell run digest.py [--words N]`
import re
import sys
from collections import Counter


def words(ctx):
    return dict(Counter(re.findall(r"[A-Za-z]{4,}", ctx.input.text.lower())))


def top(ctx):
    rows = sorted(ctx.output("words").items(), key=lambda it: (-it[1], it[0]))
    return [{"word": word, "n": n} for word, n in rows[: ctx.input.n]]


wf = Workflow.dag(
    name="digest",
    steps=[
        {"name": "hash", "tool": "hash-calculator", "input": {"operation": "hash", "input": "{{input.text}}"}},
        {"name": "lines", "fn": lambda ctx: ctx.input.text.count("\n")},
        {"name": "words", "fn": words},
        # It begins as soon as the words are there, whatever becomes of the rest.
        {"name": "top", "fn": top, "depends_on": ["words"]},
        {
            "name": "head",
            "template": "{{steps.lines}} lines, SHA-256 {{steps.hash.result.hash}}",
            "depends_on": ["lines", "hash"],
        },
    ],
)
r = wf.execute(text=sys.stdin.read(), n=int(ARGS.get("words", 5)))
if not r.success:
    print(f"digest: {r.error}", file=sys.stderr)
    sys.exit(1)
print(r.outputs.head)
for row in r.outputs.top:
    print(f"{row.n:6} {row.word}")
