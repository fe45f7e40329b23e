print("begins")
Workflow.parallel{ name = "dying", steps = {
  { name = "waits", fn = function() Async.sleep(30) end },
  { name = "dies", fn = function() os.exit(7) end },
} }:execute()
print("never")
