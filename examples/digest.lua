-- What is in a text, found by steps that run at once: `git log | llmspell run digest.lua [--words N]`
local wf = Workflow.dag{
  name = "digest",
  steps = {
    { name = "hash", tool = "hash-calculator", input = { operation = "hash", input = "{{input.text}}" } },
    { name = "lines", fn = function(ctx) return select(2, ctx.input.text:gsub("\n", "")) end },
    { name = "words", fn = function(ctx)
      local counts = {}
      for word in ctx.input.text:lower():gmatch("%a%a%a%a+") do counts[word] = (counts[word] or 0) + 1 end
      return counts
    end },
    -- It begins as soon as the words are there, whatever becomes of the rest.
    { name = "top", depends_on = { "words" }, fn = function(ctx)
      local counts, rows = ctx:output("words"), {}
      for word, n in pairs(counts) do rows[#rows + 1] = { word = word, n = n } end
      table.sort(rows, function(a, b) return a.n > b.n or a.n == b.n and a.word < b.word end)
      return { table.unpack(rows, 1, math.min(ctx.input.n, #rows)) }
    end },
    { name = "head", template = "{{steps.lines}} lines, SHA-256 {{steps.hash.result.hash}}", depends_on = { "lines", "hash" } },
  },
}
local r = wf:execute{ text = io.read("a"), n = tonumber(ARGS.words or 5) }
if not r.success then
  io.stderr:write("digest: " .. r.error .. "\n")
  os.exit(1)
end
print(r.outputs.head)
for _, row in ipairs(r.outputs.top) do print(("%6d %s"):format(row.n, row.word)) end
