print(ARGS.name, ARGS["with-hyphen"], ARGS.with_hyphen, ARGS.flag, sep="\t")
print(len(ARGS), ARGS[0], ARGS[1], sep="\t")
print(str(ARGS.never is None).lower())
