def show(*values):
    texts = {None: "nil", True: "true", False: "false"}
    print(*(texts.get(it, it) if it is None or isinstance(it, bool) else it for it in values), sep="\t")


names = {name: True for name in Config.list_providers()}
show(names["openai"], names["ollama"], names["mine"], names.get("nobody"))
mine = Config.getProvider("mine")
show(mine.name, mine.api, mine.base_url, mine.enabled, f"{mine.timeout_s:g}", mine.retries, mine.get("api_key"))
show(Config.get_provider("openai").enabled, Config.get_provider("ollama")["local"])
try:
    Config.get_provider("opnai")
except ModelNotFound as e:
    show(e.code, e.hint)
