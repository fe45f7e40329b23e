-- What the codec needs of the number and string libraries, on LuaJIT, whose string library cannot pack numbers.
--
-- Numbers are doubles: one without a fraction, below 2^53, counts as an integer. `native` holds four functions of the
-- engine's (bytes in, bytes out) for what would be slow or inexact here.

local native = ...
local char, byte, find, sub, floor = string.char, string.byte, string.find, string.sub, math.floor

local function u32(data, position)
  local a, b, c, d = byte(data, position, position + 3)
  return ((a * 256 + b) * 256 + c) * 256 + d
end

local function pack_u32(n)
  return char(floor(n / 0x1000000) % 256, floor(n / 0x10000) % 256, floor(n / 0x100) % 256, n % 256)
end

return {
  is_integer = function(n) return type(n) == "number" and n % 1 == 0 and n > -2 ^ 53 and n < 2 ^ 53 end,
  is_utf8 = function(text) return not find(text, "[\128-\255]") or native.is_utf8(text) end,
  pack_float = native.pack_float,
  unpack_float = function(data, position) return native.unpack_float(sub(data, position, position + 7)) end,
  unpack_single = function(data, position) return native.unpack_single(sub(data, position, position + 3)) end,
  pack_u16 = function(n) return char(floor(n / 256), n % 256) end,
  pack_u32 = pack_u32,
  pack_i64 = function(n)
    local high = floor(n / 2 ^ 32)
    return pack_u32(high % 2 ^ 32) .. pack_u32(n - high * 2 ^ 32)
  end,
  unpack_i64 = function(data, position)
    local high = u32(data, position)
    if high >= 0x80000000 then high = high - 2 ^ 32 end
    return high * 2 ^ 32 + u32(data, position + 4)
  end,
  unpack_u64 = function(data, position) return u32(data, position) * 2 ^ 32 + u32(data, position + 4) end,
}
