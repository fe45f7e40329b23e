import sys

print("begins")
Workflow.parallel(name="dying", steps=[
    {"name": "waits", "fn": lambda ctx: Async.sleep(30)},
    {"name": "dies", "fn": lambda ctx: sys.exit(7)},
]).execute()
print("never")
