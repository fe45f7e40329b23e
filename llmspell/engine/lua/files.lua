-- io.open for files that the profile grants: a file lives on the host, this is the script's end of it.
--
-- Reads and writes are buffered here in blocks, so that working by lines does not cross the bridge for each one. What a
-- script leaves in a buffer is written when the run ends (`M.settle`), or when it opens another file.

local deps = ...
local ask, fail, method, handles, pcall = deps.ask, deps.fail, deps.method, deps.handles, deps.pcall
local sub, find, gsub, concat = string.sub, string.find, string.gsub, table.concat
local select, type, tostring, setmetatable, tonumber, error = select, type, tostring, setmetatable, tonumber, error
local ipairs, unpack = ipairs, table.unpack or unpack
local BLOCK = 262144 -- smaller ones cost more in calls than they save in memory
local LARGEST = 1048576 -- of one message; the profiles limit those

local FILE = {}
local META = deps.meta
META.__index = FILE
local state_of = setmetatable({}, { __mode = "k" })
local unwritten = {} -- the states with something to write, in the order of their first write; they are held here

local function state(file)
  local s = state_of[file] or fail("bad_argument", "not a file")
  if s.closed then fail("file_closed", "the file is closed") end
  return s
end

-- Writing ---------------------------------------------------------------------------------------------------------

local function write_out(s)
  if s.n_out == 0 then return end
  local data = concat(s.out)
  s.out, s.n_out = {}, 0
  for i = 1, #unwritten do
    if unwritten[i] == s then
      table.remove(unwritten, i)
      break
    end
  end
  for from = 1, #data, LARGEST do s.write(sub(data, from, from + LARGEST - 1)) end
end

local function write_all_out()
  local problem
  for _, s in ipairs({ unpack(unwritten) }) do
    local ok, why = pcall(write_out, s)
    if not ok then problem = problem or why end
  end
  return problem
end

-- What was read ahead is not read: the file's place is where the script is.
local function drop_ahead(s)
  local ahead = #s.buffer - s.pos + 1
  s.buffer, s.pos, s.at_end = "", 1, false
  if ahead > 0 then s.seek("cur", -ahead) end
end

