-- The table that a script sees as _G: an allow list of the standard library, by level.
--
-- An allow list, not a deny list: a Lua release that adds a function must not widen what scripts can reach. The lists
-- are docs/security.md's. `deps.level` is full | grants | safe | safe_noload.

local deps = ...
local fibers, bind, ask, level, stream, fail =
  deps.fibers, deps.bind, deps.ask, deps.level, deps.streams, deps.fail
local settle = deps.settle
local raw_load, type, error, tostring, select = load, type, error, tostring, select
local raw_collect, byte, concat, floor = collectgarbage, string.byte, table.concat, math.floor

local ALLOWED = {
  base = { "assert", "error", "getmetatable", "ipairs", "rawequal", "rawlen", "select", "setmetatable", "tonumber",
    "tostring", "type", "unpack" },
  string = { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse", "sub",
    "upper", "pack", "packsize", "unpack" },
  table = { "concat", "insert", "move", "pack", "remove", "sort", "unpack", "maxn" },
  math = { "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg", "exp", "floor", "fmod", "frexp",
    "huge", "ldexp", "log", "log10", "max", "maxinteger", "min", "mininteger", "modf", "pi", "pow", "rad", "random",
    "randomseed", "sin", "sinh", "sqrt", "tan", "tanh", "tointeger", "type", "ult" },
  utf8 = { "char", "charpattern", "codepoint", "codes", "len", "offset" },
  bit = { "arshift", "band", "bnot", "bor", "bswap", "bxor", "lshift", "rol", "ror", "rshift", "tobit", "tohex" },
  os = { "clock", "date", "difftime", "time" },
}

local env = { _VERSION = _VERSION }
env._G = env

local function copy(names, from)
  local to = {}
  for _, name in ipairs(names) do to[name] = from[name] end
  return to
end

for name, value in next, copy(ALLOWED.base, _G) do env[name] = value end
for _, library in ipairs({ "string", "table", "math", "utf8", "bit", "os" }) do
  if _G[library] then env[library] = copy(ALLOWED[library], _G[library]) end
end
env.table.unpack = env.table.unpack or unpack
env.coroutine = fibers.coroutine
env.pcall, env.xpcall = fibers.pcall, fibers.xpcall
env.next, env.pairs, env.rawget, env.rawset = bind.next, bind.pairs, bind.rawget, bind.rawset
env.tostring = stream.tostring

-- Clocks are noted, so that a run can be repeated: the time of day and not what is made of it.
local note, raw_time, raw_clock, raw_date = deps.clock, os.time, os.clock, os.date
if note then
  function env.os.time(fields)
    if fields == nil then return note(raw_time()) end
    return raw_time(fields)
  end
  function env.os.clock() return note(raw_clock()) end
  function env.os.date(form, time) return raw_date(form or "%c", time or note(raw_time())) end
end

-- Without a seed Lua takes one from the clock and an address; here it comes from the run's own.
local raw_seed, random = math.randomseed, math.random
function env.math.randomseed(...)
  if select("#", ...) > 0 then return raw_seed(...) end
  if jit then return raw_seed(random() * 2 ^ 53) end
  return raw_seed(random(0), random(0))
end

-- Methods of strings (("x"):rep(3)) come from the same list; string.dump is not on it.
local string_meta = getmetatable("")
string_meta.__index = env.string
string_meta.__metatable = false

-- Only what cannot harm: "stop" and the pause settings would let garbage grow to the memory limit.
function env.collectgarbage(option, ...)
  option = option or "collect"
  if option == "collect" or option == "count" or option == "step" or option == "isrunning" then
    return raw_collect(option, ...)
  end
  if option == "stop" or option == "restart" or option == "setpause" or option == "setstepmul"
    or option == "incremental" or option == "generational" then return 0 end
  error("bad argument #1 to 'collectgarbage' (invalid option '" .. tostring(option) .. "')", 2)
end

