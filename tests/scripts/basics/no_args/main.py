print(len(ARGS))
print(str(ARGS.get(0) is None).lower())
