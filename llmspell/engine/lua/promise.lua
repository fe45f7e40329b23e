-- Promise and Streaming, on the records that async.lua keeps of tasks.

local deps = ...
local fibers = deps.fibers
local tasks = deps.tasks
local record_of, new_record, settle, watch = tasks.record_of, tasks.new_record, tasks.settle, tasks.watch
local wait, outcome, record, spawn, want = tasks.wait, tasks.outcome, tasks.record, tasks.spawn, tasks.want
local fail, await, Async = tasks.fail, tasks.await, tasks.Async
local co_create, co_resume, co_yield, co_status =
  fibers.coroutine.create, fibers.coroutine.resume, fibers.coroutine.yield, fibers.coroutine.status
local type, error, setmetatable, ipairs = type, error, setmetatable, ipairs
local Promise, Streaming = {}, {}

-- Promises --------------------------------------------------------------------------------------------------------

local PROMISE_METHODS = {}
local PROMISE = { __name = "Promise", __metatable = false, __index = PROMISE_METHODS }

local function new_promise()
  local promise = setmetatable({}, PROMISE)
  local rec = new_record()
  record_of[promise] = rec
  return promise, rec
end

local function follow(rec, value)
  local other = type(value) == "table" and record_of[value]
  if not other then return settle(rec, "done", { n = 1, value }) end
  watch(other, function(ended)
    settle(rec, ended.state == "done" and "done" or "failed", ended.values)
  end)
end

Promise["new"] = function(executor)
  want(executor, "function", "Promise.new's argument")
  local promise, rec = new_promise()
  local function reject(reason) settle(rec, "failed", { n = 1, reason }) end
  local ok, reason = deps.pcall(executor, function(value) follow(rec, value) end, reject)
  if not ok then reject(reason) end
  return promise
end

function Promise.resolve(value)
  local promise, rec = new_promise()
  follow(rec, value)
  return promise
end

function Promise.reject(reason)
  local promise, rec = new_promise()
  settle(rec, "failed", { n = 1, reason })
  return promise
end

local function promise_of(fn)
  local promise, rec = new_promise()
  local task = record_of[spawn(fn)]
  rec.number = task.number
  watch(task, function(ended)
    if ended.state == "done" then follow(rec, ended.values[1]) else settle(rec, "failed", ended.values) end
  end)
  return promise
end

-- A plain value in a list stands for a promise that is kept already.
local function kept(list, who)
  want(list, "table", who .. ": the list")
  local promises = {}
  for i = 1, #list do
    local item = list[i]
    local known = type(item) == "function" or type(item) == "table" and record_of[item]
    promises[i] = known and item or Promise.resolve(item)
  end
  return promises
end

function Promise.all(list)
  local promises = kept(list, "Promise.all")
  return promise_of(function() return Async.all(promises) end)
end

function Promise.race(list)
  local promises = kept(list, "Promise.race")
  return promise_of(function() return Async.race(promises) end)
end

PROMISE_METHODS["then"] = function(promise, on_value, on_error)
  local rec = record(promise, "then's subject")
  return promise_of(function()
    wait(rec)
    if rec.state == "done" then
      if on_value then return on_value(rec.values[1]) end
      return rec.values[1]
    end
    if on_error then return on_error(rec.values[1]) end
    error(rec.values[1], 0)
  end)
end
PROMISE_METHODS.and_then = PROMISE_METHODS["then"]
PROMISE_METHODS.then_ = PROMISE_METHODS["then"]

function PROMISE_METHODS.catch(promise, on_error) return PROMISE_METHODS["then"](promise, nil, on_error) end

PROMISE_METHODS.finally = function(promise, fn)
  local rec = record(promise, "finally's subject")
  return promise_of(function()
    wait(rec)
    fn()
    return outcome(rec)
  end)
end
PROMISE_METHODS.finally_ = PROMISE_METHODS.finally

PROMISE_METHODS["await"], PROMISE_METHODS.wait = await, await

-- Streams ---------------------------------------------------------------------------------------------------------

local STREAM_METHODS = {}
local STREAM = { __name = "Stream", __metatable = false, __index = STREAM_METHODS }
local stream_of = setmetatable({}, { __mode = "k" })

--- A stream of what `fn(emit)` emits, or yields. It runs only as far as it is read.
function Streaming.create(fn)
  want(fn, "function", "Streaming.create's argument")
  local stream = setmetatable({}, STREAM)
  stream_of[stream] = { thread = co_create(function() fn(co_yield) end), ahead = nil, has = false }
  return stream
end

local function fetch(s)
  if s.has or not s.thread then return end
  local ok, value = co_resume(s.thread)
  local ended = co_status(s.thread) == "dead"
  if ended then s.thread = nil end
  if not ok then error(value, 0) end
  if not ended then s.has, s.ahead = true, value end
end

function STREAM_METHODS.next(stream)
  local s = stream_of[stream]
  fetch(s)
  local value = s.ahead
  s.has, s.ahead = false, nil
  return value
end

function STREAM_METHODS.is_done(stream)
  local s = stream_of[stream]
  fetch(s)
  return not s.has
end
STREAM_METHODS.isDone = STREAM_METHODS.is_done

function STREAM_METHODS.collect(stream)
  local items = {}
  while not STREAM_METHODS.is_done(stream) do items[#items + 1] = STREAM_METHODS.next(stream) end
  return items
end

return { Promise = Promise, Streaming = Streaming }
