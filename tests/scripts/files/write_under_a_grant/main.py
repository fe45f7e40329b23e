import sys
f = open("out/new.txt", "w")
f.write("one\n")
f.write("2\n")
f.close()
with open("out/new.txt", "a") as f:
    f.write("three\n")
sys.stdout.write(open("out/new.txt").read())
