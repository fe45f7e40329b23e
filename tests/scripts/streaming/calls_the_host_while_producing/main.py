def produce(emit):
    for x in ("1+1", "2+2", "3+3"):
        emit(Tool.execute("calculator", {"input": x}).result)
print(JSON.stringify(Streaming.create(produce).collect()))
