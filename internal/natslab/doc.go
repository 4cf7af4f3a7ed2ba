// Package natslab is a laboratory for tests: a cluster of real NATS servers with
// JetStream, each a process of its own, whose nodes may be killed, stopped, paused,
// started again and, on Linux as root, cut off from one another. And a PostgreSQL server
// that may be disturbed likewise.
//
// Nothing but tests may import it. Everything stays on this machine.
//
// # How long things take
//
// The servers' timings are theirs, and no option of a server changes them: a follower
// waits 4 s to 9 s before it stands for election, a leader says that it is there every
// second, and gives up when it has heard no majority for 10 s. Three new nodes are
// mostly ready after 1 s to 3 s all the same, for the first election is a hasty one. But
// a stream whose leader is killed, paused or cut off takes no message for 4 s to 9 s, and
// all nodes, started again, need as long to be ready. A leader that is stopped in good
// order hands over within a third of a second.
//
// Options.Hasty divides these timings by five.
package natslab
