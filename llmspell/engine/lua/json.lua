-- JSON for scripts. Keys are sorted when written, so that output is the same in every run and in both languages.

local deps = ...
local null, lists, is_integer, is_utf8, fail = deps.null, deps.lists, deps.compat.is_integer, deps.compat.is_utf8, deps.fail
local byte, char, sub, find, format, gsub, concat, sort =
  string.byte, string.char, string.sub, string.find, string.format, string.gsub, table.concat, table.sort
local type, next, rawequal, getmetatable, setmetatable, tonumber = type, next, rawequal, getmetatable, setmetatable, tonumber
local MAX_DEPTH = 1000

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quote(text)
  if not is_utf8(text) then fail("not_convertible", "JSON.stringify: a string is not UTF-8 text") end
  return '"' .. gsub(text, '[%c"\\]', function(c)
    return ESCAPES[c] or (c == "\127" and c) or format("\\u%04x", byte(c))
  end) .. '"'
end

-- The shortest decimal that reads back as the same number, as Python writes it.
local function number(n)
  if is_integer(n) then return format("%d", n) end
  if n ~= n or n == math.huge or n == -math.huge then
    fail("not_convertible", "JSON.stringify: JSON has no " .. (n ~= n and "NaN" or "infinity"))
  end
  local text
  -- A subnormal number has fewer digits than 15; any other has 15 to try with, without zeros at its end.
  for digits = n < 2.3e-308 and n > -2.3e-308 and n ~= 0 and 1 or 15, 17 do
    text = format("%." .. digits .. "g", n)
    if tonumber(text) == n then break end
  end
  local mantissa, sign, exponent = text:match("^(.-)e([+-])(%d+)$")
  if not mantissa then return find(text, "[.]") and text or text .. ".0" end
  local e = tonumber(sign .. exponent)
  if e >= 16 or e < -4 then return mantissa .. "e" .. sign .. (#exponent < 2 and "0" or "") .. exponent end
  return (gsub(format("%.1f", n), "%.0+$", ".0"))
end

local function shape(t)
  local count, largest = 0, 0
  for key in next, t do
    count = count + 1
    if is_integer(key) and key > largest then largest = key end
    if not is_integer(key) and type(key) ~= "string" then
      fail("not_convertible", "JSON.stringify: a key is a " .. type(key) .. "; keys must be strings")
    end
  end
  if count == 0 then return getmetatable(t) == "list" and "list" or "map", 0 end
  if largest == 0 then return "map", count end
  if largest ~= count or t[1] == nil then
    fail("not_convertible", "JSON.stringify: a table mixes list items with named fields, or has a hole")
  end
  return "list", count
end

local function write(value, out, indent, level, open)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = quote(value)
  elseif kind == "number" then
    out[#out + 1] = number(value)
  elseif kind == "boolean" then
    out[#out + 1] = value and "true" or "false"
  elseif kind == "nil" or rawequal(value, null) then
    out[#out + 1] = "null"
  elseif kind == "table" then
    if open[value] then fail("not_convertible", "JSON.stringify: a table contains itself") end
    if level > MAX_DEPTH then fail("not_convertible", "JSON.stringify: nested too deeply") end
    open[value] = true
    local form, count = shape(value)
    local line = indent and "\n" .. indent:rep(level + 1) or ""
    local comma = "," .. line
    if form == "list" then
      out[#out + 1] = count == 0 and "[]" or "[" .. line
      for i = 1, count do
        if i > 1 then out[#out + 1] = comma end
        write(value[i], out, indent, level + 1, open)
      end
      if count > 0 then out[#out + 1] = (indent and "\n" .. indent:rep(level) or "") .. "]" end
    else
      local keys = {}
      for key in next, value do keys[#keys + 1] = key end
      sort(keys)
      out[#out + 1] = count == 0 and "{}" or "{" .. line
      for i, key in ipairs(keys) do
        if i > 1 then out[#out + 1] = comma end
        out[#out + 1] = quote(key) .. (indent and ": " or ":")
        write(value[key], out, indent, level + 1, open)
      end
      if count > 0 then out[#out + 1] = (indent and "\n" .. indent:rep(level) or "") .. "}" end
    end
    open[value] = nil
  else
    fail("not_convertible", "JSON.stringify: a " .. kind .. " has no JSON form")
  end
end

local function stringify(value, options)
  deps.check_options("JSON.stringify", options, "pretty")
  local out = {}
  write(value, out, options and options.pretty and "  " or nil, 0, {})
  return concat(out)
end

-- Reading ---------------------------------------------------------------------------------------------------------

local UNESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function wrong(text, position, expected)
  local line, last = 1, 0
  for at in text:gmatch("()\n") do
    if at >= position then break end
    line, last = line + 1, at
  end
  local found = position > #text and "the end of the text" or format("%q", sub(text, position, position + 9))
  fail("invalid_json", format("line %d column %d: expected %s, found %s", line, position - last, expected, found))
end

local function encode_utf8(code)
  if code < 0x80 then return char(code) end
  local floor = math.floor
  if code < 0x800 then return char(0xC0 + floor(code / 64), 0x80 + code % 64) end
  if code < 0x10000 then return char(0xE0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64) end
  return char(0xF0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64, 0x80 + floor(code / 64) % 64, 0x80 + code % 64)
end

local function read_string(text, position)
  local parts, start = {}, position + 1
  while true do
    local stop = find(text, '["\\%c]', start)
    if not stop then wrong(text, #text + 1, "a closing quote") end
    parts[#parts + 1] = sub(text, start, stop - 1)
    local c = sub(text, stop, stop)
    if c == '"' then return concat(parts), stop + 1 end
    if c == "\127" then
      parts[#parts + 1], start = c, stop + 1
    elseif c ~= "\\" then
      wrong(text, stop, "a string without control characters")
    else
      local e = sub(text, stop + 1, stop + 1)
      if e == "u" then
        local hex = text:match("^%x%x%x%x", stop + 2)
        if not hex then wrong(text, stop, "four hexadecimal digits") end
        local code, width = tonumber(hex, 16), 6
        if code >= 0xD800 and code < 0xDC00 then
          local low = text:match("^\\u(%x%x%x%x)", stop + 6)
          low = low and tonumber(low, 16)
          if low and low >= 0xDC00 and low < 0xE000 then
            code, width = 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00), 12
          end
        end
        if code >= 0xD800 and code < 0xE000 then wrong(text, stop, "a whole surrogate pair") end
        parts[#parts + 1], start = encode_utf8(code), stop + width
      else
        if not UNESCAPES[e] then wrong(text, stop, "an escape") end
        parts[#parts + 1], start = UNESCAPES[e], stop + 2
      end
    end
  end
end

local LITERALS = { t = { "true", true }, f = { "false", false }, n = { "null", null } }
local read

local function skip(text, position) return find(text, "[^ \t\r\n]", position) or #text + 1 end

local function read_list(text, position, depth)
  local list, n = {}, 0
  position = skip(text, position + 1)
  if byte(text, position) == 93 then return setmetatable(list, lists), position + 1 end
  while true do
    local value
    value, position = read(text, position, depth)
    n = n + 1
    list[n] = value
    position = skip(text, position)
    local c = byte(text, position)
    if c == 93 then return list, position + 1 end
    if c ~= 44 then wrong(text, position, "',' or ']'") end
    position = skip(text, position + 1)
  end
end

local function read_map(text, position, depth)
  local map = {}
  position = skip(text, position + 1)
  if byte(text, position) == 125 then return map, position + 1 end
  while true do
    if byte(text, position) ~= 34 then wrong(text, position, "a key in quotes") end
    local key, value
    key, position = read_string(text, position)
    position = skip(text, position)
    if byte(text, position) ~= 58 then wrong(text, position, "':'") end
    value, position = read(text, skip(text, position + 1), depth)
    map[key] = value
    position = skip(text, position)
    local c = byte(text, position)
    if c == 125 then return map, position + 1 end
    if c ~= 44 then wrong(text, position, "',' or '}'") end
    position = skip(text, position + 1)
  end
end

read = function(text, position, depth)
  if depth > MAX_DEPTH then fail("invalid_json", "nested deeper than " .. MAX_DEPTH .. " levels") end
  local c = sub(text, position, position)
  if c == '"' then return read_string(text, position) end
  if c == "{" then return read_map(text, position, depth + 1) end
  if c == "[" then return read_list(text, position, depth + 1) end
  local literal = LITERALS[c]
  if literal and sub(text, position, position + #literal[1] - 1) == literal[1] then
    return literal[2], position + #literal[1]
  end
  local digits = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", position)
  local whole = digits and digits:match("^-?(%d+)")
  if not whole or (#whole > 1 and byte(whole) == 48) or not tonumber(digits) or find(digits, "%.$") or find(digits, "%.[eE]") then
    wrong(text, position, "a value")
  end
  return tonumber(digits), position + #digits
end

local function parse(text)
  if type(text) ~= "string" then fail("bad_argument", "JSON.parse: the text must be a string, got " .. type(text)) end
  local value, position = read(text, skip(text, 1), 0)
  position = skip(text, position)
  if position <= #text then wrong(text, position, "the end of the text") end
  return value
end

return { parse = parse, stringify = stringify, null = null, list = function(t) return setmetatable(t, lists) end }
