print("begins")
Workflow.sequential{ name = "wrong", steps = { { name = "count", tool = "calculater", input = { input = "1" } } } }
print("never")
