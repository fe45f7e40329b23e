-- Who changed what: `git log --numstat | llmspell run churn.lua [--since YYYY-MM-DD]`, in memory for names only.
local MONTHS = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12 }

-- The day of a Date line, in any of git's formats: "Fri Nov 21 03:00:00 2026 +0000", "2026-11-21 …", "Fri, 21 Nov 2026 …".
local function day_of(text)
  local iso = text:match("%d%d%d%d%-%d%d%-%d%d")
  if iso then return iso end
  local month, day, year = text:match("(%a%a%a) +(%d+) [%d:]+ (%d%d%d%d)")
  if not month then day, month, year = text:match("(%d+) (%a%a%a) (%d%d%d%d)") end
  if MONTHS[month] then return ("%04d-%02d-%02d"):format(tonumber(year), MONTHS[month], tonumber(day)) end
end

-- The name a file has now: "src/{old => new}/a.c" is src/new/a.c, "a.c => b.c" is b.c.
local function new_name(path)
  local before, after, rest = path:match("^(.-){.- => (.-)}(.*)$")
  if before then return ((before .. after .. rest):gsub("//", "/"):gsub("^/", "")) end
  return path:match("^.- => (.*)$") or path
end

local function row(rows, name)
  rows[name] = rows[name] or { name = name, commits = 0, added = 0, deleted = 0 }
  return rows[name]
end

local function print_rows(title, rows)
  local sorted = {}
  for _, it in pairs(rows) do sorted[#sorted + 1] = it end
  table.sort(sorted, function(a, b)
    local size_a, size_b = a.added + a.deleted, b.added + b.deleted
    if size_a ~= size_b then return size_a > size_b end
    return a.name < b.name
  end)
  print(("%9s %9s %9s  %s"):format("commits", "added", "deleted", title))
  for _, it in ipairs(sorted) do print(("%9d %9d %9d  %s"):format(it.commits, it.added, it.deleted, it.name)) end
end

local since = ARGS.since
if since and not since:match("^%d%d%d%d%-%d%d%-%d%d$") then
  io.stderr:write("churn: --since wants a day, YYYY-MM-DD\n")
  os.exit(2)
end
local authors, files, commits, undated = {}, {}, 0, 0
local author, wanted, counted = "(unknown)", not since, false

local function count()
  if not counted then
    counted, commits = true, commits + 1
    row(authors, author).commits = row(authors, author).commits + 1
  end
end

for line in io.lines() do
  line = line:gsub("\r$", "")
  if line:match("^commit %x") or line:match("^%x%x%x%x%x%x%x+ ") then -- the second is git log --oneline
    author, wanted, counted = "(unknown)", not since, false
  elseif line:match("^Author:") then
    author = line:match("^Author:%s*(.-)%s*$")
  elseif line:match("^Date:") or line:match("^AuthorDate:") then
    local day = day_of(line)
    if since then wanted = day ~= nil and day >= since end
    if since and not day then undated = undated + 1 end
    if wanted then count() end
  elseif wanted then
    local added, deleted, path = line:match("^([%d-]+)\t([%d-]+)\t(.+)$") -- a binary file has "-" for both
    if path then
      count()
      local file, who = row(files, new_name(path)), row(authors, author)
      file.commits = file.commits + 1
      for _, it in ipairs({ file, who }) do
        it.added = it.added + (tonumber(added) or 0)
        it.deleted = it.deleted + (tonumber(deleted) or 0)
      end
    end
  end
end

if undated > 0 then io.stderr:write(("churn: left out %d commits whose date it cannot read\n"):format(undated)) end
if commits == 0 then
  io.stderr:write("churn: no commits" .. (since and " since " .. since or " on stdin") .. "; try: git log --numstat | …\n")
  os.exit(0)
end
print_rows("author", authors)
print("")
print_rows("file", files)
