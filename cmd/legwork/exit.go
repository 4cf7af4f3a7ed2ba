package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
)

// The exit statuses of every command.
const (
	exitOK          = 0
	exitUnreadable  = 1   // something could not be read, or written
	exitUsage       = 2   // wrong command, flag or call id
	exitInterrupted = 130 // Ctrl-C
	exitPipe        = 141 // whoever read our output stopped
)

// exitError is an error with the status it ends the program with. An empty message
// has been said already.
type exitError struct {
	status int
	text   string
}

func (e *exitError) Error() string { return e.text }

func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Sprintf(format, args...)}
}

// quietly ends the program with a status and says nothing.
func quietly(status int) error { return &exitError{status: status} }

// status prints err, if there is something to say, and returns the status to end
// with. An error of no other kind comes from the parsing of the command line.
func status(w io.Writer, name string, err error) int {
	var e *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, syscall.EPIPE):
		return exitPipe
	case errors.As(err, &e):
		if e.text != "" {
			fmt.Fprintf(w, "legwork: %s\n", e.text)
		}
		return e.status
	}
	fmt.Fprintf(w, "legwork: %v\nRun '%s --help' for usage.\n", err, name)
	return exitUsage
}

// writeError is the end of a program whose output cannot be written.
func writeError(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return quietly(exitPipe)
	}
	return &exitError{exitUnreadable, fmt.Sprintf("cannot write: %v", err)}
}
