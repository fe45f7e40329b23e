for _ in io.lines() do print("never") end
print(io.read("a") == "")
print(io.read() == nil)
