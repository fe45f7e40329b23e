-- The script's globals: host methods as functions, host objects as tables, errors as tables with a readable tostring.
--
-- `binding` is plain data from the host (interface/binding.py); nothing here knows a global by name.

local deps = ...
local codec, fibers, handles = deps.codec, deps.fibers, deps.handles
local py_release, make_error = deps.release, deps.make_error
local encode_arguments, pack_string, decode = codec.encode_arguments, codec.pack_string, codec.decode
local suspend = fibers.suspend
local select, error, next, rawget, rawset, rawequal, type = select, error, next, rawget, rawset, rawequal, type
local setmetatable = setmetatable
local raw_pairs, ordered, get_metatable = pairs, deps.ordered, debug.getmetatable
local knows_pairs = not jit

local NO_KEYWORDS = "\x80"
local M = {}

local function call(prefix, n, ...)
  local ok, value = suspend("call", prefix .. encode_arguments(n, { ... }) .. NO_KEYWORDS)
  if ok then return (decode(value)) end
  error(make_error(decode(value)), 0)
end

local function prefix_of(target, method) return pack_string(target) .. pack_string(method) end

--- A function that calls one host method.
function M.method(target, name)
  local prefix = prefix_of(target, name)
  return function(...) return call(prefix, select("#", ...), ...) end
end

--- The same as a member of a global: `Tool:list()` means `Tool.list()`.
local function member(global, target, name)
  local prefix = prefix_of(target, name)
  return function(first, ...)
    if rawequal(first, global) then return call(prefix, select("#", ...), ...) end
    return call(prefix, 1 + select("#", ...), first, ...)
  end
end

local function without_colon(global, fn)
  if type(fn) ~= "function" then return fn end
  return function(first, ...)
    if rawequal(first, global) then return fn(...) end
    return fn(first, ...)
  end
end

-- Host objects ----------------------------------------------------------------------------------------------------

local classes = {} -- class name → metatable

local function answer_of(_, ...) return ... end

--- What stands in a text for a value: an object's name; nil where it has none.
local function in_text(value)
  if type(value) == "table" and handles[value] then value = rawget(value, "name") end
  local kind = type(value)
  return (kind == "string" or kind == "number" or kind == "table") and value or nil
end

local function define_class(name, spec)
  local names = {}
  for method in next, spec.methods do names[method] = method end
  for alias, method in next, spec.aliases do names[alias] = method end
  classes[name] = {
    __name = name,
    __metatable = false,
    __tostring = function(object) return name .. (rawget(object, "name") and " " .. rawget(object, "name") or "") end,
    __concat = function(left, right)
      local before, after = in_text(left), in_text(right)
      if before == nil or after == nil then
        error("attempt to concatenate a " .. type(before == nil and left or right) .. " value", 2)
      end
      return before .. after
    end,
    __index = function(object, key)
      local method = names[key]
      if not method then return nil end
      local prefix = prefix_of("#" .. handles[object], method)
      -- Both `object:method(x)` and `object.method(x)` work: the object itself is no argument. It is held until the
      -- answer is there, or the host could let go of it while it is being called.
      return function(first, ...)
        if rawequal(first, object) then return answer_of(object, call(prefix, select("#", ...), ...)) end
        return answer_of(object, call(prefix, 1 + select("#", ...), first, ...))
      end
    end,
    __gc = function(object)
      local number = handles[object] -- a weak key outlives its finalizer
      if number then py_release(number) end
    end,
  }
  local iterate = spec.iterate
  if iterate then -- `for value in object do`: a generic loop calls the object itself
    classes[name].__call = function(object)
      return answer_of(object, call(prefix_of("#" .. handles[object], iterate), 0))
    end
  end
end

--- The table for a host object. The host numbers every sending of an object anew, so one handle is one table.
--- (LuaJIT runs no finalizers for tables: there a handle lives as long as the run.)
function M.make_handle(number, class, fields)
  local object = {}
  for key, value in next, fields do object[key] = value end
  handles[object] = number
  return setmetatable(object, classes[class])
end

-- Globals ---------------------------------------------------------------------------------------------------------

-- Globals are tables that a script may walk but not change. The members live in a table of their own, so that an
-- assignment to an existing name is caught as well; `next`, `pairs`, rawget and rawset see through or refuse. They are
-- made when the global is first touched: most scripts use few of them, and start sooner.
local members_of = setmetatable({}, { __mode = "k" }) -- proxy → function that returns its members

--- A global. `fill(members, global)` makes its members; it may return a function that answers other names (Tool.calculator).
function M.protect(name, fill)
  local members, index, meta, proxy = {}, nil, nil, nil
  local function ready()
    if fill then
      local make = fill
      fill = nil
      index = make(members, proxy)
      meta.__index = index and function(_, key)
        local member = members[key]
        if member == nil and type(key) == "string" then return index(key) end
        return member
      end or members
    end
    return members
  end
  meta = {
    __name = name,
    __metatable = false,
    __index = function(_, key)
      ready()
      return proxy[key]
    end,
    __newindex = function(_, key) error(name .. " cannot be changed (" .. tostring(key) .. ")", 2) end,
    __pairs = function(global) return M.pairs(global) end,
  }
  proxy = setmetatable({}, meta)
  members_of[proxy] = ready
  return proxy
end

local function seen(t)
  local ready = members_of[t]
  return ready and ready() or t
end

function M.next(t, key) return next(seen(t), key) end
function M.rawget(t, key) return rawget(seen(t), key) end
function M.rawset(t, key, value)
  if members_of[t] then error("cannot change a global of llmspell", 2) end
  return rawset(t, key, value)
end

-- The members of a global, and never the table that holds them.
local function walk(global)
  local step, members = ordered(seen(global))
  return function(_, key) return step(members, key) end, global, nil
end

function M.pairs(t)
  if type(t) ~= "table" then return raw_pairs(t) end
  local meta = get_metatable(t)
  if meta then
    if members_of[t] then return walk(t) end
    if knows_pairs and rawget(meta, "__pairs") ~= nil then return raw_pairs(t) end
  end
  return ordered(t)
end

--- Put every global of the binding into `env`; `own[name]()` returns the members that this engine implements itself.
function M.install(env, binding, own)
  for name, spec in next, binding do
    for class, object in next, spec.objects do define_class(class, object) end
    env[name] = M.protect(name, function(members, global)
      local ours = own[name] and own[name]() or {}
      for method, place in next, spec.methods do
        if place == "host" then members[method] = member(global, name, method) end
      end
      for key, fn in next, ours do members[key] = without_colon(global, fn) end
      for alias, method in next, spec.aliases do members[alias] = members[method] end
      return spec.index ~= "" and members[spec.index] or nil
    end)
  end
end

return M
