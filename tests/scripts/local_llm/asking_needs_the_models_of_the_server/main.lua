for _, call in ipairs{ { "list", "ollama" }, { "info", "llama3.2" }, { "pull", "llama3.2" }, { "status" } } do
  local ok, e = pcall(LocalLLM[call[1]], call[2])
  print(call[1], e.code, e.message:match("the model [^,]+"))
end
print(pcall(Provider.models, "ollama"))
print(#Provider.list() > 15)
