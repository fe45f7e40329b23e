print(ARGS.name, ARGS["with-hyphen"], ARGS.with_hyphen, ARGS.flag)
print(#ARGS, ARGS[1], ARGS[2])
print(tostring(ARGS.never == nil))
