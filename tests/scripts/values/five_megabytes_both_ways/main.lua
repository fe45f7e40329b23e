local big = ("0123456789abcdef"):rep(5 * 65536)
local r = Tool.execute("text-manipulator", { operation = "uppercase", input = big }).result
print(#r, r:sub(1, 16), r == big:upper())
print(Tool.execute("hash-calculator", { input = big }).result.hash)
