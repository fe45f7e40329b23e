-- The module of modules.lua.
local M = {}

function M.circle(radius) return math.pi * radius ^ 2 end

return M
