-- Turn a text on stdin into checked JSON: `llmspell run extract.lua --model fast < data/invoice.txt | jq .total`
local agent = Agent.create{
  name = "clerk",
  model = ARGS.model,
  system_prompt = "Copy what the document says. Do not calculate, do not guess.",
  schema = {
    type = "object",
    properties = {
      number = { type = "string" },
      customer = { type = "string" },
      total = { type = "number", minimum = 0 },
      currency = { enum = { "EUR", "USD", "GBP" } },
      items = {
        type = "array",
        items = {
          type = "object",
          properties = { name = { type = "string" }, quantity = { type = "integer" }, price = { type = "number" } },
          required = { "name", "quantity", "price" },
        },
      },
    },
    required = { "number", "customer", "total", "currency", "items" },
  },
}
print(JSON.stringify(agent:execute(io.read("a")).data, { pretty = true }))
