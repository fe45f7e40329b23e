State.set("list", list(range(1, 20001)))
back = State.get("list")
print(len(back), sum(back), back[19999], sep="\t")
