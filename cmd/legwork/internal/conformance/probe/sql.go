package probe

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/observed"
	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/target"
)

// database asks by a query. Each row is a call: one column of JSON, or columns named as
// the fields. {since} in the query stands for the case's start, as a text.
type database struct {
	db       *sql.DB
	query    string
	postgres bool
	decoder  observed.Decoder
}

func newSQL(t *target.Target) (Probe, error) {
	q := t.Sees.SQL
	driver, dsn := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[q.Driver], q.DSN
	if q.Driver == "sqlite" && !strings.HasPrefix(dsn, "file:") && dsn != ":memory:" {
		dsn = beside(t, dsn)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, fmt.Errorf("sql: %w", err)
	}
	db.SetMaxOpenConns(2)
	return &database{db: db, query: q.Query, postgres: q.Driver == "postgres"}, nil
}

func (p *database) Close() error { return p.db.Close() }

func (p *database) Ask(ctx context.Context, since time.Time) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	data, err := p.rows(ctx, since)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %v", maxTime)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("the query: %w", err)
	}
	a, err := read(&p.decoder, data)
	if err != nil {
		return a, fmt.Errorf("the query's %w", err)
	}
	return a, nil
}

// rows are the calls, one a line.
func (p *database) rows(ctx context.Context, since time.Time) ([]byte, error) {
	query, args := p.query, []any(nil)
	if mark := "{since}"; strings.Contains(query, mark) {
		place := "?"
		if p.postgres {
			place = "$1"
		}
		for range strings.Count(query, mark) {
			args = append(args, instantOf(since))
		}
		if p.postgres {
			args = args[:1]
		}
		query = strings.ReplaceAll(strings.ReplaceAll(query, "'{since}'", mark), mark, place)
	}
	rows, err := p.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []byte
	for n := 0; rows.Next(); n++ {
		if n == maxRows || len(out) > maxSize {
			return nil, errors.New("it returns too much; ask for less, by {since}")
		}
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		line, err := row(columns, values)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", n+1, err)
		}
		out = append(append(out, line...), '\n')
	}
	return out, rows.Err()
}

// row is one call as JSON.
func row(columns []string, values []any) ([]byte, error) {
	if len(columns) == 1 && !slices.Contains(fieldNames(), field(columns[0])) {
		b, err := asJSON(*values[0].(*any))
		if err == nil && (len(b) == 0 || b[0] != '{') {
			err = fmt.Errorf("column %s holds %.40q, not an object in JSON", columns[0], b)
		}
		return b, err
	}
	call := map[string]json.RawMessage{}
	for i, name := range columns {
		v := *values[i].(*any)
		if v == nil {
			continue // not said
		}
		b, err := member(field(name), v)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
		call[field(name)] = b
	}
	return json.Marshal(call)
}

// asJSON is a column that holds JSON, whatever its type.
func asJSON(v any) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		return v, nil
	case string:
		return []byte(v), nil
	case nil:
		return nil, errors.New("it is null")
	}
	return json.Marshal(v)
}
