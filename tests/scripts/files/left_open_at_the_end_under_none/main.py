try:
    print(open("left").read())
except FileNotFoundError:
    print("none")
kept = open("left", "w")
kept.write("not closed")
