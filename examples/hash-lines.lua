-- The SHA-256 of every line, by a tool on the host: `llmspell run hash-lines.lua < file`
for line in io.lines() do
  local answer = Tool.execute("hash-calculator", { operation = "hash", algorithm = "sha256", input = line })
  print(answer.result.hash .. "  " .. line)
end
