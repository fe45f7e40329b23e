-- Async: tasks, their combinators, and channels.
--
-- Everything waits by parking on a key and is woken by `unpark`; a task's end unparks whoever waits for it. The loop
-- knows nothing of these shapes. The Python engine has the same functions with the same meaning
-- (engine/python_async.py); tests/scripts keeps the two together.

local deps = ...
local fibers, make_error, codec = deps.fibers, deps.make_error, deps.codec
local py_spawn, py_cancel, py_unpark, py_new_key = deps.spawn, deps.cancel, deps.unpark, deps.new_key
local pack, unpack = table.pack or function(...) return { n = select("#", ...), ... } end, table.unpack or unpack
local type, error, setmetatable, ipairs, select, rawget, next =
  type, error, setmetatable, ipairs, select, rawget, next
local floor = math.floor

local record_of = setmetatable({}, { __mode = "k" }) -- task or promise → its record
local Async, Channel = {}, {}

local function fail(code, message, hint) error(make_error({ code = code, message = message, hint = hint }), 0) end

local function want(value, kind, who)
  if type(value) ~= kind then fail("bad_argument", who .. " must be a " .. kind .. ", got " .. type(value)) end
  return value
end

-- Records: something that ends once, with results or an error ------------------------------------------------------

local function new_record() return { state = "running", watchers = {} } end

local function settle(record, state, values)
  if record.state ~= "running" then return end
  record.state, record.values = state, values
  for _, watcher in ipairs(record.watchers) do watcher(record) end
  record.watchers = {}
end

local running, failures, n_failures = {}, {}, 0 -- of tasks; what nobody waited for is told when the run ends

