def low(v):
    return str(v).lower()
print(low(len(Run.id) > 0), Run.profile, Run.field("profile"), sep="\t")
print(low(Run.cost() == 0), low(Run.usage().calls > 0), Run.usage().input_tokens, sep="\t")
b = Run.budget()
print(b["calls"]["limit"], low(b["calls"]["used"] + b["calls"]["left"] == b["calls"]["limit"]), low(b["wall_s"]["limit"] > 0), sep="\t")
try:
    Run.field("idd")
except LLMSpellError as e:
    print("false", e.code, e.hint, sep="\t")
