return { value = "other" }
