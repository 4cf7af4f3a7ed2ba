//go:build !linux

package sqlite

import "testing"

func forget(b *testing.B, _ *DB) { b.Skip("LEGWORK_COLD needs Linux") }
