return { value = "inner and " .. require("pkg.other").value }
