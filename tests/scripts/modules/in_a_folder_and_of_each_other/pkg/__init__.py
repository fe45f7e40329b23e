# a package
