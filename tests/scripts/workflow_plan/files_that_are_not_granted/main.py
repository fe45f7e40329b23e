for path in ("in/good.toml", "in/bad.toml", "out.toml"):
    try:
        print(path, "true" if Workflow.from_file(path).execute(1).success else "false", sep="\t")
    except Exception as e:
        print(path, e.code, sep="\t")
