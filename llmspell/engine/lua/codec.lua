-- Lua values to MessagePack and back, by the rules of docs/protocol.md.
--
-- In Lua, so that no Lua object ever crosses into Python: a table that lupa holds for a collected coroutine is a use
-- after free, and a metamethod must not run while a value is converted. Tables are read with `next`, never through
-- metatables. Runs on Lua 5.4 and, with `compat` for what its string library lacks, on LuaJIT.

local deps = ...
local compat, lists, handles, callbacks, null = deps.compat, deps.lists, deps.handles, deps.callbacks, deps.null
local make_handle, MAX_DEPTH, MAX_ITEMS = deps.make_handle, deps.max_depth, deps.max_items

local type, next, rawequal, tostring = type, next, rawequal, tostring
local byte, char, sub, format, concat = string.byte, string.char, string.sub, string.format, table.concat
local sort, rawget = table.sort, rawget
local FEW = 8
local is_integer, is_utf8 = compat.is_integer, compat.is_utf8
local pack_float, unpack_float = compat.pack_float, compat.unpack_float
local pack_u16, pack_u32, pack_i64 = compat.pack_u16, compat.pack_u32, compat.pack_i64
local unpack_i64, unpack_u64 = compat.unpack_i64, compat.unpack_u64

local codec = {}

local function refuse(path, why)
  error({ code = "not_convertible", message = (path == "" and "the value" or "the value at $" .. path) .. " " .. why }, 0)
end

local function pack_string(text)
  local size = #text
  if is_utf8(text) then
    if size < 32 then return char(0xA0 + size) .. text end
    if size < 0x100 then return char(0xD9, size) .. text end
    if size < 0x10000 then return "\xDA" .. pack_u16(size) .. text end
    return "\xDB" .. pack_u32(size) .. text
  end
  if size < 0x100 then return char(0xC4, size) .. text end
  if size < 0x10000 then return "\xC5" .. pack_u16(size) .. text end
  return "\xC6" .. pack_u32(size) .. text
end
codec.pack_string = pack_string

local function pack_integer(n)
  if n >= 0 then
    if n < 0x80 then return char(n) end
    if n < 0x100 then return char(0xCC, n) end
    if n < 0x10000 then return "\xCD" .. pack_u16(n) end
    if n < 0x100000000 then return "\xCE" .. pack_u32(n) end
  elseif n >= -32 then
    return char(0x100 + n)
  end
  return "\xD3" .. pack_i64(n)
end

local function list_header(n)
  if n < 16 then return char(0x90 + n) end
  if n < 0x10000 then return "\xDC" .. pack_u16(n) end
  return "\xDD" .. pack_u32(n)
end

local function map_header(n)
  if n < 16 then return char(0x80 + n) end
  if n < 0x10000 then return "\xDE" .. pack_u16(n) end
  return "\xDF" .. pack_u32(n)
end
codec.list_header, codec.map_header = list_header, map_header

local function key_path(path, key)
  if type(key) == "string" and key:match("^[%a_][%w_]*$") then return path .. "." .. key end
  return path .. "[" .. format("%q", key) .. "]"
end

-- How many items a list has; for a map nil, how many pairs and their keys in order, so that the same map is the same
-- message in every run. A table with holes or with both kinds of key is neither.
local function list_length(t, path)
  local n_numbers, n_strings, largest, texts = 0, 0, 0, nil
  for key in next, t do
    if type(key) == "string" then
      if not texts then texts = { nil, nil, nil, nil } end -- room for four, which grows more cheaply than none
      local at = n_strings
      if at < FEW then -- sorted in at once
        while at > 0 and key < texts[at] do
          texts[at + 1] = texts[at]
          at = at - 1
        end
      end
      texts[at + 1] = key
      n_strings = n_strings + 1
    elseif is_integer(key) and key >= 1 then
      n_numbers = n_numbers + 1
      if key > largest then largest = key end
    else
      local shown = type(key) == "number" and tostring(key) or "a " .. type(key)
      refuse(path, "has the key " .. shown .. "; keys must be strings, or 1, 2, 3 … for a list")
    end
  end
  if n_numbers == 0 then
    if n_strings > FEW then sort(texts) end
    return nil, n_strings, texts
  end
  if n_strings > 0 then
    sort(texts)
    refuse(path, format("mixes list items with the key %q; use a list or named fields, not both", texts[1]))
  end
  if largest ~= n_numbers then
    local hole = 1
    while t[hole] ~= nil do hole = hole + 1 end
    refuse(path, format("has a hole at [%d]; use JSON.null for an empty place", hole))
  end
  return n_numbers
