-- io.open for files that the profile grants: a file lives on the host, this is the script's end of it.
--
-- Reads are buffered here in blocks, so that reading by lines does not cross the bridge for each one.

local deps = ...
local ask, fail, method, handles = deps.ask, deps.fail, deps.method, deps.handles
local sub, find, concat = string.sub, string.find, table.concat
local select, type, tostring, setmetatable, tonumber, error = select, type, tostring, setmetatable, tonumber, error
local BLOCK = 65536

local FILE = {}
local META = { __name = "FILE*", __metatable = false, __index = FILE, __tostring = function() return "file" end }
local state_of = setmetatable({}, { __mode = "k" })

local function state(file)
  local s = state_of[file] or fail("bad_argument", "not a file")
  if s.closed then fail("file_closed", "the file is closed") end
  return s
end

local function fill(s)
  if s.at_end then return false end
  local block = s.read(BLOCK)
  if not block or block == "" then
    s.at_end = true
    return false
  end
  s.buffer = s.buffer .. block
  return true
end

local function read_line(s, keep)
  local from = 1
  while true do
    local stop = find(s.buffer, "\n", from, true)
    if stop then
      local line = sub(s.buffer, 1, keep and stop or stop - 1)
      s.buffer = sub(s.buffer, stop + 1)
      return line
    end
    from = #s.buffer + 1
    if not fill(s) then
      if s.buffer == "" then return nil end
      local line = s.buffer
      s.buffer = ""
      return line
    end
  end
end

local function read_bytes(s, n)
  while #s.buffer < n and fill(s) do end
  if s.buffer == "" and (n > 0 or not fill(s)) then return n == 0 and s.buffer ~= "" and "" or nil end
  local bytes = sub(s.buffer, 1, n)
  s.buffer = sub(s.buffer, n + 1)
  return bytes
end

local function read_all(s)
  local parts = { s.buffer }
  s.buffer = ""
  while fill(s) do
    parts[#parts + 1] = s.buffer
    s.buffer = ""
  end
  return concat(parts)
end

local function read_one(s, what)
  if type(what) == "number" then return read_bytes(s, what) end
  what = tostring(what):gsub("^%*", "")
  if what == "l" then return read_line(s, false) end
  if what == "L" then return read_line(s, true) end
  if what == "a" then return read_all(s) end
  if what == "n" then
    local line = read_line(s, false)
    return line and tonumber(line)
  end
  error("bad argument to 'read' (invalid format)", 3)
end

function FILE.read(file, ...)
  local s = state(file)
  if select("#", ...) == 0 then return read_line(s, false) end
  local results = {}
  for i = 1, select("#", ...) do
    results[i] = read_one(s, (select(i, ...)))
    if results[i] == nil then break end
  end
  return (table.unpack or unpack)(results, 1, select("#", ...))
end

function FILE.lines(file, what)
  state(file)
  return function()
    local s = state_of[file]
    if s.closed then return nil end
    return read_one(s, what or "l")
  end
end

function FILE.write(file, ...)
  local s = state(file)
  for i = 1, select("#", ...) do s.write(tostring((select(i, ...)))) end
  return file
end

function FILE.seek(file, whence, offset)
  local s = state(file)
  whence, offset = whence or "cur", offset or 0
  if whence == "cur" then offset = offset - #s.buffer end
  s.buffer, s.at_end = "", false
  return s.seek(whence, offset)
end

function FILE.flush(file)
  state(file).flush()
  return file
end

function FILE.close(file)
  local s = state(file)
  s.closed = true
  s.close()
  return true
end

function FILE.setvbuf() return true end

--- Open a file by the profile's grants. Like Lua's own: nil and a message when there is no such file; a missing grant
--- is an error, because a script that ignores it would go on without its data.
return function(path, mode)
  if type(path) ~= "string" then fail("bad_argument", "io.open: the path must be a string, got " .. type(path)) end
  local object = ask("open", path, (tostring(mode):gsub("b", "")))
  if object.problem then return nil, path .. ": " .. object.problem, 2 end
  local target = "#" .. handles[object]
  local s = { buffer = "", at_end = false, keep = object } -- `keep`: the handle is released when the file is
  for _, name in ipairs({ "read", "write", "seek", "flush", "close" }) do s[name] = method(target, name) end
  local file = setmetatable({}, META)
  state_of[file] = s
  return file
end
