for path, mode in [("/etc/passwd", "r"), ("../../x", "r"), ("new.txt", "w"), ("data.txt", "a")]:
    try:
        open(path, mode)
    except LLMSpellError as e:
        print(path, "false", e.code, str(len(e.hint) > 0).lower(), sep="\t")
