print(JSON.stringify([1]), JSON.stringify([1]), str(Tool.exists("calculator")).lower(), sep="\t")
