-- What the codec needs of the number and string libraries, on Lua 5.4.

local pack, unpack, math_type, utf8_len = string.pack, string.unpack, math.type, utf8.len
local string_format = string.format

return {
  is_integer = function(n) return math_type(n) == "integer" end,
  -- Strict UTF-8: no surrogates, nothing above U+10FFFF; utf8.len checks both unless it is told to be lax.
  is_utf8 = function(text) return utf8_len(text) ~= nil end,
  pack_float = function(n) return pack(">d", n) end,
  unpack_float = function(data, position) return (unpack(">d", data, position)) end,
  unpack_single = function(data, position) return (unpack(">f", data, position)) end,
  pack_u16 = function(n) return pack(">I2", n) end,
  pack_u32 = function(n) return pack(">I4", n) end,
  pack_i64 = function(n) return pack(">i8", n) end,
  unpack_i64 = function(data, position) return (unpack(">i8", data, position)) end,
  -- Above 2^63 Lua has no integer: a float where that is exact, otherwise the digits.
  unpack_u64 = function(data, position)
    local n = unpack(">i8", data, position)
    if n >= 0 then return n end
    local tens = (n >> 1) // 5
    local digits = tens .. (n - tens * 10)
    local float = n + 2.0 ^ 64
    return string_format("%.0f", float) == digits and float or digits
  end,
}
