package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/legworkhq/legwork/server/store"
)

// known wraps an error of the driver into that of package store which it is a case of.
func known(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrNotFound
	}
	kind := kindOf(err)
	if kind == nil || errors.Is(err, kind) {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// readOnly is PostgreSQL's code for it.
const readOnly = "25006"

func kindOf(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		var connect *pgconn.ConnectError
		var network net.Error
		if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
			strings.Contains(err.Error(), "conn closed") {
			return store.ErrUnreachable
		}
		return nil
	}
	switch e.Code {
	case "53100":
		return store.ErrFull
	case readOnly, "42501": // a standby, or a role that may not
		return store.ErrReadOnly
	case "XX001", "XX002":
		return store.ErrCorrupt
	case "57P01", "57P02", "57P03", "53300": // it stops, starts, or has too many clients
		return store.ErrUnreachable
	case "28P01", "28000", "3D000":
		return store.ErrUnreachable // for who asks; the driver's words say why
	}
	if strings.HasPrefix(e.Code, "08") {
		return store.ErrUnreachable
	}
	return nil
}

// dangling: what a row belongs to is not there any more.
func dangling(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23503"
}

// duplicate names the table in which a row is there already, if that is what err says.
func duplicate(err error) (table string) {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "23505" {
		table = e.TableName
	}
	return table
}

// taken names what exists already, if that is what err says.
func taken(err error, what string) error {
	if duplicate(err) != "" {
		return fmt.Errorf("%s %w", what, store.ErrExists)
	}
	return err
}