function FILE.write(file, ...)
  local s = state(file)
  if s.is_stdin then return nil, "Bad file descriptor", 9 end
  if s.pos <= #s.buffer then drop_ahead(s) end
  local lines = false
  for i = 1, select("#", ...) do
    local text = select(i, ...)
    if type(text) ~= "string" then
      if type(text) ~= "number" then
        error("bad argument #" .. i .. " to 'write' (string expected, got " .. type(text) .. ")", 2)
      end
      text = tostring(text)
    end
    if s.n_out == 0 and text ~= "" then unwritten[#unwritten + 1] = s end
    s.out[#s.out + 1] = text
    s.n_out = s.n_out + #text
    lines = lines or s.hold == "line" and find(text, "\n", 1, true)
    if s.n_out >= BLOCK then write_out(s) end
  end
  if lines or s.hold == "no" then write_out(s) end
  return file
end

-- Reading ---------------------------------------------------------------------------------------------------------

local function fill(s)
  if s.at_end then return false end
  write_out(s)
  local block = s.read(BLOCK)
  if not block or block == "" then
    s.at_end = true
    return false
  end
  s.buffer, s.pos = sub(s.buffer, s.pos) .. block, 1
  return true
end

local function take_buffer(s, parts)
  if s.pos <= #s.buffer then parts[#parts + 1] = sub(s.buffer, s.pos) end
  s.buffer, s.pos = "", 1
end

local function read_line(s, keep)
  local parts
  while true do
    local stop = find(s.buffer, "\n", s.pos, true)
    if stop then
      local line = sub(s.buffer, s.pos, keep and stop or stop - 1)
      s.pos = stop + 1
      if not parts then return line end
      parts[#parts + 1] = line
      return concat(parts)
    end
    parts = parts or {}
    take_buffer(s, parts)
    if not fill(s) then return parts[1] and concat(parts) end
  end
end

local function read_bytes(s, n)
  if n == 0 then return (s.pos <= #s.buffer or fill(s)) and "" or nil end
  local parts = {}
  while n > #s.buffer - s.pos + 1 do
    n = n - (#s.buffer - s.pos + 1)
    take_buffer(s, parts)
    if not fill(s) then return parts[1] and concat(parts) end
  end
  parts[#parts + 1] = sub(s.buffer, s.pos, s.pos + n - 1)
  s.pos = s.pos + n
  return concat(parts)
end

local function read_all(s)
  local parts = {}
  repeat take_buffer(s, parts) until not fill(s)
  return concat(parts)
end

-- As C Lua reads one: the longest beginning that may be a numeral, of 200 characters at the most.
local function read_number(s)
  local taken = {}
  local function next_is(set)
    while s.pos > #s.buffer do
      if not fill(s) then return false end
    end
    return find(set, sub(s.buffer, s.pos, s.pos), 1, true) ~= nil
  end
  local function take(set)
    if #taken == 200 or not next_is(set) then return false end
    taken[#taken + 1] = sub(s.buffer, s.pos, s.pos)
    s.pos = s.pos + 1
    return true
  end
  local function digits(set)
    local n = 0
    while take(set) do n = n + 1 end
    return n
  end
  while next_is(" \t\n\r\f\v") do s.pos = s.pos + 1 end
  take("+-")
  local set, n = "0123456789", 0
  if take("0") then
    if take("xX") then set = "0123456789abcdefABCDEF" else n = 1 end
  end
  n = n + digits(set)
  if take(".") then n = n + digits(set) end
  if n > 0 and take(#set == 10 and "eE" or "pP") then
    take("+-")
    digits("0123456789")
  end
  return tonumber(concat(taken))
end

local function read_one(s, what)
  if type(what) == "number" then return read_bytes(s, what) end
  what = gsub(tostring(what), "^%*", "")
  if what == "l" then return read_line(s, false) end
  if what == "L" then return read_line(s, true) end
  if what == "a" then return read_all(s) end
  if what == "n" then return read_number(s) end
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
  return unpack(results, 1, select("#", ...))
end

local function close(s)
  s.closed = true
  local ok, problem = pcall(write_out, s)
  s.close()
  if not ok then error(problem, 0) end
end

-- `closing`: the file of an io.lines, which nobody else can close.
local function lines(file, closing, ...)
  local s = state(file)
  local what, formats = ..., select("#", ...) > 1 and { ... } or nil
  what = what or "l"
  return function()
    if s.closed then return nil end
    if formats then return FILE.read(file, unpack(formats)) end
    local line
    if what == "l" then
      local buffer, pos = s.buffer, s.pos
      local stop = find(buffer, "\n", pos, true)
      if stop then -- most lines
        s.pos = stop + 1
        return sub(buffer, pos, stop - 1)
      end
      line = read_line(s, false)
    else
      line = read_one(s, what)
    end
    if line == nil and closing then close(s) end
    return line
  end
end

function FILE.lines(file, ...) return lines(file, false, ...) end

-- The rest --------------------------------------------------------------------------------------------------------

function FILE.seek(file, whence, offset)
  local s = state(file)
  write_out(s)
  whence, offset = whence or "cur", offset or 0
  if whence == "cur" then offset = offset - (#s.buffer - s.pos + 1) end
  s.buffer, s.pos, s.at_end = "", 1, false
  return s.seek(whence, offset)
end

function FILE.flush(file)
  write_out(state(file))
  return file
end

function FILE.close(file)
  local s = state(file)
  if not s.is_stdin then close(s) end
  return true
end

function FILE.setvbuf(file, mode)
  local s = state(file)
  if mode ~= "no" and mode ~= "line" and mode ~= "full" then
    error("bad argument #1 to 'setvbuf' (invalid option '" .. tostring(mode) .. "')", 2)
  end
  s.hold = mode
  if mode == "no" then write_out(s) end
  return true
end

function META.__close(file)
  if not state_of[file].closed then FILE.close(file) end
end

local M = {}

--- Open a file by the profile's grants. Like Lua's own: nil and a message when there is no such file; a missing grant
--- is an error, because a script that ignores it would go on without its data.
function M.open(path, mode)
  if type(path) ~= "string" then fail("bad_argument", "io.open: the path must be a string, got " .. type(path)) end
  local problem = write_all_out() -- the file may be one of these
  if problem then error(problem, 0) end
  local object = ask("open", path, (gsub(tostring(mode), "b", "")))
  if object.problem then return nil, path .. ": " .. object.problem, 2 end
  local target = "#" .. handles[object]
  -- `keep`: the handle is released when the file is
  local s = { buffer = "", pos = 1, at_end = false, out = {}, n_out = 0, hold = "full", keep = object }
  for _, name in ipairs({ "read", "write", "seek", "close" }) do s[name] = method(target, name) end
  local file = setmetatable({}, META)
  state_of[file] = s
  return file
end

function M.lines(path, ...)
  local file, problem = M.open(path, "r")
  if not file then error(problem, 2) end
  return lines(file, true, ...), nil, nil, file
end

-- Standard input is read in blocks, of which the worker keeps notes. What the script has printed is seen before it is
-- waited for.
state_of[deps.stdin] = {
  buffer = "", pos = 1, at_end = false, out = {}, n_out = 0, hold = "full", is_stdin = true,
  read = function()
    deps.flush()
    return deps.read_stdin()
  end,
  seek = function(whence, offset)
    local place, problem, number = deps.seek_stdin(whence, offset)
    if problem then return nil, problem, number end
    return place
  end,
}

--- What io.type says of a file of ours; nil for anything else.
function M.type_of(value)
  local s = state_of[value]
  return s and (s.closed and "closed file" or "file")
end

--- Write out what scripts have left in files. Returns the first problem, or nil.
M.settle = write_all_out

return M
