-- Eight small programs; `speed.lua NAME` prints the seconds that one of them took, without start-up.
local P = {}

function P.fib()
  local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
  return fib(30)
end

function P.loop()
  local sum = 0
  for i = 1, 15000000 do sum = (sum + i * i) % 1000003 end
  return sum
end

function P.nbody()
  local bodies = {}
  for i = 1, 5 do
    bodies[i] = { x = i * 1.1, y = i * 0.7, z = -i * 0.3, vx = 0.01 * i, vy = -0.02 * i, vz = 0.005 * i, mass = 1.0 / i }
  end
  for _ = 1, 60000 do
    for i = 1, 5 do
      local a = bodies[i]
      for j = i + 1, 5 do
        local b = bodies[j]
        local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
        local d2 = dx * dx + dy * dy + dz * dz
        local mag = 0.001 / (d2 * math.sqrt(d2))
        a.vx = a.vx - dx * b.mass * mag
        a.vy = a.vy - dy * b.mass * mag
        a.vz = a.vz - dz * b.mass * mag
        b.vx = b.vx + dx * a.mass * mag
        b.vy = b.vy + dy * a.mass * mag
        b.vz = b.vz + dz * a.mass * mag
      end
    end
    for i = 1, 5 do
      local it = bodies[i]
      it.x, it.y, it.z = it.x + 0.001 * it.vx, it.y + 0.001 * it.vy, it.z + 0.001 * it.vz
    end
  end
  return bodies[1].x
end

function P.sieve()
  local n, count = 2000000, 0
  local composite = {}
  for i = 1, n do composite[i] = false end
  for i = 2, n do
    if not composite[i] then
      count = count + 1
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return count
end

function P.strings()
  local parts = {}
  for i = 1, 200000 do parts[#parts + 1] = ("item %d"):format(i) .. ";" end
  local text = table.concat(parts)
  local words = 0
  for _ in text:gmatch("%a+") do words = words + 1 end
  return #text:gsub("item", "thing"):upper() + words
end

function P.sort()
  local seed, values = 42, {}
  for i = 1, 200000 do
    seed = (seed * 1103515245 + 12345) % 2147483648
    values[i] = seed
  end
  table.sort(values)
  table.sort(values, function(a, b) return a > b end)
  return values[1]
end

function P.dict()
  local counts = {}
  for i = 1, 2000000 do
    local key = "k" .. (i * 7919) % 5003
    counts[key] = (counts[key] or 0) + 1
  end
  local sum = 0
  for _, n in pairs(counts) do sum = sum + n end
  return sum
end

function P.closures()
  local function counter(step)
    local n = 0
    return function()
      n = n + step
      return n
    end
  end
  local sum = 0
  for i = 1, 60000 do
    local f = counter(i % 7)
    for _ = 1, 30 do sum = sum + f() end
  end
  return sum
end

local program = P[arg[1]]
local best = math.huge
for _ = 1, 3 do
  local started = os.clock()
  program()
  best = math.min(best, os.clock() - started)
end
print(best)
