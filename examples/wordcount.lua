-- The most frequent words of a text: `llmspell run wordcount.lua [--top N] < text`
local counts, words = {}, {}
for line in io.lines() do
  for word in line:lower():gmatch("[a-z']+") do
    if not counts[word] then words[#words + 1] = word end
    counts[word] = (counts[word] or 0) + 1
  end
end
table.sort(words, function(a, b)
  if counts[a] ~= counts[b] then return counts[a] > counts[b] end
  return a < b
end)
for i = 1, math.min(#words, tonumber(ARGS.top) or 10) do
  print(("%6d %s"):format(counts[words[i]], words[i]))
end
