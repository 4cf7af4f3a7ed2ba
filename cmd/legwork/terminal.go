package main

import (
	"os"
	"strconv"

	"golang.org/x/term"
)

// plainWidth is the width of text that does not go to a terminal.
const plainWidth = 100

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// wantColor decides about colour on f: as told, or when f is a terminal that knows
// colour and nobody objects (https://no-color.org).
func wantColor(when string, f *os.File) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(f)
}

// width is the number of columns of f.
func width(f *os.File) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
		return n
	}
	return plainWidth
}