-- Source text only: bytecode can crash the interpreter.
local function load_text(chunk, name, given, chunk_env)
  if type(chunk) == "function" then
    local pieces = {}
    while true do
      local piece = chunk()
      if piece == nil or piece == "" then break end
      if type(piece) ~= "string" then return nil, "reader function must return a string" end
      pieces[#pieces + 1] = piece
    end
    chunk, name = concat(pieces), name or "=(load)"
  elseif type(chunk) ~= "string" then
    error("bad argument #1 to 'load' (string or function expected, got " .. type(chunk) .. ")", 3)
  end
  if byte(chunk, 1) == 27 then return nil, "attempt to load a binary chunk (only text is accepted)" end
  if given then return raw_load(chunk, name, "t", chunk_env) end
  return raw_load(chunk, name, "t", env)
end

if level ~= "safe_noload" then
  function env.load(chunk, name, _, ...) return load_text(chunk, name, select("#", ...) > 0, (...)) end
  if loadstring then env.loadstring = env.load end
end

-- Modules beside the script; the host finds, permits and reads them.
local loaded = {}
env.package = { loaded = loaded }
for _, name in ipairs({ "string", "table", "math", "utf8", "coroutine", "os", "bit" }) do loaded[name] = env[name] end
loaded._G = env

function env.require(name)
  if type(name) ~= "string" then error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ")", 2) end
  if loaded[name] ~= nil then return loaded[name] end
  local found = ask("module", name, "lua")
  local chunk, problem = raw_load(found.source, "@" .. found.name, "t", env)
  if not chunk then error(problem, 0) end
  local value = chunk(name, found.name)
  if loaded[name] == nil then loaded[name] = value == nil and true or value end
  return loaded[name], found.name
end

function env.dofile(path)
  local found = ask("source", path)
  local chunk, problem = raw_load(found.source, "@" .. found.name, "t", env)
  if not chunk then error(problem, 0) end
  return chunk()
end

function env.loadfile(path, _, ...)
  local found = ask("source", path)
  if select("#", ...) > 0 then return raw_load(found.source, "@" .. found.name, "t", (...)) end
  return raw_load(found.source, "@" .. found.name, "t", env)
end

function env.os.getenv(name) return ask("getenv", name) end
function env.os.exit(code)
  if code == nil or code == true then code = 0 elseif code == false then code = 1 end
  if type(code) ~= "number" then error("bad argument #1 to 'exit' (number expected)", 2) end
  if code % 1 ~= 0 then error("bad argument #1 to 'exit' (number has no integer representation)", 2) end
  settle()
  fibers.suspend("exit", floor(code % 256))
end

for name, value in next, stream.globals do env[name] = value end
env.io = stream.io

-- What scripts ask for by habit, and what they can use in its place.
local INSTEAD = {
  ["os.execute"] = "no program can be started from here; --profile none has os.execute",
  ["os.remove"] = 'use Tool.execute("file-operations", {operation = "delete", path = …}); --profile none has os.remove',
  ["os.rename"] = 'use Tool.execute("file-operations", {operation = "move", path = …, to = …}); --profile none has os.rename',
  ["os.tmpname"] = "open a file in a folder that --allow write:FOLDER grants; --profile none has os.tmpname",
  ["io.popen"] = "no program can be started from here; --profile none has io.popen, with --engine luajit",
}
local function leave_out(library, name)
  local full_name = library .. "." .. name
  env[library][name] = function()
    fail("permission_denied", full_name .. " is not available here", INSTEAD[full_name])
  end
end

-- At profile none the rest of the standard library is there as it is; the rest of `debug` is not, at any level.
if level == "full" then
  for _, name in ipairs({ "execute", "remove", "rename", "tmpname", "setlocale" }) do env.os[name] = os[name] end
  for name, value in next, stream.full_io do
    if env.io[name] == nil then env.io[name] = value end
  end
  if not jit then leave_out("io", "popen") end -- this build of Lua 5.4 has no popen
  env.dofile, env.loadfile = dofile, loadfile
else
  for _, name in ipairs({ "execute", "remove", "rename", "tmpname" }) do leave_out("os", name) end
  leave_out("io", "popen")
end

env.debug = { traceback = fibers.traceback }
loaded.debug = env.debug

return env
