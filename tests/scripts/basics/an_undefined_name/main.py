print("before")
undefined_thing()
