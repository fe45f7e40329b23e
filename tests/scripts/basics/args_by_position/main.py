import sys
print(ARGS[0] + " " + ARGS[1] + " " + ARGS["1"])
print(len(ARGS))
print(sys.argv[1])
print(str(ARGS.get(2) is None).lower())
