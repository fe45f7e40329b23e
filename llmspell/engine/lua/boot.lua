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
-- A function keeps its number for as long as it lives, so that numbers do not depend on when the host lets go.
local callback_of, n_sent, last_callback = {}, {}, 0
local number_of = setmetatable({}, { __mode = "k" })
local callbacks = {
  number_of = function(fn)
    local number = number_of[fn]
    if not number then
      last_callback = last_callback + 1
      number = last_callback
      number_of[fn] = number
    end
    callback_of[number], n_sent[number] = fn, (n_sent[number] or 0) + 1
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
local noted = native.begin_notes(start.notes, start.replay) -- whether clocks are read through it
if jit and start.lua == "safe_noload" then jit.off() end -- the confinement of profile high has no executable memory

local function fail(code, message, hint) error(errors.make({ code = code, message = message, hint = hint }), 0) end

--- A table of options may hold one name; another one is a slip that must not pass silently.
local function check_options(who, options, known)
  if options == nil then return end
  if type(options) ~= "table" then
    fail("bad_argument", who .. ": the options must be a table, got " .. type(options))
  end
  for name in next, options do
    if name ~= known then
      fail("bad_argument", who .. ' has no option "' .. tostring(name) .. '"', "the option is " .. known)
    end
  end
end

local fibers = part("fibers", {
  block_step = native.block_step, fatal = native.fatal,
  to_error = function(packed) return errors.make((codec.decode(packed))) end,
})

bind = part("bind", {
  codec = codec, fibers = fibers, handles = handles, release = native.release, make_error = errors.make,
  ordered = part("order"),
})

-- Host functions behind parts of the standard library: getenv, require, open.
local asked = {}
local function ask(name, ...)
  asked[name] = asked[name] or bind.method("_host", name)
  return asked[name](...)
end

-- Files of ours, of which stdin is one: their methods are compiled when the first is used.
local files, granted_files
local file_meta = { __name = "FILE*", __metatable = false, __tostring = function() return "file" end,
  __index = function(file, key)
    granted_files()
    return file[key]
  end }
local stdin = setmetatable({}, file_meta)
local streams = part("streams", {
  fatal = native.fatal, output_limit = start.limits.output_bytes, tty = start.tty, level = start.lua,
  make_error = errors.make, stdin = stdin, tostring = part("identity"),
})
function granted_files()
  files = files or part("files", {
    ask = ask, fail = fail, method = bind.method, handles = handles, pcall = fibers.pcall, meta = file_meta,
    stdin = stdin, read_stdin = native.read_stdin, seek_stdin = native.seek_stdin, flush = streams.flush,
  })
  return files
end
if start.lua ~= "full" then
  function streams.open(...) return granted_files().open(...) end
  function streams.lines(...) return granted_files().lines(...) end
  function streams.type_of(value) return files and files.type_of(value) end
end

-- Write out what the script has left in files. Returns the first problem.
local function settle()
  if start.lua == "full" then return streams.settle() end
  return files and files.settle()
end

local env = part("environment", {
  fibers = fibers, bind = bind, ask = ask, fail = fail, level = start.lua, streams = streams,
  clock = noted and native.clock or nil,
  settle = function()
    local problem = settle()
    if problem then error(problem, 0) end
  end,
})

-- What this engine implements itself, by global; compiled when it is first used.
local JSON, Async, tasks, promise, unheard
local function json()
  JSON = JSON or part("json", { null = null, lists = lists, compat = compat, fail = fail, check_options = check_options })
  return JSON
end
local function async()
  if not Async then
    Async, tasks, unheard = part("async", {
      check_options = check_options,
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

local program = part("program", {
  codec = codec, errors = errors, fibers = fibers, env = env, json = json, streams = streams, handles = handles,
  args = args, show = start.show, settle = settle, unheard = function()
    if unheard then return unheard() end
    return {}, 0
  end,
})
local M = {}

--- The id of a fiber that runs a callback with a packed list of arguments.
function M.callback(number, packed)
  local fn = callback_of[number]
  return fibers.new(function()
    if not fn then fail("not_found", "the script has no callback " .. number) end
    local list, values = codec.decode(packed), {}
    -- null stands for nil in lists; a function's arguments want nil.
    for i = 1, #list do if list[i] ~= null then values[i] = list[i] end end
    return codec.encode((fn((table.unpack or unpack)(values, 1, #list))))
  end, program.ended(function(result) return result end))
end

function M.release_callback(number)
  local fn = callback_of[number]
  if not fn then return end
  n_sent[number] = n_sent[number] - 1
  if n_sent[number] == 0 then callback_of[number], n_sent[number] = nil, nil end
end

function M.pack_error(code, message, hint)
  return codec.encode({ code = code, message = message, hint = hint ~= "" and hint or nil })
end

M.resume, M.flush = fibers.resume, streams.flush
function M.collect() collectgarbage() end
function M.has_callbacks() return next(callback_of) ~= nil end
return program.load, program.main, M.callback, M.release_callback, M.pack_error, M.resume, M.flush, M.collect, M.has_callbacks
