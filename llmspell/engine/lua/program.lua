-- The script itself: compiling it, running it in each of the modes, and telling how it ended.

local deps = ...
local codec, errors, fibers, env, json, streams = deps.codec, deps.errors, deps.fibers, deps.env, deps.json, deps.streams
local handles, args, settle, unheard = deps.handles, deps.args, deps.settle, deps.unheard
local pcall, type, tostring, tonumber, getmetatable, load = pcall, type, tostring, tonumber, getmetatable, load
local unpack = table.unpack or unpack
local find, match, gmatch, sub, gsub = string.find, string.match, string.gmatch, string.sub, string.gsub

local M = {}
local main_chunk, mode, source_lines

-- How it ended ----------------------------------------------------------------------------------------------------

-- The script's own frames, newest last, each with its line of source, as Python shows them. Methods of strings are the
-- script's to change, so they are called by our own names here, where an error would have nobody to go to.
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
  map.message = gsub(map.message, "^llmspell/%w+:%d+: ", "") -- where a tail call of `error` was called from
  local ok, packed = pcall(codec.encode, map)
  if ok then return packed end
  map.details = nil -- only the details can hold what cannot be packed
  return codec.encode(map)
end

--- For fibers.new: packs results with `packer`, and errors.
function M.ended(packer)
  return function(ok, ...)
    if not ok then return failure(...) end
    return packer(...)
  end
end

local function say_what_tasks_left(ok)
  local failed, n_running = unheard()
  for _, problem in ipairs(failed) do
    streams.warn("a task failed and nobody waited for it: " .. errors.describe(problem).message)
  end
  if ok and n_running > 0 then
    local tasks = n_running == 1 and "1 task was" or n_running .. " tasks were"
    streams.warn(tasks .. " still running at the end and stopped; await what should finish")
  end
end

-- The end of the main chunk is the end of the run. What cannot be written to a file makes it fail.
local function main_ended(ok, ...)
  local problem = settle()
  say_what_tasks_left(ok)
  if not ok then
    if problem then streams.warn("a file is incomplete: " .. errors.describe(problem).message) end
    return failure(...)
  end
  if problem then return failure(problem), "failed" end
  return (...)
end

-- Compiling -------------------------------------------------------------------------------------------------------

local function compile(source, name) return load(source, "=" .. name, "t", env) end

local function incomplete(problem) return find(problem, "near '?<eof>'?$") ~= nil end

-- An expression where Lua wants a statement: "x = 1; x".
local function return_was_meant(source)
  local before, last = match(source, "^(.*[;\n])(.-)$")
  return before ~= nil and compile(before .. "return " .. last, "eval") ~= nil
end

local function compile_value(source, name)
  local chunk, as_value = compile("return " .. source, name)
  if chunk then return chunk end
  local as_chunk
  chunk, as_chunk = compile(source, name)
  if chunk then return chunk end
  if return_was_meant(source) then return nil, as_chunk, "use `return` before the value" end
  -- The error of the reading that got further.
  if incomplete(as_value) and not incomplete(as_chunk) then return nil, as_value end
  return nil, as_chunk
end

--- Compile the script. Returns nothing, or the packed error map.
function M.load(packed)
  local execute = codec.decode(packed)
  local source, name = gsub(execute.source, "^\239\187\191", ""), execute.name
  mode = execute.mode
  if sub(source, 1, 1) == "\27" then
    return failure(errors.make({ code = "syntax_error", message = name .. ": is Lua bytecode; only source text runs" }))
  end
  source_lines = { name = name }
  for line in gmatch(source .. "\n", "(.-)\r?\n") do source_lines[#source_lines + 1] = line end
  local chunk, problem, hint
  if mode ~= "script" then
    chunk, problem, hint = compile_value(source, name)
  else
    -- A `#!` line is skipped, its line end kept, so that line numbers are the file's.
    if sub(source, 1, 1) == "#" then source = "--" .. source end
    chunk, problem = compile(source, name)
  end
  if not chunk then
    local details = { incomplete = incomplete(problem) and not hint }
    return failure(errors.make({ code = "syntax_error", message = problem, hint = hint, details = details }))
  end
  main_chunk = chunk
end

-- Called as `itself(f)()`, a function has no name in traces but its own.
local function itself(fn) return fn end

-- Running ---------------------------------------------------------------------------------------------------------

local function is_data(value)
  return type(value) == "table" and not handles[value] and getmetatable(value) == nil or getmetatable(value) == "list"
end

-- What an expression's value is printed as; nil for nothing.
local function shown(value)
  if value == nil then return nil end
  if is_data(value) then return json().stringify(value, { pretty = true }) end
  return tostring(value)
end

local function evaluate()
  local value = itself(main_chunk)(unpack(args.list))
  local kind = type(value)
  if kind == "function" or kind == "userdata" or kind == "thread" then value = tostring(value) end
  local packed = codec.encode(value) -- what cannot leave the script is its mistake, and fails here
  if deps.show and value ~= nil then env.print(shown(value)) end
  return packed
end

local function each_line()
  for line in env.io.lines() do
    env.line = line
    local text = shown((itself(main_chunk)()))
    if mode == "each_print" and text == nil then text = shown(env.line) end
    if text ~= nil then env.print(text) end
  end
  return "\xC0"
end

-- A script's own value is nobody's.
local function run_script() itself(main_chunk)(unpack(args.list)) end

--- The id of the fiber that runs the script.
function M.main()
  if mode == "each" or mode == "each_print" then return fibers.new(each_line, main_ended) end
  if mode == "eval" then return fibers.new(evaluate, main_ended) end
  return fibers.new(run_script, function(ok, ...)
    if ok then return main_ended(true, "\xC0") end
    return main_ended(false, ...)
  end)
end

return M
