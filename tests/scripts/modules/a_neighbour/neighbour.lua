print("loaded once")
return { twice = function(x) return x * 2 end, name = "neighbour" }