end

local encode

local function encode_table(out, t, depth, state, path)
  local handle = handles[t]
  if handle then
    out[#out + 1] = "\xD6\x02" .. pack_u32(handle)
    return
  end
  if depth >= MAX_DEPTH then refuse(path, "is nested deeper than " .. MAX_DEPTH .. " levels") end
  if state.open[t] then refuse(path, "contains itself") end
  state.open[t] = true
  local n, n_fields, keys = list_length(t, path)
  if n == nil and n_fields == 0 and getmetatable(t) == "list" then n = 0 end
  state.items = state.items + (n or n_fields)
  if state.items > MAX_ITEMS then refuse(path, "holds more than " .. MAX_ITEMS .. " items") end
  if n then
    out[#out + 1] = list_header(n)
    for i = 1, n do encode(out, t[i], depth + 1, state, path, i) end
  else
    out[#out + 1] = map_header(n_fields)
    for i = 1, n_fields do
      local key = keys[i]
      if not is_utf8(key) then refuse(path, "has a key that is not UTF-8 text") end
      out[#out + 1] = pack_string(key)
      encode(out, rawget(t, key), depth + 1, state, path, key)
    end
  end
  state.open[t] = nil
end

-- `path` is the parent's; the own one is put together only when it is needed: for a table, or for an error.
encode = function(out, value, depth, state, path, key)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = pack_string(value)
  elseif kind == "number" then
    out[#out + 1] = is_integer(value) and pack_integer(value) or "\xCB" .. pack_float(value)
  elseif kind == "boolean" then
    out[#out + 1] = value and "\xC3" or "\xC2"
  elseif kind == "nil" or rawequal(value, null) then
    out[#out + 1] = "\xC0"
  elseif kind == "table" then
    encode_table(out, value, depth, state, key == nil and path or key_path(path, key))
  elseif kind == "function" then
    out[#out + 1] = "\xD6\x01" .. pack_u32(callbacks.number_of(value))
  else
    refuse(key == nil and path or key_path(path, key), "is a " .. kind .. ", which cannot leave the script")
  end
end

--- Pack one value. Raises an error table with code "not_convertible" and the path of what cannot be packed.
function codec.encode(value)
  local out = {}
  encode(out, value, 0, { open = {}, items = 0 }, "")
  return concat(out)
end

--- Pack the first `n` of the values as a list; trailing nils are dropped, as a call's arguments are.
function codec.encode_arguments(n, values)
  while n > 0 and values[n] == nil do n = n - 1 end
  local out, state = { list_header(n) }, { open = {}, items = 0 }
  for i = 1, n do encode(out, values[i], 0, state, "", i) end
  return concat(out)
end

local decode

local function decode_list(data, position, n)
  local list = {}
  if n == 0 then return setmetatable(list, lists), position end
  for i = 1, n do
    local value
    value, position = decode(data, position)
    if value == nil then value = null end -- nil would be a hole
    list[i] = value
  end
  return list, position
end

local function decode_map(data, position, n)
  local map = {}
  for _ = 1, n do
    local key, value
    key, position = decode(data, position)
    value, position = decode(data, position)
    map[key] = value
  end
  return map, position
end

local function u8(data, position) return byte(data, position) end
local function u16(data, position)
  local a, b = byte(data, position, position + 1)
  return a * 256 + b
end
local function u32(data, position)
  local a, b, c, d = byte(data, position, position + 3)
  return ((a * 256 + b) * 256 + c) * 256 + d
end

local function signed(value, limit) return value >= limit and value - 2 * limit or value end

local function decode_ext(data, position, size)
  local kind = u8(data, position)
  local start = position + 1
  if kind == 2 then
    local described = decode(data, start + 4)
    return make_handle(u32(data, start), described[1], described[2]), start + size
  end
  if kind == 3 then
    -- An integer that Lua has no room for: a float where that is exact, otherwise its digits.
    local digits = sub(data, start, start + size - 1)
    local number = tonumber(digits .. ".0")
    return format("%.0f", number) == digits and number or digits, start + size
  end
  error("unknown extension type " .. tostring(kind), 0)
end

local fixed = {
  [0xC0] = function(_, p) return nil, p end,
  [0xC2] = function(_, p) return false, p end,
  [0xC3] = function(_, p) return true, p end,
  [0xCA] = function(d, p) return compat.unpack_single(d, p), p + 4 end,
  [0xCB] = function(d, p) return unpack_float(d, p), p + 8 end,
  [0xCC] = function(d, p) return u8(d, p), p + 1 end,
  [0xCD] = function(d, p) return u16(d, p), p + 2 end,
  [0xCE] = function(d, p) return u32(d, p), p + 4 end,
  [0xCF] = function(d, p) return unpack_u64(d, p), p + 8 end,
  [0xD0] = function(d, p) return signed(u8(d, p), 0x80), p + 1 end,
  [0xD1] = function(d, p) return signed(u16(d, p), 0x8000), p + 2 end,
  [0xD2] = function(d, p) return signed(u32(d, p), 0x80000000), p + 4 end,
  [0xD3] = function(d, p) return unpack_i64(d, p), p + 8 end,
  [0xD4] = function(d, p) return decode_ext(d, p, 1) end,
  [0xD5] = function(d, p) return decode_ext(d, p, 2) end,
  [0xD6] = function(d, p) return decode_ext(d, p, 4) end,
  [0xD7] = function(d, p) return decode_ext(d, p, 8) end,
  [0xD8] = function(d, p) return decode_ext(d, p, 16) end,
  [0xC7] = function(d, p) return decode_ext(d, p + 1, u8(d, p)) end,
  [0xC8] = function(d, p) return decode_ext(d, p + 2, u16(d, p)) end,
  [0xC9] = function(d, p) return decode_ext(d, p + 4, u32(d, p)) end,
  [0xDC] = function(d, p) return decode_list(d, p + 2, u16(d, p)) end,
  [0xDD] = function(d, p) return decode_list(d, p + 4, u32(d, p)) end,
  [0xDE] = function(d, p) return decode_map(d, p + 2, u16(d, p)) end,
  [0xDF] = function(d, p) return decode_map(d, p + 4, u32(d, p)) end,
}

local function text(width, read)
  return function(data, position)
    local size = read(data, position)
    local start = position + width
    return sub(data, start, start + size - 1), start + size
  end
end
fixed[0xC4], fixed[0xC5], fixed[0xC6] = text(1, u8), text(2, u16), text(4, u32)
fixed[0xD9], fixed[0xDA], fixed[0xDB] = text(1, u8), text(2, u16), text(4, u32)

decode = function(data, position)
  local first = byte(data, position)
  position = position + 1
  if first < 0x80 then return first, position end
  if first < 0x90 then return decode_map(data, position, first - 0x80) end
  if first < 0xA0 then return decode_list(data, position, first - 0x90) end
  if first < 0xC0 then
    local size = first - 0xA0
    return sub(data, position, position + size - 1), position + size
  end
  if first >= 0xE0 then return first - 0x100, position end
  return fixed[first](data, position)
end

--- The value that starts at `position` (1 by default), and where the next one starts.
function codec.decode(data, position) return decode(data, position or 1) end

return codec
