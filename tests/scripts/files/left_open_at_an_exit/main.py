try:
    print(open("out/left").read())
except FileNotFoundError:
    print("none")
f = open("out/left", "w")
f.write("not closed")
exit(4)
