local function q(input, query)
  local ok, r = pcall(Tool.execute, "json-processor", { operation = "query", input = input, query = query })
  print(ok and JSON.stringify(r.result) or r.code)
end
q({ items = { { id = 1 }, { id = 2 } } }, "[.items[].id]")
q('{"a":1}', ".a + 1")
q('[3,1,2]', "sort | map(. * 2)")
q('{"a":1}', ".a |")
q('{"a":1}', ".a.b")
