for line in io.lines() do
  if line ~= "" then
    local fields = JSON.parse(line)
    local names = fields.show
    fields.show = nil
    local config, shown = Agent.create(fields):get_config(), {}
    for i, name in ipairs(names) do
      local value = config
      for key in name:gmatch("[^.]+") do value = value[key] end
      if name == "timeout_s" then value = ("%g"):format(value) end
      shown[i] = name .. " " .. JSON.stringify(value)
    end
    print(table.concat(shown, ", "))
  end
end
