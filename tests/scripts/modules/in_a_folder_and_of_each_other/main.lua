print(require("pkg.inner").value)
