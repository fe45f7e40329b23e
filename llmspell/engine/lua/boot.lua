-- Puts the Lua side together, once for each run, before the process is confined and before it sees the script.
--
-- `native` are the engine's functions (they return ok, value and never raise), `sources` the other files of this
-- folder by name, `start` the packed Start body. Returns the functions that the engine calls.

local native, sources, start_body = ...

local function part(name, deps) return assert((loadstring or load)(sources[name], "=llmspell/" .. name))(deps) end

local compat = part(jit and "compatjit" or "compat54", native)
local null = setmetatable({}, { __name = "null", __metatable = false, __tostring = function() return "null" end,
  __newindex = function() error("JSON.null cannot be changed", 2) end })
local lists = { __name = "list", __metatable = "list" } -- marks empty lists that came from the host
local handles = setmetatable({}, { __mode = "k" })
local errors = part("errors")

-- Functions that the host holds. Each sending is counted, and the host gives back as many as it received: a release
-- that crosses a sending on its way cannot take the function from under the host.
local callback_of, number_of, n_sent, last_callback = {}, {}, {}, 0
local callbacks = {
  number_of = function(fn)
    local number = number_of[fn]
    if not number then
      last_callback = last_callback + 1
      number = last_callback
      number_of[fn], callback_of[number], n_sent[number] = number, fn, 0
    end
    n_sent[number] = n_sent[number] + 1
    return number
  end,
}

local bind
local codec = part("codec", {
  compat = compat, lists = lists, handles = handles, callbacks = callbacks, null = null,
  max_depth = native.max_depth, max_items = native.max_items,
  make_handle = function(...) return bind.make_handle(...) end,
})
local start = codec.decode(start_body)
if jit and start.lua == "safe_noload" then jit.off() end -- the confinement of profile high has no executable memory

local function fail(code, message, hint) error(errors.make({ code = code, message = message, hint = hint }), 0) end

local fibers = part("fibers", {
  block_step = native.block_step, fatal = native.fatal,
  to_error = function(packed) return errors.make((codec.decode(packed))) end,
})

bind = part("bind", {
  codec = codec, fibers = fibers, handles = handles, release = native.release, make_error = errors.make, pairs = pairs,
})

-- Host functions behind parts of the standard library: getenv, require, open.
local asked = {}
local function ask(name, ...)
  asked[name] = asked[name] or bind.method("_host", name)
  return asked[name](...)
end

local streams = part("streams", {
  fatal = native.fatal, output_limit = start.limits.output_bytes, tty = start.tty, level = start.lua,
  ask = ask, make_error = errors.make,
})
local open
function streams.open(...)
  open = open or part("files", { ask = ask, fail = fail, method = bind.method, handles = handles })
  return open(...)
end

local env = part("environment", {
  fibers = fibers, bind = bind, ask = ask, level = start.lua, streams = streams,
})

-- What this engine implements itself, by global; compiled when it is first used.
local JSON, Async, tasks, promise
local function json()
  JSON = JSON or part("json", { null = null, lists = lists, compat = compat, fail = fail })
  return JSON
end
local function async()
  if not Async then
    Async, tasks = part("async", {
      fibers = fibers, make_error = errors.make, codec = codec,
      spawn = native.spawn, cancel = native.cancel, unpark = native.unpark, new_key = native.new_key,
    })
  end
  return Async
end
local own = {
  JSON = json,
  Async = async,
  Promise = function()
    async()
    promise = promise or part("promise", { fibers = fibers, tasks = tasks, pcall = fibers.pcall })
    return promise.Promise
  end,
}
own.Streaming = function()
  own.Promise()
  return promise.Streaming
end
bind.install(env, start.interface, own)

-- ARGS: positional by number and by its text, named by name. `arg` as in the lua program.
local args = start.args
local ARGS, arg = {}, { [0] = start.name }
for i, text in ipairs(args.positional) do ARGS[i], ARGS[tostring(i)] = text, text end
for name, text in next, args.named do ARGS[name] = text end
for i, text in ipairs(args.list) do arg[i] = text end
env.ARGS, env.arg = ARGS, arg

env.math.randomseed(start.seed)

local M = {}
local main_chunk, mode

local source_lines

