for line in io.lines() do print(Tool.execute("text-manipulator", { operation = "uppercase", input = line }).result) end
