# The most frequent words of a text: `llmspell run wordcount.py [--top N] < text`
import re
import sys
from collections import Counter

counts = Counter()
for line in sys.stdin:
    counts.update(re.findall(r"[a-z']+", line.lower()))
for word, n in sorted(counts.items(), key=lambda it: (-it[1], it[0]))[: int(ARGS.top or 10)]:
    print(f"{n:6d} {word}")
