package sqlite

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// newKey is a row for call_keys.
type newKey struct {
	kind, value   string
	started, call int64
}

// keysAtOnce is how many keys one statement writes at most.
const keysAtOnce = 16

// insertKeys are the statements that write one key, two keys and so on.
var insertKeys = func() (list [keysAtOnce]string) {
	query := `INSERT OR IGNORE INTO call_keys (tenant, kind, value, started_ms, call) VALUES `
	for i := range list {
		n := 2 + 4*i
		list[i] = fmt.Sprintf("%s(?1, ?%d, ?%d, ?%d, ?%d)", query, n, n+1, n+2, n+3)
		query = list[i] + ", "
	}
	return list
}()

// addKeys writes the keys of all calls, in the order in which the table has them: so that
// each of its pages is looked for once.
func (w *writer) addKeys() error {
	slices.SortFunc(w.keys, func(a, b newKey) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.value, b.value), cmp.Compare(a.started, b.started))
	})
	args := make([]any, 0, 1+4*keysAtOnce)
	for some := range slices.Chunk(w.keys, keysAtOnce) {
		args = append(args[:0], w.u.Tenant)
		for _, k := range some {
			args = append(args, k.kind, k.value, k.started, k.call)
		}
		if err := w.exec(insertKeys[len(some)-1], args...); err != nil {
			return err
		}
	}
	w.keys = w.keys[:0]
	return nil
}
