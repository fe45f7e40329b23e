Tool.execute("calculater", { input = "1" })
