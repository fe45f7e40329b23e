for _, it in ipairs(Provider.list()) do
  if it.name == "openai" or it.name == "groq" or it.name == "mine" or it.name == "echo" then
    print(it.name, it.enabled, it.state, it.api, it.is_local)
  end
end
local mine = Provider.get("mine")
print(mine.models[1], mine.capabilities.tools, mine.capabilities.media[1])
print(Provider.get("gemini").name, Provider.get("nobody"), Provider.openai.default_model)
print(Provider.is_available("openai"), Provider.isAvailable("groq"), Provider.is_available("nobody"))
print(Provider.get_capabilities("mine").schema, Provider.getCapabilities("deepseek").schema)
