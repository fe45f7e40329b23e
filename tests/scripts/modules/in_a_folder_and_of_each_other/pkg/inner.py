from pkg.other import value as other
value = "inner and " + other
