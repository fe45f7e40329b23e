-- print and io on the process's own standard streams, through C's buffers, byte for byte.
--
-- The first 64 KiB of output are written at once, so that what a script printed is seen even if it is killed; after
-- that output is buffered as usual, and written at least every second.

local deps = ...
local fatal, limit, make_error = deps.fatal, deps.output_limit, deps.make_error
local stdin, stdout, stderr = deps.stdin, io.stdout, io.stderr
local raw_type, time = io.type, os.time
local select, tostring, type, error, next, concat = select, deps.tostring, type, error, next, table.concat
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
local write, flush, lines = methods.write, methods.flush, methods.lines

if deps.tty.stdout then stdout:setvbuf("line") else stdout:setvbuf("full", 65536) end
stderr:setvbuf("line")

local written, flushed_at, failed = 0, 0, nil

local M = { globals = {}, full_io = {}, tostring = tostring }
for name, value in next, io do M.full_io[name] = value end

local function count(n)
  written = written + n
  if limit and written > limit then fatal("output_limit", "") end
end

-- Checked here, because C's own message would name this file.
local function size_of(...)
  local n = 0
  for i = 1, select("#", ...) do
    local text = select(i, ...)
    if type(text) ~= "string" and type(text) ~= "number" then
      error("bad argument #" .. i .. " to 'write' (string expected, got " .. type(text) .. ")", 3)
    end
    n = n + #tostring(text)
  end
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
  local n
  if select("#", ...) == 1 and type(...) == "string" then n = #... else n = size_of(...) end
  if file ~= stdout and file ~= stderr then return write(file, ...) end
  count(n)
  local ok, problem, number = write(file, ...)
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
  if file == stdout or file == stderr then return settle(true, flush(file)) end
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

-- The files that a script opens: by its grants (files.lua), or at level full with Lua's own io.
local real_open = io.open
local opened = setmetatable({}, { __mode = "k" })
if deps.level == "full" then
  function M.open(...)
    local file, problem, number = real_open(...)
    if file then opened[file] = true end
    return file, problem, number
  end
  function M.lines(path, ...)
    local file, problem = M.open(path)
    if not file then error(problem, 2) end
    return lines(file, ...), nil, nil, file
  end
end

--- Write out what is left in files of Lua's own: the process ends without running what C runs at an exit.
function M.settle()
  local problem
  for file in next, opened do
    if raw_type(file) == "file" then
      local ok, why = flush(file)
      if not ok then problem = problem or "a file could not be written: " .. why end
    end
  end
  return problem
end

local input, output = stdin, stdout -- what io.read and io.write use

local function file_of(name, file, mode)
  if type(file) ~= "string" then
    if M.io.type(file) then return file end
    error("bad argument #1 to '" .. name .. "' (file or path expected, got " .. type(file) .. ")", 3)
  end
  local found, problem = M.open(file, mode)
  if not found then error(problem, 3) end
  return found
end

M.io = {
  stdin = stdin,
  stdout = stdout,
  stderr = stderr,
  type = function(value)
    if value == stdin then return "file" end
    return raw_type(value) or M.type_of and M.type_of(value) or nil
  end,
  write = function(...)
    if output == stdout then return checked_write(stdout, ...) end
    return output:write(...)
  end,
  flush = function()
    if output == stdout then return settle(true, flush(stdout)) end
    return output:flush()
  end,
  read = function(...) return input:read(...) end,
  lines = function(path, ...)
    if path ~= nil then return M.lines(path, ...) end
    return input:lines(...)
  end,
  input = function(file)
    if file ~= nil then input = file_of("input", file, "r") end
    return input
  end,
  output = function(file)
    if file ~= nil then output = file_of("output", file, "w") end
    return output
  end,
  close = function(file) return (file or output):close() end,
  open = function(path, mode) return M.open(path, mode or "r") end,
}

return M
