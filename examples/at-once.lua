-- Ask a tool about many addresses, at most four at a time; the answers keep their order: `llmspell run at-once.lua < urls`
local urls = {}
for line in io.lines() do urls[#urls + 1] = line end
local hosts = Async.map(urls, function(url)
  local ok, answer = pcall(Tool.execute, "url-analyzer", { input = url })
  return ok and answer.result.host or "not an address"
end, { limit = 4 })
for i, host in ipairs(hosts) do print(i, host) end
