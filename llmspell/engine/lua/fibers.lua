-- Flows of control: the main chunk, tasks and callbacks, each a coroutine of ours, and the script's own coroutines.
--
-- Rules:
--   * A fiber suspends by yielding (REQUEST, kind, payload). REQUEST is a private table, so a script cannot forge one.
--   * A script's own coroutine may suspend too: our `resume` and `wrap` pass its request outwards and the answer back
--     in, so a generator that calls the host never blocks other tasks.
--   * Where Lua cannot yield (a sort comparator, a gsub callback, a finalizer) the same step blocks, and the loop runs
--     the other tasks meanwhile.
--   * `pcall` and its relatives never hand "not enough memory" to the script: that ends the run.

local deps = ...
local py_block_step, py_fatal = deps.block_step, deps.fatal
local raw_pcall, raw_xpcall = pcall, xpcall
local create, raw_resume, yield, status = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status
local running, isyieldable, raw_close = coroutine.running, coroutine.isyieldable, coroutine.close
local traceback = debug.traceback
local error, ipairs, rawequal, setmetatable, type = error, ipairs, rawequal, setmetatable, type
local gmatch, find, concat = string.gmatch, string.find, table.concat

local REQUEST = {}
local fibers = {} -- id → coroutine
local is_fiber = setmetatable({}, { __mode = "k" }) -- coroutine → id
local on_end = {} -- id → function(ok, …): told the outcome before the loop is
local last_id = 0

local M = { fibers = fibers }

local function check(ok, ...)
  if not ok and ... == "not enough memory" then py_fatal("memory_limit", "") end
  return ok, ...
end

--- Suspend with a step; returns ok and the packed answer.
function M.suspend(kind, payload)
  if isyieldable() then return yield(REQUEST, kind, payload) end
  return py_block_step(kind, payload)
end

local function itself(fn) return fn end

--- A new fiber that will run fn(...); `ended(ok, …)` is told its results or its error, and returns what the loop gets
--- to know: the packed value or error, and "failed" where what went well so far has failed after all.
function M.new(fn, ended)
  last_id = last_id + 1
  local id = last_id
  local co = create(function(ok, value)
    if not ok then error(deps.to_error(value), 0) end -- cancelled before it began
    return REQUEST, "done", itself(fn)() -- or `fn` would be its name in traces
  end)
  fibers[id], is_fiber[co], on_end[id] = co, id, ended
  return id
end

local function forget(id)
  local ended = on_end[id]
  is_fiber[fibers[id]], fibers[id], on_end[id] = nil, nil, nil
  return ended
end

local function step(id, ok, first, kind, ...)
  local co = fibers[id]
  if not ok then
    if first == "not enough memory" then py_fatal("memory_limit", "") end
    local trace = traceback(co)
    if raw_close then raw_close(co) end
    return "failed", (forget(id)(false, first, trace))
  end
  if status(co) == "dead" then
    local packed, outcome = forget(id)(true, ...)
    return outcome or "done", packed
  end
  return kind, (...)
end

--- Run a fiber until its next step. Called by the loop: returns the step's kind and payload.
function M.resume(id, ok, value) return step(id, raw_resume(fibers[id], ok, value)) end

-- What scripts get ------------------------------------------------------------------------------------------------

--- debug.traceback, of the script's own frames.
function M.traceback(thread, message, level)
  if type(thread) ~= "thread" then thread, message, level = nil, thread, message end
  if message ~= nil and type(message) ~= "string" and type(message) ~= "number" then return message end
  local whole
  if thread then
    whole = is_fiber[thread] and "" or traceback(thread, nil, level)
  else
    whole = traceback("", (type(level) == "number" and level or 1) + 1)
  end
  local lines = { message and message .. "\nstack traceback:" or "stack traceback:" }
  for line in gmatch(whole, "[^\n]+") do
    if find(line, "^%s") and not find(line, "llmspell/", 1, true) then lines[#lines + 1] = line end
  end
  return concat(lines, "\n")
end

function M.pcall(...) return check(raw_pcall(...)) end
function M.xpcall(...) return check(raw_xpcall(...)) end

local co = {}
M.coroutine = co

for _, name in ipairs({ "create", "isyieldable" }) do co[name] = coroutine[name] end

function co.running()
  local thread = running()
  return thread, is_fiber[thread] ~= nil
end

function co.yield(...)
  if is_fiber[running()] then error("attempt to yield from outside a coroutine", 2) end
  return yield(...)
end

-- Coroutines that wait for the host. To Lua they are suspended, but only the answer may resume them: another task's
-- values would be taken for it.
local waiting = setmetatable({}, { __mode = "k" })

-- The coroutine waits for the host: hand its request outwards, and the answer back to it, until it yields or ends.
-- `rawequal`, because an `__eq` of the script's would be shown REQUEST.
local again
local function answered(thread, ...)
  waiting[thread] = nil
  return again(thread, raw_resume(thread, ...))
end
again = function(thread, ok, ...)
  if ok and rawequal((...), REQUEST) then
    local _, kind, payload = ...
    waiting[thread] = true
    return answered(thread, M.suspend(kind, payload))
  end
  return check(ok, ...)
end

function co.resume(thread, ...)
  if is_fiber[thread] then return false, "cannot resume a task" end
  if waiting[thread] then return false, "cannot resume non-suspended coroutine" end
  return again(thread, raw_resume(thread, ...))
end

function co.status(thread) return waiting[thread] and "normal" or status(thread) end

local function results(ok, ...)
  if not ok then error(..., 0) end
  return ...
end

function co.wrap(fn)
  local thread = create(fn)
  return function(...)
    if waiting[thread] then error("cannot resume non-suspended coroutine", 2) end
    return results(again(thread, raw_resume(thread, ...)))
  end
end

if raw_close then
  function co.close(thread)
    if is_fiber[thread] then error("cannot close a task", 2) end
    if waiting[thread] then error("cannot close a normal coroutine", 2) end
    return check(raw_close(thread))
  end
end

return M
