def work():
    Async.sleep(60)
    print("never")
Async.spawn(work)
print("main ends")
