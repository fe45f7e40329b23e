for _, it in ipairs(LocalLLM.status("ollama")) do print(it.backend, it.running, it.models, it.error:match("cannot reach ollama")) end
local ok, e = pcall(LocalLLM.list, "ollama")
print(ok, e.code, e.details.kind, e.details.retryable)
ok, e = pcall(LocalLLM.pull, "ollama/llama3.2")
print(ok, e.code, e.details.model)
ok, e = pcall(LocalLLM.status, "openai")
print(ok, e.code, e.message)
