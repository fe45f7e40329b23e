import re
import sys


def tried(fields):
    try:
        print("made", Agent.create(fields).name, sep="\t")
    except LLMSpellError as e:
        print(e.code, e.message, sep="\t")
        if e.hint:
            print("", e.hint, sep="\t")


for line in sys.stdin:
    if line != "\n":
        tried(JSON.parse(line))
tried({"model": "echo", "schema": print})
tried({"model": "echo", "custom": {"list": [print]}})
tried({"model": "echo", "tools": [print]})
tried({"model": Agent.create(model="echo", name="one")})
try:
    Agent.create({"model": "echo", "system": "a", "instructions": "b"})
except BadArgument as e:
    print(e.code, e.hint, str(e.details["path"] in ("$.system", "$.instructions")).lower(), sep="\t")
try:
    Agent.create(model="scripted/nowhere")
except ModelNotFound as e:
    print(e.code, e.message, re.sub(" .*/scripted/", " … scripted/", e.hint.partition("; searched in ")[0]), sep="\t")
print(len(Agent.list()))  # nothing was made of what is wrong
