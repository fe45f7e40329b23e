print(arg[1], arg[2], ARGS[1], ARGS.x)
