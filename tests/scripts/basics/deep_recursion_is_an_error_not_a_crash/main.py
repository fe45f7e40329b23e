def down(n):
    return 1 + down(n + 1)
try:
    down(0)
except RecursionError:
    print("false")
print("still here")