-- The script's own frames, newest last, each with its line of source, as Python shows them. Methods of strings are the
-- script's to change, so they are called by our own names here, where an error would have nobody to go to.
local find, match, gmatch = string.find, string.match, string.gmatch
local function frames(trace)
  local found = {}
  for line in gmatch(trace, "[^\n]+") do
    local name, number, where = match(line, "^%s+(.-):(%d+): in (.+)$")
    if name and not find(name, "^llmspell/") and not find(name, "^%[") then
      local text = name == source_lines.name and source_lines[tonumber(number)]
      local shown = "  " .. name .. ":" .. number .. ": in " .. where
      table.insert(found, 1, text and shown .. "\n    " .. match(text, "^%s*(.-)%s*$") or shown)
    end
  end
  return table.concat(found, "\n")
end

local function failure(problem, trace)
  local map = errors.describe(problem, trace and frames(trace))
  local ok, packed = pcall(codec.encode, map)
  if ok then return packed end
  map.details = nil -- only the details can hold what cannot be packed
  return codec.encode(map)
end

--- Compile the script. Returns nothing, or the packed error map.
function M.load(packed)
  local execute = codec.decode(packed)
  local source, name, how = execute.source, execute.name, execute.mode
  if source:sub(1, 1) == "\27" then
    return failure(errors.make({ code = "syntax_error", message = name .. ": is Lua bytecode; only source text runs" }))
  end
  source_lines = { name = name }
  for line in (source .. "\n"):gmatch("(.-)\r?\n") do source_lines[#source_lines + 1] = line end
  -- A `#!` line is skipped, its line end kept, so that line numbers are the file's.
  if how == "script" and source:sub(1, 1) == "#" then source = "--" .. source end
  local chunk, problem
  mode = how
  if how ~= "script" then chunk = load("return " .. source, "=" .. name, "t", env) end
  if not chunk then chunk, problem = load(source, "=" .. name, "t", env) end
  if not chunk then
    local incomplete = problem:find("near <eof>$") ~= nil
    return failure(errors.make({ code = "syntax_error", message = problem, details = { incomplete = incomplete } }))
  end
  main_chunk = chunk
end

local function show(value)
  if value == nil then return end
  local text
  if type(value) == "table" and not handles[value] and getmetatable(value) == nil or getmetatable(value) == "list" then
    text = json().stringify(value, { pretty = true })
  else
    text = tostring(value)
  end
  env.print(text)
end

local function ended(packer)
  return function(ok, ...)
    if not ok then return failure(...) end
    return packer(...)
  end
end

-- A value that cannot be packed is the script's mistake, reported as one.
local function pack_result(value)
  local ok, packed = pcall(codec.encode, value)
  return ok and packed or "\xC0"
end

local function each_line()
  for line in env.io.lines() do
    env.line = line
    local value = main_chunk()
    if mode == "each_print" then
      env.print(value ~= nil and tostring(value) or env.line)
    elseif value ~= nil then
      show(value)
    end
  end
end

--- The id of the fiber that runs the script.
function M.main()
  local unpack = table.unpack or unpack
  if mode == "each" or mode == "each_print" then return fibers.new(each_line, ended(pack_result)) end
  return fibers.new(function()
    if mode ~= "eval" then return main_chunk(unpack(args.list)) end
    local value = main_chunk(unpack(args.list))
    if start.show then show(value) end
    return value
  end, ended(pack_result))
end

--- The id of a fiber that runs a callback with a packed list of arguments.
function M.callback(number, packed)
  local fn = callback_of[number]
  return fibers.new(function()
    if not fn then fail("not_found", "the script has no callback " .. number) end
    local list, values = codec.decode(packed), {}
    -- null stands for nil in lists; a function's arguments want nil.
    for i = 1, #list do if list[i] ~= null then values[i] = list[i] end end
    return codec.encode((fn((table.unpack or unpack)(values, 1, #list))))
  end, ended(function(result) return result end))
end

function M.release_callback(number)
  local fn = callback_of[number]
  if not fn then return end
  n_sent[number] = n_sent[number] - 1
  if n_sent[number] == 0 then number_of[fn], callback_of[number], n_sent[number] = nil, nil, nil end
end

function M.pack_error(code, message, hint)
  return codec.encode({ code = code, message = message, hint = hint ~= "" and hint or nil })
end

M.resume, M.flush = fibers.resume, streams.flush
function M.collect() collectgarbage() end
function M.has_callbacks() return next(callback_of) ~= nil end
return M.load, M.main, M.callback, M.release_callback, M.pack_error, M.resume, M.flush, M.collect, M.has_callbacks
