data = bytes(range(256)) * 1000
with open("out/b", "wb") as f:
    f.write(data)
back = open("out/b", "rb").read()
print(len(back), str(back == data).lower(), sep="\t")
