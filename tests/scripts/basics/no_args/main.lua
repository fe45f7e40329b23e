print(#ARGS)
print(tostring(ARGS[1] == nil))