local function watch(record, fn)
  record.heard = true
  if record.state ~= "running" then return fn(record) end
  record.watchers[#record.watchers + 1] = fn
end

local function park(key)
  local ok, value = fibers.suspend("park", key)
  if not ok then error(make_error((codec.decode(value))), 0) end
end

local function wait(record)
  if record.state == "running" then
    local key = py_new_key()
    watch(record, function() py_unpark(key) end)
    while record.state == "running" do park(key) end
  end
end

local function outcome(record)
  if record.state == "done" then return unpack(record.values, 1, record.values.n) end
  error(record.values[1], 0)
end

-- Tasks -----------------------------------------------------------------------------------------------------------

local METHODS = {}
local TASK = { __name = "Task", __metatable = false, __index = METHODS, __tostring = function(t) return "Task " .. record_of[t].number end }

local function spawn(fn, ...)
  want(fn, "function", "the task")
  local args, record = pack(...), new_record()
  local id = fibers.new(function() return fn(unpack(args, 1, args.n)) end, function(ok, ...)
    if ok then
      settle(record, "done", pack(...))
    else
      local reason = ...
      local cancelled = type(reason) == "table" and rawget(reason, "code") == "cancelled"
      settle(record, cancelled and "cancelled" or "failed", { n = 1, reason })
      if not cancelled and not record.heard and n_failures < 100 then
        n_failures = n_failures + 1
        failures[n_failures] = record
      end
    end
    running[record] = nil
    return ""
  end)
  running[record] = true
  record.number = py_spawn(id)
  local task = setmetatable({}, TASK)
  record_of[task] = record
  return task
end

local function record(value, who)
  local found = type(value) == "table" and record_of[value]
  if not found then fail("bad_argument", who .. " must be a task or a promise, got " .. type(value)) end
  found.heard = true
  return found
end

local function cancel(rec)
  rec.heard = true
  if rec.state ~= "running" or not rec.number then return false end
  return py_cancel(rec.number)
end

METHODS["await"] = function(task)
  local rec = record(task, "await's subject")
  wait(rec)
  return outcome(rec)
end
METHODS.wait = METHODS["await"]
METHODS.result = METHODS["await"]
function METHODS.cancel(task) return cancel(record(task, "cancel's subject")) end
function METHODS.done(task) return record(task, "done's subject").state ~= "running" end
function METHODS.status(task) return record(task, "status's subject").state end

function Async.spawn(fn, ...) return spawn(fn, ...) end

-- A list of tasks, promises and functions (which are spawned) as records.
local function records(list, who)
  want(list, "table", who .. ": the list")
  local found = {}
  for i = 1, #list do
    local item = list[i]
    if type(item) == "function" then item = spawn(item) end
    found[i] = record(item, who .. ": item " .. i)
  end
  return found
end

-- Wait until `enough(record)` says so for one that has ended, or all have. Cancellation of the waiter cancels them.
local function gather(list, enough)
  local key, left, stop = py_new_key(), #list, false
  for _, rec in ipairs(list) do
    watch(rec, function(ended)
      left = left - 1
      if enough(ended) then stop = true end
      if stop or left == 0 then py_unpark(key) end
    end)
  end
  while not stop and left > 0 do
    local ok, value = fibers.suspend("park", key)
    if not ok then
      for _, rec in ipairs(list) do cancel(rec) end
      error(make_error((codec.decode(value))), 0)
    end
  end
end

local function cancel_rest(list)
  for _, rec in ipairs(list) do cancel(rec) end
end

function Async.all(list)
  local recs, failed = records(list, "Async.all"), nil
  gather(recs, function(rec)
    if rec.state ~= "done" then failed = failed or rec end
    return failed
  end)
  if failed then
    cancel_rest(recs)
    return outcome(failed)
  end
  local results = {}
  for i, rec in ipairs(recs) do results[i] = rec.values[1] end
  return results
end

function Async.race(list)
  local recs, first = records(list, "Async.race"), nil
  if #recs == 0 then fail("bad_argument", "Async.race needs at least one task") end
  gather(recs, function(rec)
    first = first or rec
    return true
  end)
  cancel_rest(recs)
  return outcome(first)
end

function Async.any(list)
  local recs, first, last = records(list, "Async.any"), nil, nil
  if #recs == 0 then fail("bad_argument", "Async.any needs at least one task") end
  gather(recs, function(rec)
    if rec.state == "done" then first = first or rec else last = rec end
    return first
  end)
  cancel_rest(recs)
  return outcome(first or last)
end

function Async.map(list, fn, options)
  want(list, "table", "Async.map: the list")
  want(fn, "function", "Async.map: the function")
  local n = #list
  deps.check_options("Async.map", options, "limit")
  local limit = options and options.limit or 8
  if type(limit) ~= "number" or limit < 1 and n > 0 then
    fail("bad_argument", "Async.map: limit must be a number of at least 1")
  end
  local results, position, workers = {}, 0, {}
  local function work()
    while position < n do
      position = position + 1
      local i = position
      results[i] = fn(list[i], i)
    end
  end
  for i = 1, floor(limit < n and limit or n) do workers[i] = spawn(work) end
  Async.all(workers)
  return results
end

local function seconds(value, who)
  if type(value) ~= "number" or value ~= value or value < 0 then
    fail("bad_argument", who .. ": the seconds must be a number of at least 0")
  end
  return value + 0.0
end

function Async.sleep(duration)
  local ok, value = fibers.suspend("sleep", seconds(duration, "Async.sleep"))
  if not ok then error(make_error((codec.decode(value))), 0) end
end

function Async.timeout(duration, fn)
  duration = seconds(duration, "Async.timeout")
  local work = record(type(fn) == "function" and spawn(fn) or fn, "Async.timeout: the task")
  local timer = record_of[spawn(function() Async.sleep(duration) end)]
  gather({ work, timer }, function() return true end)
  if work.state == "running" then
    cancel(work)
    fail("timed_out", ("the task took longer than %g s"):format(duration))
  end
  cancel(timer)
  return outcome(work)
end

-- Channels --------------------------------------------------------------------------------------------------------

local CHANNEL = { __name = "Channel", __metatable = false, __index = Channel }
local channel_of = setmetatable({}, { __mode = "k" })

--- A queue between tasks. `size` items may wait unread; with 0 a send waits until its item is taken.
function Async.channel(size)
  local key = py_new_key()
  local channel = setmetatable({}, CHANNEL)
  channel_of[channel] = { key = key, size = size or 0, first = 1, last = 0, taken = 0, items = {}, closed = false }
  return channel
end

function Channel.send(channel, value)
  local c = channel_of[channel]
  if c.closed then fail("channel_closed", "the channel is closed") end
  if value == nil then fail("bad_argument", "nil cannot be sent; it means that the channel is closed") end
  c.last = c.last + 1
  local mine = c.last
  c.items[mine] = value
  py_unpark(c.key)
  while mine - c.taken > c.size and not c.closed do park(c.key) end
end

function Channel.receive(channel)
  local c = channel_of[channel]
  while c.first > c.last do
    if c.closed then return nil end
    park(c.key)
  end
  local value = c.items[c.first]
  c.items[c.first] = nil
  c.first, c.taken = c.first + 1, c.taken + 1
  py_unpark(c.key)
  return value
end

function Channel.close(channel)
  local c = channel_of[channel]
  c.closed = true
  py_unpark(c.key)
end

-- What promise.lua builds on.
local records_of_tasks = {
  record_of = record_of, new_record = new_record, settle = settle, watch = watch, wait = wait, outcome = outcome,
  record = record, spawn = spawn, want = want, fail = fail, await = METHODS["await"], Async = Async,
}

--- What became of tasks that nobody waited for: the errors of those that failed, and how many are running still.
local function unheard()
  local errors, n_running = {}, 0
  for _, rec in ipairs(failures) do
    if not rec.heard then errors[#errors + 1] = rec.values[1] end
  end
  for rec in next, running do
    if not rec.heard then n_running = n_running + 1 end
  end
  return errors, n_running
end

return Async, records_of_tasks, unheard
