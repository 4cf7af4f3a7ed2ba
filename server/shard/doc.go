// Package shard runs one engine for one tenant: it takes what the journal has, tells the
// engine, and writes the calls that come out.
//
//	replay.go   the journal and the time, told to an engine: a pure function of both
//	shard.go    the goroutine: what is new, what the clock says, when to write
//	flush.go    what changed since the last writing, written
//	join.go     calls that are one with some that the engine no longer holds
//	revive.go   calls that the engine no longer holds, from the journal
//	rebuild.go  every call again, with the engine of today
//
// The engine's state depends on the journal alone: entries are told in order of Seq with
// the time at which they were received, and every whole second in between. So a restart
// that begins with a snapshot and replays the rest comes to the same state, byte for byte.
package shard
