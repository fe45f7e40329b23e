import sys
print(*sys.argv[1:], ARGS[0], ARGS.x, sep="\t")
