try:
    open("missing.txt")
except FileNotFoundError:
    print("true")
