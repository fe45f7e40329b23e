local names = {}
for _, name in ipairs(Config.list_providers()) do names[name] = true end
print(names.openai, names.ollama, names.mine, names.nobody)
local mine = Config.getProvider("mine")
print(mine.name, mine.api, mine.base_url, mine.enabled, ("%g"):format(mine.timeout_s), mine.retries, mine.api_key)
print(Config.get_provider("openai").enabled, Config.get_provider("ollama")["local"])
local ok, e = pcall(Config.get_provider, "opnai")
print(e.code, e.hint)
