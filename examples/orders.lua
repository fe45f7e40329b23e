-- Orders that are carried out whole or not at all: what was done is undone when a later step fails: `… orders.lua < orders`
local stock, prices, till = { lamp = 5, chair = 2 }, { lamp = 40, chair = 45 }, 0

local order = Workflow.sequential{
  name = "order",
  output = "{{input.n}} of {{input.item}} for {{steps.charge}}",
  steps = {
    { name = "known", condition = "input.n > 0", fn = function(ctx)
      if not prices[ctx.input.item] then error("there is no " .. ctx.input.item, 0) end
    end },
    {
      name = "reserve",
      fn = function(ctx)
        local left = stock[ctx.input.item] - ctx.input.n
        if left < 0 then error(("only %d of %s left"):format(stock[ctx.input.item], ctx.input.item), 0) end
        stock[ctx.input.item] = left
      end,
      compensate = function(ctx) stock[ctx.input.item] = stock[ctx.input.item] + ctx.input.n end,
    },
    {
      name = "charge",
      fn = function(ctx)
        local price = prices[ctx.input.item] * ctx.input.n
        if price > ctx.input.money then error(("%d is asked, %d is there"):format(price, ctx.input.money), 0) end
        till = till + price
        return price
      end,
      compensate = function(ctx) till = till - ctx:output("charge") end,
    },
  },
}

for line in io.lines() do
  local asked = JSON.parse(line)
  local r = order:execute(asked)
  local undone = {}
  for _, step in ipairs(r.steps) do
    if step.status == "compensated" then undone[#undone + 1] = step.name:match("^%w+") end
  end
  print(asked.id, r.success and r.output or r.error, #undone > 0 and "undone: " .. table.concat(undone, ", ") or "")
end
print(("left: %d lamps, %d chairs; in the till: %d"):format(stock.lamp, stock.chair, till))
