for i in range(1, 3001):
    print("line", i)
