def shown(*values):
    print(*("nil" if it is None else str(it).lower() if isinstance(it, bool) else it for it in values), sep="\t")


for it in Provider.list():
    if it.name in ("openai", "groq", "mine", "echo"):
        shown(it.name, it.enabled, it.state, it.api, it.is_local)
mine = Provider.get("mine")
shown(mine.models[0], mine.capabilities["tools"], mine.capabilities["media"][0])
shown(Provider.get("gemini").name, Provider.get("nobody"), Provider.openai.default_model)
shown(Provider.is_available("openai"), Provider.isAvailable("groq"), Provider.is_available("nobody"))
shown(Provider.get_capabilities("mine").schema, Provider.getCapabilities("deepseek").schema)
