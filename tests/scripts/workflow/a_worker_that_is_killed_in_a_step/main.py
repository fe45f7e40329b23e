def turns(ctx):
    while True:
        pass


print("begins")
Workflow.sequential(name="endless", error_strategy="continue", steps=[
    {"name": "turns", "fn": turns},
    {"name": "next", "fn": lambda ctx: print("never")},
]).execute()
print("never")
