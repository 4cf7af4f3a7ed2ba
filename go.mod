module github.com/legworkhq/legwork

go 1.26
