-- Errors as scripts see them: a table with code, message, hint and details whose tostring reads well.

local ERROR = {
  __name = "LLMSpellError",
  __metatable = false,
  __tostring = function(e)
    local message = tostring(rawget(e, "message"))
    local hint = rawget(e, "hint")
    return hint and message .. " (" .. tostring(hint) .. ")" or message
  end,
}

local M = {}

--- An error map, from the host or from us, as an error object.
function M.make(map)
  return setmetatable(map, ERROR)
end

local raw_pcall, tostring, type, rawget, find = pcall, tostring, type, rawget, string.find

--- What an error value says, as a map with text for code, message, hint and whatever details there are.
function M.describe(value, trace)
  local map = { code = "script_error", traceback = trace }
  if type(value) == "table" then
    local message, code, hint = rawget(value, "message"), rawget(value, "code"), rawget(value, "hint")
    if type(message) == "string" then
      map.message = message
      if type(code) == "string" then map.code = code end
      if type(hint) == "string" then map.hint = hint end
      map.details = rawget(value, "details")
    end
  end
  if not map.message then
    -- A script's own __tostring may raise, or return what is no string. Without one the text would be an address.
    local ok, text = raw_pcall(tostring, value)
    if not ok or value == nil or find(text, "^%a+: 0x%x+$") then
      text = "(error object is a " .. type(value) .. " value)"
    end
    map.message = text
  end
  return map
end

return M
