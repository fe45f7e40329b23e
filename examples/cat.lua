-- Copy stdin to stdout, byte for byte and in constant memory: `llmspell run cat.lua < in > out`
while true do
  local block = io.read(65536)
  if not block then break end
  io.write(block)
end
