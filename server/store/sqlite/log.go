package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// log is SQLite's write-ahead log. SQLite is told not to wait for the disk when a
// transaction ends: who must know that it is there calls sync, while others write already.
// One wait is enough for all that was written before it began.
type log struct {
	written       atomic.Uint64 // transactions
	bytes         int           // about, since the last checkpoint; of the writer
	background    sync.WaitGroup
	checkpointing atomic.Bool

	mu     sync.Mutex
	file   *os.File
	synced uint64        // so many of the written ones are on disk
	ends   chan struct{} // closed when the wait that is under way ends, nil for none
	broken bool          // the disk has failed
}

// datasync is replaced by tests.
var datasync = syncData

// sync returns when every transaction that has ended is on disk.
func (db *DB) sync() error {
	l := &db.log
	want := l.written.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.synced < want {
		if ends := l.ends; ends != nil {
			l.mu.Unlock()
			<-ends
			l.mu.Lock()
			continue
		}
		ends, upTo := make(chan struct{}), l.written.Load()
		l.ends = ends
		l.mu.Unlock()
		err := db.syncLog()
		l.mu.Lock()
		l.ends = nil
		close(ends)
		if err != nil {
			return known(err)
		}
		l.synced = max(l.synced, upTo)
	}
	return nil
}

// syncLog waits for the disk. It is called by one goroutine at a time.
func (db *DB) syncLog() error {
	l := &db.log
	if l.file == nil {
		f, err := os.OpenFile(db.path+"-wal", os.O_RDWR, 0)
		if err != nil {
			return err
		}
		l.file = f
	}
	if err := datasync(l.file); err != nil {
		l.broken = true
		return fmt.Errorf("%w: %w", errSync, err)
	}
	if !l.broken {
		return nil
	}
	// What the disk refused once it may have dropped, and say nothing of it the next time:
	// write all of it again, to the database.
	for {
		busy, err := db.rewrite()
		if err != nil {
			return err
		}
		if !busy {
			l.broken = false
			return nil
		}
		if !l.checkpointing.Load() {
			return errSync
		}
		time.Sleep(10 * time.Millisecond) // for our own
	}
}

// rewrite copies all of the log into the database, which the disk then has. busy: somebody
// reads from the log, or copies it.
func (db *DB) rewrite() (bool, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.conn == nil {
		return false, sql.ErrConnDone
	}
	var busy, pages, moved int
	err := db.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	return busy != 0, err
}

var errSync = errors.New("what was written may not be on disk")

// Checkpoints copy the log into the database. Most of it is copied beside the writer, who
// goes on, and then, a few times, what came meanwhile; the little that is left by the
// writer, who then lets the log begin anew. For that it waits until nobody reads from the
// log: those who begin to read meanwhile read the database alone, so it need not be long.
// Whoever reads longer, for a backup, keeps the log growing, and not the writer waiting.
const (
	rounds        = 4
	restartWithin = 100 * time.Millisecond
	shrinkAfter   = 512 << 20 // bytes, above which the file is cut, too
	busyTimeout   = 10 * time.Second
)

// checkpoint makes one when enough was written since the last. The writer is locked.
func (db *DB) checkpoint() {
	if db.log.bytes < db.kind.checkpointAfter || db.read == nil || !db.log.checkpointing.CompareAndSwap(false, true) {
		return
	}
	db.log.bytes = 0
	db.log.background.Go(func() {
		defer db.log.checkpointing.Store(false)
		for range rounds {
			_, _ = db.read.Exec("PRAGMA wal_checkpoint(PASSIVE)") // what fails here fails with the next transaction
		}
		db.mu.Lock()
		defer db.mu.Unlock()
		if db.conn != nil {
			db.restart()
		}
	})
}

// restart lets the log begin anew, if nobody reads from it for long.
func (db *DB) restart() {
	mode := "RESTART"
	if info, err := os.Stat(db.path + "-wal"); err == nil && info.Size() > shrinkAfter {
		mode = "TRUNCATE"
	}
	patience := func(d time.Duration) { _ = db.run(fmt.Sprint("PRAGMA busy_timeout = ", d.Milliseconds())) }
	patience(restartWithin)
	defer patience(busyTimeout)
	_ = db.run("PRAGMA wal_checkpoint(" + mode + ")") // what fails here fails with the next transaction
}
