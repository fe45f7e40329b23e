print(ARGS[1] .. " " .. ARGS[2] .. " " .. ARGS["1"])
print(#ARGS)
print(arg[1])
print(tostring(ARGS[3] == nil))
