-- What `tostring` says of tables and functions: the number in which they were first shown, where Lua has an address, which
-- is another one in every run. (`string.format` still shows addresses of tables: it converts by itself.)

local raw_tostring, get_metatable = tostring, debug.getmetatable
local type, rawget, format, setmetatable = type, rawget, string.format, setmetatable

local number_of, n_shown = setmetatable({}, { __mode = "k" }), 0

local function numbered(kind, value)
  local number = number_of[value]
  if not number then
    n_shown = n_shown + 1
    number = n_shown
    number_of[value] = number
  end
  return format("%s: 0x%08x", kind, number)
end

-- Functions and coroutines have one metatable for all of them.
local function of_kind(kind)
  return { __metatable = false, __tostring = function(value) return numbered(kind, value) end }
end
debug.setmetatable(print, of_kind("function"))
debug.setmetatable(coroutine.create(print), of_kind("thread"))

return function(value)
  if type(value) ~= "table" then return raw_tostring(value) end
  local meta = get_metatable(value)
  if meta then
    if rawget(meta, "__tostring") ~= nil then return raw_tostring(value) end
    local name = rawget(meta, "__name")
    if not jit and type(name) == "string" then return numbered(name, value) end
  end
  return numbered("table", value)
end
