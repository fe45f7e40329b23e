for _, name in ipairs{ "opnai", "nothing-like-it" } do
  local ok, e = pcall(Provider.models, name)
  print(e.code, e.message, e.hint:match("did you mean %w+") or e.hint:match("the providers are openai"))
end
print(#Provider.models("openai") > 20, Provider.models("openai")[1])
