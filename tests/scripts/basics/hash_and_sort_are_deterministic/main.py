t = {}
for w in "the quick brown fox jumps over the lazy dog the end".split():
    t[w] = t.get(w, 0) + 1
for k in sorted(t, key=lambda k: (-t[k], k)):
    print(k, t[k])
