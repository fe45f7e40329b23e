-- What waits when the script ends is handled before the run does; how it ended stays as it is.
Event.on("a", function(e)
  print("handled " .. e.data)
  if e.data == 2 then error("too late to matter") end
  if e.data == 3 then Event.publish("b", Tool.execute("calculator", { input = "1 + 2" }).result) end
end)
Event.on("b", function(e) print("b " .. e.data) os.exit(9) end)
Async.spawn(function() Async.sleep(0.2) print("never") end)
print("begin")
for i = 1, 3 do Event.publish("a", i) end
os.exit(4)
