-- Sum a CSV by its first column, as JSON for the next program: `llmspell run report.lua < data/sales.csv`
local totals, n_rows = {}, 0
for line in io.lines() do
  local region, amount = line:match("^([^,]+),.*,([%d.]+)%s*$")
  if region then
    n_rows = n_rows + 1
    totals[region] = (totals[region] or 0) + tonumber(amount)
  end
end
print(JSON.stringify({ rows = n_rows, totals = totals }, { pretty = true }))
