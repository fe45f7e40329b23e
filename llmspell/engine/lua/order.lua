-- `pairs` in an order that is the same in every run: 1, 2, 3 … as far as they go, then the other numbers by size, then
-- texts by their bytes, false, true; tables, functions and what else has no order of its own come last, as `next` has
-- them. Lua's own order depends on where the process keeps its strings, and on the second at which it began.
--
-- Lists, and tables with one key, are walked by `next` itself: sorting begins where the keys are no longer 1, 2, 3 ….

local next, type, rawget, sort = next, type, rawget, table.sort
local FEW = 8

-- What is no text among the keys from `key` on, sorted in; `texts` are in order already up to `n_texts`.
local function mixed(t, key, last, texts, n_texts)
  local numbers, others, has_false, has_true = {}, {}, false, false
  repeat
    local kind = type(key)
    if kind == "string" then
      n_texts = n_texts + 1
      texts[n_texts] = key
    elseif kind == "number" then
      numbers[#numbers + 1] = key
    elseif kind ~= "boolean" then
      others[#others + 1] = key
    elseif key then
      has_true = true
    else
      has_false = true
    end
    key = next(t, key)
  until key == nil
  sort(texts)
  sort(numbers)
  local keys, n, run = {}, 0, last
  while rawget(t, run + 1) ~= nil do -- goes on with the list, parts of which `next` has among the rest
    run, n = run + 1, n + 1
    keys[n] = run
  end
  for i = 1, #numbers do
    local number = numbers[i]
    if number < 1 or number > run or number % 1 ~= 0 then
      n = n + 1
      keys[n] = number
    end
  end
  for i = 1, n_texts do keys[n + i] = texts[i] end
  n = n + n_texts
  if has_false then
    n = n + 1
    keys[n] = false
  end
  if has_true then
    n = n + 1
    keys[n] = true
  end
  for i = 1, #others do keys[n + i] = others[i] end
  return keys, n + #others
end

-- The keys from `key` on, which `next` has given, in order: a list and its length. 1 … `last` were given already.
local function rest_of(t, key, last)
  local texts, n = { nil, nil, nil, nil }, 0 -- room for four, which grows more cheaply than none
  while type(key) == "string" do
    local at = n
    if n < FEW then -- sorted in at once
      while at > 0 and key < texts[at] do
        texts[at + 1] = texts[at]
        at = at - 1
      end
    end
    texts[at + 1] = key
    n = n + 1
    key = next(t, key)
  end
  if key ~= nil then return mixed(t, key, last, texts, n) end
  if n > FEW then sort(texts) end
  return texts, n
end

local function gone_through(t, keys, n)
  local at = 0
  return function()
    while at < n do
      at = at + 1
      local key = keys[at]
      local value = rawget(t, key)
      if value ~= nil then return key, value end -- it may have been removed meanwhile
    end
    return nil
  end
end

--- What a loop over a table without `__pairs` gets.
local function ordered(t)
  local first = next(t)
  if first == nil or next(t, first) == nil then return next, t, nil end
  if first ~= 1 then
    local keys, n = rest_of(t, first, 0)
    return gone_through(t, keys, n), t, nil
  end
  local last, rest = 0, nil
  return function(_, key)
    if rest then return rest() end
    local value
    key, value = next(t, key)
    if key == last + 1 then
      last = key
      return key, value
    end
    if key == nil then return nil end
    local keys, n = rest_of(t, key, last)
    rest = gone_through(t, keys, n)
    return rest()
  end, t, nil
end

return ordered
