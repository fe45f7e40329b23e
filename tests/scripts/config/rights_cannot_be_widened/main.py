for work in (
    lambda: Config.add_allowed_path("/etc"),
    lambda: Config.add_allowed_path(".", "write"),
    lambda: Config.add_allowed_host("example.com"),
):
    try:
        work()
    except LLMSpellError as e:
        print("false", e.code, sep="\t")
        print(str(len(e.hint) > 0).lower())
Config.addAllowedPath(".")
print("granted already")
