-- print and io on the process's own standard streams, through C's buffers, byte for byte.
--
-- The first 64 KiB of output are written at once, so that what a script printed is seen even if it is killed; after
-- that output is buffered as usual, and written at least every second.

local deps = ...
local fatal, limit, ask, make_error = deps.fatal, deps.output_limit, deps.ask, deps.make_error
local stdin, stdout, stderr = io.stdin, io.stdout, io.stderr
local raw_type, time = io.type, os.time
local select, tostring, type, error, concat = select, tostring, type, error, table.concat
local EAGER_BYTES = 65536

local meta = getmetatable(stdout)
local methods = meta.__index
if methods == meta then -- LuaJIT: a script would find the metatable as io.stdout.__index
  methods = {}
  for name, method in next, meta do
    if name:sub(1, 2) ~= "__" then methods[name] = method end
  end
  meta.__index = methods
end
local write, flush, read, lines = methods.write, methods.flush, methods.read, methods.lines

if deps.tty.stdout then stdout:setvbuf("line") else stdout:setvbuf("full", 65536) end
stderr:setvbuf("line")

local written, flushed_at, failed = 0, 0, nil

local M = { globals = {}, full_io = {} }
for name, value in next, io do M.full_io[name] = value end

local function count(n)
  written = written + n
  if limit and written > limit then fatal("output_limit", "") end
end

local function size_of(...)
  local n = 0
  for i = 1, select("#", ...) do n = n + #tostring((select(i, ...))) end
  return n
end

local function settle(file, ok, problem, number)
  if not ok then
    failed = failed or problem
    return nil, problem, number
  end
  return file
end

-- Lua's own `write`, with what was said above added to it.
local function checked_write(file, ...)
  if file ~= stdout and file ~= stderr then return write(file, ...) end
  local ok, problem, number
  if select("#", ...) == 1 and type(...) == "string" then
    count(#...)
    ok, problem, number = write(file, ...)
  else
    count(size_of(...))
    ok, problem, number = write(file, ...)
  end
  if ok and file == stdout then
    if written <= EAGER_BYTES then
      ok, problem, number = flush(file)
    else
      local now = time()
      if now ~= flushed_at then
        flushed_at = now
        ok, problem, number = flush(file)
      end
    end
  end
  return settle(file, ok, problem, number)
end

methods.write = checked_write
meta.__metatable = false
-- A handle of a standard stream stays open for the run's own messages; closing flushes it.
local raw_close = methods.close
function methods.close(file)
  if file == stdout or file == stderr or file == stdin then return file == stdin or settle(true, flush(file)) end
  return raw_close(file)
end
if deps.level ~= "full" then meta.__gc, meta.__close, methods.setvbuf = nil, nil, nil end

function M.globals.print(...)
  local n = select("#", ...)
  local ok, problem
  if n == 1 then
    ok, problem = checked_write(stdout, tostring((...)), "\n")
  else
    local parts = {}
    for i = 1, n do parts[i] = tostring((select(i, ...))) end
    ok, problem = checked_write(stdout, concat(parts, "\t") .. "\n")
  end
  if not ok then error(make_error({ code = "stream_error", message = "cannot write to stdout: " .. problem }), 0) end
end

--- Write out what is buffered. Returns the first problem that any write had, or nil.
function M.flush()
  local ok, problem = flush(stdout)
  if not ok then failed = failed or problem end
  flush(stderr)  -- by line so far, and the last one may have no end
  return failed
end

--- A line of llmspell's own on stderr; no part of what the script wrote.
function M.warn(text) write(stderr, "llmspell: warning: ", text, "\n") end

local function standard_only(name, file)
  if file == nil or raw_type(file) then return end
  ask("open", tostring(file), name)
end

M.io = {
  stdin = stdin,
  stdout = stdout,
  stderr = stderr,
  type = raw_type,
  write = function(...) return checked_write(stdout, ...) end,
  flush = function() return settle(true, flush(stdout)) end,
  read = function(...) return read(stdin, ...) end,
  lines = function(path, ...)
    if path == nil then return lines(stdin, ...) end
    return M.lines(path, ...)
  end,
  input = function(file) standard_only("input", file) return stdin end,
  output = function(file) standard_only("output", file) return stdout end,
  close = function(file) return methods.close(file or stdout) end,
  open = function(path, mode) return M.open(path, mode or "r") end,
}

return M
