require("broken")
