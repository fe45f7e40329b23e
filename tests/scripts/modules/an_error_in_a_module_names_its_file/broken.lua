local x = nil
print("before")
error("broken inside")
