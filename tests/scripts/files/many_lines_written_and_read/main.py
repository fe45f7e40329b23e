f = open("out/lines", "w")
for i in range(1, 20001):
    f.write(f"line {i}\n")
f.flush()
n = size = 0
for line in open("out/lines"):
    n, size = n + 1, size + len(line) - 1
print(n, size, sep="\t")
f.write("end\n")
f.close()
for line in open("out/lines"):
    last = line
print(last, end="")
