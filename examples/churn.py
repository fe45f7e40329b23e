# Who changed what: `git log --numstat | llmspell run churn.py [--since YYYY-MM-DD]`, in memory for names only.
import re
import sys

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
NUMSTAT = re.compile(r"([0-9-]+)\t([0-9-]+)\t(.+)", re.DOTALL)  # a binary file has "-" for both


def day_of(text):
    """The day of a Date line, in any of git's formats: "Fri Nov 21 03:00:00 2026 +0000", "2026-11-21 …", "Fri, 21 Nov 2026 …"."""
    if iso := re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return iso.group()
    if found := re.search(r"([A-Za-z]{3}) +([0-9]+) [0-9:]+ ([0-9]{4})", text):
        month, day, year = found.groups()
    elif found := re.search(r"([0-9]+) ([A-Za-z]{3}) ([0-9]{4})", text):
        day, month, year = found.groups()
    else:
        return None
    return f"{year}-{MONTHS.index(month) + 1:02d}-{int(day):02d}" if month in MONTHS else None


def new_name(path):
    """The name a file has now: "src/{old => new}/a.c" is src/new/a.c, "a.c => b.c" is b.c."""
    if found := re.fullmatch(r"(.*?)\{.*? => (.*?)\}(.*)", path, re.DOTALL):
        return "".join(found.groups()).replace("//", "/").removeprefix("/")
    return path.split(" => ", 1)[-1]


class Row:
    def __init__(self, name):
        self.name = name
        self.commits = self.added = self.deleted = 0


def row(rows, name):
    if name not in rows:
        rows[name] = Row(name)
    return rows[name]


def print_rows(title, rows):
    print(f"{'commits':>9} {'added':>9} {'deleted':>9}  {title}")
    # By bytes, as Lua compares, for names that are not UTF-8 too.
    for it in sorted(rows.values(), key=lambda it: (-it.added - it.deleted, it.name.encode("utf-8", "surrogateescape"))):
        print(f"{it.commits:9d} {it.added:9d} {it.deleted:9d}  {it.name}")


since = ARGS.since
if since and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", since):
    print("churn: --since wants a day, YYYY-MM-DD", file=sys.stderr)
    sys.exit(2)
authors, files, commits, undated = {}, {}, 0, 0
author, wanted, counted = "(unknown)", not since, False


def count():
    global counted, commits
    if not counted:
        counted = True
        commits += 1
        row(authors, author).commits += 1


for line in sys.stdin:
    line = line.removesuffix("\n").removesuffix("\r")
    if re.match(r"commit [0-9a-fA-F]|[0-9a-fA-F]{7,} ", line):  # the second is git log --oneline
        author, wanted, counted = "(unknown)", not since, False
    elif line.startswith("Author:"):
        author = line.removeprefix("Author:").strip()
    elif line.startswith(("Date:", "AuthorDate:")):
        day = day_of(line)
        if since:
            wanted = day is not None and day >= since
            undated += day is None
        if wanted:
            count()
    elif wanted and (found := NUMSTAT.fullmatch(line)):
        count()
        file, who = row(files, new_name(found[3])), row(authors, author)
        file.commits += 1
        for it in (file, who):
            it.added += int(found[1]) if found[1].isdecimal() else 0
            it.deleted += int(found[2]) if found[2].isdecimal() else 0

if undated:
    print(f"churn: left out {undated} commits whose date it cannot read", file=sys.stderr)
if not commits:
    print(f"churn: no commits {'since ' + since if since else 'on stdin'}; try: git log --numstat | …", file=sys.stderr)
    sys.exit(0)
print_rows("author", authors)
print()
print_rows("file", files)
